"""Pictures on the person's own photo: asked for each time, and refused where they could harm.

Never for anything that could be cancer, never on a face, in a fold or on private parts, never for
somebody who is not an adult. The site must be known: the person says it, or nothing is drawn.
"""

from dataclasses import replace
from typing import Final

from core.conversation import names, replying
from core.conversation.answers import SHOWN_SHARE, drawable
from core.conversation.care import care_for
from core.conversation.dispatching import asked, dispatch, placeholder, stored
from core.conversation.pictures import condition_name, tone_of
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Assessment, Case, PictureSpec, Turn
from core.domain.conditions import Condition
from core.domain.jobs import RenderJob
from core.domain.messages import Incoming
from core.domain.replies import Button
from core.ontology import Ontology

HEALED: Final = 0
SERIES: Final = (HEALED, 1, 3)
"""Severities of the three pictures: healed, milder, more severe."""
SITES: Final = ("trunk", "back", "arm", "hand", "leg", "foot")
"""Sites that may be drawn on, as intake calls them; head, folds and elsewhere are left out."""
PRIVATE: Final = frozenset({"face", "mouth", "groin", "genitals", "buttocks", "nail", "scalp"})
_NOT_ON: Final = frozenset({"face", "several-people", "child", "intimate", "dermoscopy"})
"""Remarks of the photo gate with which a photo is not drawn on."""


def candidate(ontology: Ontology, case: Case) -> Condition | None:
    """Return the condition that may be drawn on the case's photo, or None.

    The leading one, if it is harmless, drawable, usual on other places than a face or private
    parts, and nothing dangerous is among what else it could be.
    """
    assessment = case.last_assessment()
    if assessment is None or assessment.unusual or not case.last_photos():
        return None
    likely = drawable(ontology, assessment)
    if not likely or likely[0].id != assessment.differential[0].condition_id:
        return None
    leading = likely[0]
    elsewhere = set(leading.sites) - PRIVATE
    if leading.escalates or (leading.sites != () and not elsewhere):
        return None
    return None if _dangerous(ontology, case, assessment) else leading


def _dangerous(ontology: Ontology, case: Case, assessment: Assessment) -> bool:
    likely = [one for one in assessment.differential if one.share >= SHOWN_SHARE]
    if any(ontology.get(one.condition_id).escalates for one in likely):
        return True
    if any(_NOT_ON & set(photo.notes) for photo in case.last_photos()):
        return True
    return care_for(ontology, case, assessment).level in {"emergency", "today"}


def _site(case: Case) -> str:
    """Return the newest site that the person named; empty for none."""
    answers = [answer for turn in case.turns for answer in turn.answers]
    sites = [answer.removeprefix("site=") for answer in answers if answer.startswith("site=")]
    return sites[-1] if sites else ""


async def own(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Ask where, ask whether, draw, or say why not."""
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    condition = candidate(core.ontology, case) if case else None
    step, _, site = replying.argument_of(incoming).partition(".")
    if case is None or case.last_assessment() is None:
        await replying.answer_at_once(core, incoming, [voice.paragraph("failure-expired-button")])
    elif step == "no":
        await replying.answer_at_once(core, incoming, [voice.paragraph("own-skin-declined")])
    elif condition is None or (site or _site(case) or SITES[0]) not in SITES:
        await replying.answer_at_once(core, incoming, [voice.paragraph("pictures-on-photo-never")])
    elif not (site or _site(case)):
        await _ask_site(core, incoming, voice)
    elif step != "yes":
        await _ask(core, incoming, voice, condition, site or _site(case))
    else:
        await _draw(core, incoming, voice, case, condition)


async def _ask_site(core: Tools, incoming: Incoming, voice: Voice) -> None:
    buttons = [voice.button(f"intake-site-{site}", "own", f"at.{site}") for site in SITES]
    buttons.append(voice.button("own-skin-elsewhere", "own", "at.head"))
    await replying.answer_at_once(core, incoming, [voice.paragraph("own-skin-site")], buttons)


async def _ask(
    core: Tools, incoming: Incoming, voice: Voice, condition: Condition, site: str
) -> None:
    """Ask for consent to this one drawing."""
    name = condition_name(condition, voice)
    blocks = [
        voice.paragraph("pictures-on-photo-ask", name=name),
        voice.paragraph("own-skin-adult", quiet=True),
    ]
    buttons: list[Button] = [
        voice.button("own-skin-yes", "own", f"yes.{site}"),
        voice.button("button-decline", "own", "no"),
    ]
    await replying.answer_at_once(core, incoming, blocks, buttons)


async def _draw(
    core: Tools, incoming: Incoming, voice: Voice, case: Case, condition: Condition
) -> None:
    site = replying.argument_of(incoming).partition(".")[2] or _site(case)
    job = RenderJob(
        id=names.job_id("own", incoming.keys[0]),
        pictures=_series(core, incoming, case, condition, site),
        purpose="own",
        photo=case.last_photos()[0].blob,
        **asked(incoming, case.head.id),
    )
    agreed = Turn(
        id=job.turn_id,
        role="user",
        text="",
        at_s=core.clock.now_s(),
        answers=(f"own-skin={condition.id}", f"site={site}"),
    )
    waiting = placeholder(incoming, job, voice, [voice.paragraph("own-skin-drawing")])
    accepted = replace(stored(incoming, case.head), turn=agreed, job=job, replies=(waiting,))
    await dispatch(core, incoming, voice, accepted)


def _series(
    core: Tools, incoming: Incoming, case: Case, condition: Condition, site: str
) -> tuple[PictureSpec, ...]:
    return tuple(
        PictureSpec(
            condition_id=condition.id,
            tone=tone_of(case, core.policy),
            site=site,
            severity=severity,
            seed=names.seed(incoming.keys[0]),
        )
        for severity in SERIES
    )
