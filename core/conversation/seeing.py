"""What was looked at: the outlined photo with its figures, and what spoke for the answer.

One message shows the person's photo. Buttons under it exchange what is drawn on it: the outline of
the affected area, or what speaks for the leading condition.
"""

from dataclasses import replace

from core.conversation import names, replying
from core.conversation.dispatching import asked, dispatch, stored
from core.conversation.figures import figures
from core.conversation.pictures import condition_name
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Assessment, Case
from core.domain.jobs import AnswerJob, LookDone, LookJob
from core.domain.messages import BlobKey, Incoming
from core.domain.replies import Block, Button, Gallery, Picture, Reply
from core.domain.seen import View


def outline_view(job: AnswerJob, blob: BlobKey) -> View:
    """Return the view of an outline that came with an answer."""
    return View(kind="outline", blob=blob, turn_id=job.turn_id)


def outline_reply(core: Tools, case: Case, job: AnswerJob, view: View, voice: Voice) -> Reply:
    """Return the person's photo with the area outlined that was looked at."""
    return Reply(
        slot=f"{job.turn_id}.outline",
        chat=job.chat,
        blocks=blocks(core, case, view, voice),
        buttons=buttons(core, case, view, voice),
        quotes=job.quotes,
        only_for=job.only_for,
    )


def blocks(core: Tools, case: Case, view: View, voice: Voice) -> tuple[Block, ...]:
    """Return what a view shows and says."""
    caption = voice.say("answer-outline")
    if view.kind == "heat":
        name, other = _names(core, view, voice)
        caption = voice.say("seeing-heat", name=name, other=other)
    picture = Picture(
        blob=view.blob, media_type="image/jpeg", caption=caption, alt=caption, synthetic=False
    )
    shown = Gallery(pictures=(picture,))
    if view.kind == "heat":
        return shown, voice.paragraph("seeing-heat-limits", quiet=True)
    assessment = assessment_of(case, view.turn_id)
    return shown, *(figures(case, view.turn_id, assessment, voice) if assessment else ())


def buttons(core: Tools, case: Case, view: View, voice: Voice) -> tuple[Button, ...]:
    """Return what may be asked of a view: the other view, and each spot where there are several."""
    assessment = assessment_of(case, view.turn_id)
    if assessment is None:
        return ()
    offered: list[Button] = []
    if view.kind == "heat":
        offered.append(voice.button("seeing-button-outline", "view", f"outline.{view.turn_id}"))
    elif len(assessment.differential) > 1:
        name = condition_name(core.ontology.get(assessment.differential[0].condition_id), voice)
        offered.append(
            voice.button("seeing-button-heat", "view", f"heat.{view.turn_id}", name=name)
        )
    if len(assessment.spots) > 1:
        offered += [
            voice.button(
                "seeing-button-pick", "pick", f"{spot.number}.{view.turn_id}", number=spot.number
            )
            for spot in assessment.spots
        ]
    return tuple(offered)


def _names(core: Tools, view: View, voice: Voice) -> tuple[str, str]:
    return (
        condition_name(core.ontology.get(view.supports), voice),
        condition_name(core.ontology.get(view.against), voice),
    )


def assessment_of(case: Case, turn_id: str) -> Assessment | None:
    """Return what was made of the photos of a turn, or None."""
    answered = f"{names.job_id('answer', turn_id)}a"
    return next((turn.assessment for turn in case.turns if turn.id == answered), None)


async def view(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Exchange what is drawn on a photo; what is not there yet is made first."""
    kind, _, turn_id = replying.argument_of(incoming).partition(".")
    case = await open_case(core, incoming)
    outline = case.view(turn_id, "outline") if case else None
    if case is None or outline is None or kind not in {"outline", "heat"}:
        await replying.answer_at_once(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    wanted = outline if kind == "outline" else case.view(turn_id, "heat")
    if wanted is None:
        await _make_heat(core, incoming, voice, case, outline)
        return
    reply = _in_place(incoming, wanted, blocks(core, case, wanted, voice))
    reply = replace(reply, buttons=buttons(core, case, wanted, voice))
    await core.cases.accept(replace(stored(incoming, case.head), replies=(reply,)))


async def _make_heat(
    core: Tools, incoming: Incoming, voice: Voice, case: Case, outline: View
) -> None:
    """Dispatch the job that finds out what speaks for the leading condition."""
    assessment = assessment_of(case, outline.turn_id)
    asked_about = next((turn for turn in case.turns if turn.id == outline.turn_id), None)
    pair = assessment.differential[:2] if assessment else ()
    if asked_about is None or not asked_about.photos or len(pair) < 2:  # noqa: PLR2004 - a pair
        await replying.answer_at_once(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    leading, other = (likelihood.condition_id for likelihood in pair)
    job = LookJob(
        id=names.job_id("look", incoming.keys[0]),
        photo=asked_about.photos[0].blob,
        photo_turn=outline.turn_id,
        supports=leading,
        against=other,
        **asked(incoming, case.head.id),
    )
    shown = blocks(core, case, outline, voice)[:1]
    waiting = _in_place(incoming, outline, (*shown, voice.paragraph("seeing-heat-waiting")))
    job = replace(job, quotes="")
    accepted = replace(stored(incoming, case.head), job=job, replies=(waiting,))
    await dispatch(core, incoming, voice, accepted)


def _in_place(incoming: Incoming, shown: View, what: tuple[Block, ...]) -> Reply:
    """Return a reply that takes the place of the message with the photo."""
    reply = replying.reply_to(incoming, f"{shown.turn_id}.outline", what)
    return replace(reply, quotes="")


def looked(
    core: Tools, case: Case, job: LookJob, done: LookDone | None, voice: Voice
) -> tuple[tuple[Block, ...], tuple[Button, ...], tuple[View, ...]]:
    """Return blocks, buttons and views for the end of a look; ``done`` is None when it failed."""
    outline = case.view(job.photo_turn, "outline")
    if done is not None and done.heat is not None:
        heat = View(
            kind="heat",
            blob=done.heat,
            turn_id=job.photo_turn,
            supports=job.supports,
            against=job.against,
        )
        return blocks(core, case, heat, voice), buttons(core, case, heat, voice), (heat,)
    if done is None:
        sentence = voice.paragraph("seeing-heat-failed")
    else:
        name = condition_name(core.ontology.get(job.supports), voice)
        other = condition_name(core.ontology.get(job.against), voice)
        sentence = voice.paragraph("seeing-heat-none", name=name, other=other)
    if outline is None:
        return (sentence,), (), ()
    shown = blocks(core, case, outline, voice)
    return (*shown[:1], sentence, *shown[1:]), buttons(core, case, outline, voice), ()


async def open_case(core: Tools, incoming: Incoming) -> Case | None:
    """Return the chat's open case with its turns, or None."""
    head = await core.cases.open_case(incoming.chat)
    return await core.cases.load(head.id) if head else None
