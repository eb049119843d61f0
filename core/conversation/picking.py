"""One of several spots is picked: its closer picture becomes the next photo of the case.

So everything that is done for a photo is done for the spot, and the model's next turn knows which
one is meant, by the picture and in words.
"""

from dataclasses import replace
from typing import Final

from core.conversation import names, replying
from core.conversation.dispatching import asked, dispatch, placeholder, stored
from core.conversation.seeing import assessment_of, open_case
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Case, CasePhoto, Turn
from core.domain.jobs import AnswerJob
from core.domain.messages import Incoming
from core.domain.replies import Block
from core.domain.seen import Spot

PICKED: Final = "spot"
"""Question of the answer that a picked spot becomes: ``spot=2-of-3``."""


async def pick(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Look at one spot alone: its closer picture becomes the next photo of the case."""
    number, _, turn_id = replying.argument_of(incoming).partition(".")
    case = await open_case(core, incoming)
    chosen = _newest_spots(case, turn_id) if case else None
    if case is None or chosen is None:
        await replying.answer_at_once(core, incoming, [voice.paragraph("seeing-pick-none")])
        return
    whole, spots = chosen
    spot = next((one for one in spots if str(one.number) == number.strip()), None)
    if spot is None or spot.crop is None:
        text = voice.paragraph("seeing-pick-range", count=len(spots))
        await replying.answer_at_once(core, incoming, [text])
        return
    photo = CasePhoto(
        blob=spot.crop, width_px=spot.crop_px, height_px=spot.crop_px, tone=whole.tone
    )
    await _ask(core, incoming, voice, case, photo, (spot.number, len(spots)))


async def _ask(
    core: Tools,
    incoming: Incoming,
    voice: Voice,
    case: Case,
    photo: CasePhoto,
    place: tuple[int, int],
) -> None:
    """Store the closer picture as a turn and dispatch the job that answers it."""
    number, count = place
    turn = Turn(
        id=names.turn_id(incoming.keys[0]),
        role="user",
        text="",
        at_s=core.clock.now_s(),
        photos=(photo,),
        answers=(f"{PICKED}={number}-of-{count}",),
    )
    job = AnswerJob(id=names.job_id("answer", turn.id), **asked(incoming, case.head.id))
    said: list[Block] = [voice.paragraph("seeing-picked", number=number)]
    said += await replying.waiting_notes(core, voice, case.head.id)
    waiting = placeholder(incoming, job, voice, said)
    accepted = replace(stored(incoming, case.head), turn=turn, job=job, replies=(waiting,))
    await dispatch(core, incoming, voice, accepted)


def _newest_spots(case: Case, turn_id: str) -> tuple[CasePhoto, tuple[Spot, ...]] | None:
    """Return the photo and spots of a turn, or of the newest that has several; None if none has."""
    for turn in reversed(case.turns):
        if turn.role != "user" or not turn.photos or turn_id not in {"", turn.id}:
            continue
        assessment = assessment_of(case, turn.id)
        if assessment is not None and len(assessment.spots) > 1:
            return turn.photos[0], assessment.spots
    return None
