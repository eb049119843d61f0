"""Commands that draw: by name, by a picture's button, side by side."""

from dataclasses import replace

from core.contrasts import differences
from core.conversation import browsing, messages, names, replying
from core.conversation.answers import drawable
from core.conversation.dispatching import asked, dispatch, placeholder, stored
from core.conversation.pictures import (
    MODERATE,
    TONES,
    condition_name,
    draw_argument,
    parse_draw,
    side_by_side,
    site_of,
    tone_of,
    variants,
)
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import PictureSpec, Turn
from core.domain.conditions import Condition
from core.domain.contrast import Mark
from core.domain.jobs import RenderJob
from core.domain.messages import Command, Incoming
from core.domain.replies import Block, Button, Download


async def reference(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Draw a condition asked for by name."""
    wanted = replying.argument_of(incoming)
    if not wanted:
        await browsing.conditions(core, incoming, voice)
        return
    condition = core.ontology.find(wanted)
    if condition is None and (fitting := browsing.search(core.ontology, voice, wanted)):
        await browsing.found(core, incoming, voice, fitting, wanted)
    elif condition is None:
        await _unknown_condition(core, incoming, voice, wanted)
    elif not condition.drawable:
        name = condition_name(condition, voice)
        await replying.answer_at_once(
            core, incoming, [voice.paragraph("pictures-not-drawn", name=name)]
        )
    else:
        spec = await _spec(core, incoming, condition)
        await _draw(core, incoming, voice, variants(spec, core.policy.pictures))


async def _unknown_condition(core: Tools, incoming: Incoming, voice: Voice, wanted: str) -> None:
    blocks: list[Block] = [voice.paragraph("reference-unknown", name=wanted[:60])]
    close = core.ontology.suggestions(wanted)
    if close:
        listed = ", ".join(condition_name(condition, voice) for condition in close)
        blocks.append(voice.paragraph("reference-suggestions", names=listed))
    await replying.answer_at_once(core, incoming, blocks)


async def _spec(core: Tools, incoming: Incoming, condition: Condition) -> PictureSpec:
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    return PictureSpec(
        condition_id=condition.id,
        tone=tone_of(case, core.policy),
        site=site_of(case, core.policy),
        severity=MODERATE,
        seed=names.seed(incoming.keys[0]),
    )


async def draw(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Draw what a picture's button says."""
    spec = parse_draw(replying.argument_of(incoming), core.ontology, seed_key=incoming.keys[0])
    if spec is None:
        await replying.answer_at_once(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    await _draw(core, incoming, voice, variants(spec, core.policy.pictures))


async def tones(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Offer the six skin tones for a picture."""
    spec = parse_draw(replying.argument_of(incoming), core.ontology, seed_key=incoming.keys[0])
    if spec is None:
        await replying.answer_at_once(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    buttons = [
        Button(
            label=voice.tone(tone),
            command=Command(name="tone", argument=draw_argument(spec, tone=tone)),
        )
        for tone in TONES
    ]
    await replying.answer_at_once(core, incoming, [voice.paragraph("pictures-tone-ask")], buttons)


async def tone(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Take a skin tone as the person's own from now on, and draw on it."""
    spec = parse_draw(replying.argument_of(incoming), core.ontology, seed_key=incoming.keys[0])
    if spec is None:
        await replying.answer_at_once(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    await _draw(
        core, incoming, voice, variants(spec, core.policy.pictures), answer=f"tone={spec.tone}"
    )


async def compare(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Draw the leading condition beside another one, on the same skin."""
    other = core.ontology.find(replying.argument_of(incoming).replace("-", " "))
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    assessment = case.last_assessment() if case else None
    likely = drawable(core.ontology, assessment) if assessment else []
    if other is None or not other.drawable or not likely:
        await replying.answer_at_once(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    spec = await _spec(core, incoming, likely[0])
    pair = (likely[0], other)
    marks = tuple(one.mark for one in differences(core.words, voice.locale, pair))
    pictures = side_by_side(spec, [one.id for one in pair])
    await _draw(core, incoming, voice, pictures, compare=True, marks=marks)


async def files(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Hand out pictures as files, byte for byte as they were signed."""
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    wanted = f"{replying.argument_of(incoming)}a"
    turn = next((turn for turn in case.turns if turn.id == wanted), None) if case else None
    if turn is None or not turn.pictures:
        await replying.answer_at_once(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    blocks: list[Block] = [
        Download(
            blob=picture.blob,
            media_type="image/png",
            name=f"{voice.say('files-name')}-{picture.spec.condition_id}-{picture.spec.seed}.png",
            caption=voice.say("files-caption"),
        )
        for picture in turn.pictures
    ]
    await replying.answer_at_once(core, incoming, [*blocks, voice.paragraph("files-about")])


async def _draw(
    core: Tools,
    incoming: Incoming,
    voice: Voice,
    pictures: tuple[PictureSpec, ...],
    *,
    compare: bool = False,
    marks: tuple[Mark, ...] = (),
    answer: str = "",
) -> None:
    """Dispatch a drawing; its placeholder is replaced by the pictures."""
    head, opens = await messages.case_for(core, incoming)
    job = RenderJob(
        id=names.job_id("render", incoming.keys[0]),
        pictures=pictures,
        purpose="compare" if compare else "reference",
        marks=marks,
        **asked(incoming, head.id),
    )
    waiting = placeholder(incoming, job, voice, [voice.paragraph("drawing")])
    said = _said(core, job.turn_id, answer)
    accepted = replace(stored(incoming, head), opens=opens, turn=said, job=job, replies=(waiting,))
    await dispatch(core, incoming, voice, accepted)


def _said(core: Tools, turn_id: str, answer: str) -> Turn | None:
    if not answer:
        return None
    return Turn(id=turn_id, role="user", text="", at_s=core.clock.now_s(), answers=(answer,))
