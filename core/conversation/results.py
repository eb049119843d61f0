"""A result came back: it becomes turns, replies and further jobs, stored in one step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from core import tracing
from core.contrasts import alternative, differences
from core.conversation import intake, names, own_skin, seeing
from core.conversation.answers import AnswerDesk, drawable
from core.conversation.care import Care, care_for, worth_repeating
from core.conversation.pictures import (
    MODERATE,
    Pair,
    PictureDesk,
    condition_name,
    side_by_side,
    site_of,
    tone_of,
    variants,
)
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Assessment, Case, PictureSpec, Turn
from core.domain.conditions import Condition
from core.domain.contrast import Mark
from core.domain.jobs import (
    AnswerDone,
    AnswerJob,
    Completion,
    Job,
    JobFailed,
    JobStopped,
    Lease,
    LookDone,
    LookJob,
    RenderDone,
    RenderJob,
    Result,
)
from core.domain.replies import Block, Button, Paragraph, Reply

OTHERWISE: Final = {
    "answer": "failure-try-later",
    "render": "failure-pictures",
    "look": "seeing-heat-failed",
}
"""Sentences for failures that a person can do nothing about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a result becomes, before it is tied to its job."""

    blocks: tuple[Block, ...]
    turn: Turn
    buttons: tuple[Button, ...] = ()
    more: tuple[Reply, ...] = ()
    jobs: tuple[Job, ...] = ()


async def resume(core: Tools, lease: Lease, result: Result, *, service_ms: int) -> bool:
    """Store a result; see `Conversation.resume`."""
    return await end(core, lease.job, lease.attempt, result, service_ms=service_ms)


async def end(core: Tools, job: Job, attempt: int, result: Result, *, service_ms: int = 0) -> bool:
    """End a job, claimed (by attempt) or never claimed (attempt 0)."""
    with tracing.span("result", job.trace, model=job.model, outcome=result.kind):
        return await _end(core, job, attempt, result, service_ms)


async def _end(core: Tools, job: Job, attempt: int, result: Result, service_ms: int) -> bool:
    case = await core.cases.load(job.case_id)
    if case is None:
        return await core.cases.complete(Completion(job=job, attempt=attempt, outcome="done"))
    voice = Voice(words=core.words, locale=case.head.locale, register=case.head.register)
    told = _tell(core, case, job, result, voice)
    reply = Reply(
        slot=job.slot,
        chat=job.chat,
        blocks=told.blocks,
        buttons=told.buttons,
        quotes=job.quotes,
        only_for=job.only_for,
        trace=tracing.current(),
    )
    outcomes = {"failed": "failed", "stopped": "stopped"}
    return await core.cases.complete(
        Completion(
            job=job,
            attempt=attempt,
            outcome=outcomes.get(result.kind, "done"),  # type: ignore[arg-type]
            turns=(told.turn,),
            replies=(reply, *told.more),
            jobs=told.jobs,
            service_ms=service_ms,
        )
    )


def _tell(core: Tools, case: Case, job: Job, result: Result, voice: Voice) -> Told:
    match result:
        case AnswerDone() if isinstance(job, AnswerJob):
            if result.assessment is not None:
                return _assessed(core, case, job, result, result.assessment, voice)
            return _replied(core, case, job, result, voice)
        case RenderDone() if isinstance(job, RenderJob):
            return _drawn(core, case, job, result, voice)
        case LookDone() | JobFailed() | JobStopped() if isinstance(job, LookJob):
            return _looked(core, case, job, result, voice)
        case JobFailed():
            return Told(blocks=(_failure(core, job, result, voice),), turn=_turn(core, job, ""))
        case JobStopped():
            return _stopped(core, job, result, voice)
        case AnswerDone() | RenderDone() | LookDone():
            raise TypeError(f"A {job.kind} job cannot end with {result.kind}.")
        case _:
            assert_never(result)


def _failure(core: Tools, job: Job, result: JobFailed, voice: Voice) -> Block:
    """Return the sentence for a failure; some name the condition that could not be drawn."""
    key = result.code if voice.words.has("en", result.code) else OTHERWISE[job.kind]
    if not isinstance(job, RenderJob):
        return voice.paragraph(key)
    condition = core.ontology.get(job.pictures[0].condition_id)
    return voice.paragraph(key, name=condition_name(condition, voice))


def _turn(core: Tools, job: Job, text: str) -> Turn:
    return Turn(id=f"{job.id}a", role="assistant", text=text, at_s=core.clock.now_s())


def _stopped(core: Tools, job: Job, result: JobStopped, voice: Voice) -> Told:
    blocks: list[Block] = []
    if result.text:
        blocks.append(Paragraph(text=f"{result.text} {voice.say('answer-stopped-early')}"))
    blocks.append(voice.paragraph("stopped"))
    return Told(blocks=tuple(blocks), turn=_turn(core, job, result.text))


def _assessed(
    core: Tools, case: Case, job: AnswerJob, done: AnswerDone, assessment: Assessment, voice: Voice
) -> Told:
    desk = AnswerDesk(ontology=core.ontology, voice=voice)
    care = care_for(core.ontology, case, assessment)
    turn = Turn(
        id=f"{job.id}a",
        role="assistant",
        text=done.text,
        at_s=core.clock.now_s(),
        assessment=assessment,
        similar=done.similar,
        views=(seeing.outline_view(job, done.outline),) if done.outline else (),
    )
    after = Case(head=case.head, turns=(*case.turns, turn))
    outlines = [seeing.outline_reply(core, after, job, view, voice) for view in turn.views]
    questions = intake.first_question(after, job, voice)
    similar = (voice.button("button-similar", "similar", turn.id),) if done.similar else ()
    notes = [note for photo in case.last_photos() for note in photo.notes]
    return Told(
        blocks=desk.assessed(assessment, care, notes),
        turn=turn,
        buttons=(*desk.question_buttons(after), *similar, *desk.rating_buttons(job.turn_id)),
        more=(*outlines, *questions),
        jobs=_references(core, after, job, assessment),
    )


def _looked(core: Tools, case: Case, job: LookJob, result: Result, voice: Voice) -> Told:
    """Show what speaks for a condition; whatever goes wrong, the photo stays where it is."""
    done = result if isinstance(result, LookDone) else None
    blocks, buttons, views = seeing.looked(core, case, job, done, voice)
    return Told(blocks=blocks, turn=replace(_turn(core, job, ""), views=views), buttons=buttons)


def _references(
    core: Tools, case: Case, job: AnswerJob, assessment: Assessment
) -> tuple[RenderJob, ...]:
    """Return the job that draws the leading condition, or the leading two when unsure."""
    likely = drawable(core.ontology, assessment)
    if not likely:
        return ()
    spec = PictureSpec(
        condition_id=likely[0].id,
        tone=tone_of(case, core.policy),
        site=site_of(case, core.policy),
        severity=MODERATE,
        seed=names.seed(job.id),
    )
    unsure = (assessment.unusual or assessment.unstable) and len(likely) > 1
    pictures = (
        side_by_side(spec, [condition.id for condition in likely[:2]])
        if unsure
        else variants(spec, core.policy.pictures)
    )
    return (
        RenderJob(
            trace=tracing.current(),
            id=names.job_id("render", job.id),
            case_id=job.case_id,
            turn_id=job.turn_id,
            owner=job.owner,
            chat=job.chat,
            pictures=pictures,
            purpose="compare" if unsure else "reference",
            marks=_marks(core, case, likely[:2]) if unsure else (),
            quotes=job.quotes,
            only_for=job.only_for,
        ),
    )


def _replied(core: Tools, case: Case, job: AnswerJob, done: AnswerDone, voice: Voice) -> Told:
    desk = AnswerDesk(ontology=core.ontology, voice=voice)
    known = case.last_assessment()
    care: Care | None = care_for(core.ontology, case, known)
    if care is not None and not worth_repeating(care):
        care = None
    return Told(
        blocks=desk.replied(done.text, known.model if known else "", care),
        turn=_turn(core, job, done.text),
        buttons=(*desk.question_buttons(case), *desk.rating_buttons(job.turn_id)),
    )


def _drawn(core: Tools, case: Case, job: RenderJob, done: RenderDone, voice: Voice) -> Told:
    turn = Turn(
        id=f"{job.id}a",
        role="assistant",
        text="",
        at_s=core.clock.now_s(),
        pictures=done.pictures,
    )
    if not done.pictures:
        return Told(blocks=(voice.paragraph("pictures-none-good"),), turn=turn)
    desk = PictureDesk(ontology=core.ontology, voice=voice)
    pair = Pair(blob=done.pair, pointed=done.pointed) if done.pair else None
    spec = done.pictures[0].spec
    assessment = case.last_assessment()
    others = _others(core, assessment, spec)
    blocks = desk.blocks(done.pictures, compare=job.purpose == "compare", pair=pair)
    if done.left_out:
        blocks = (*blocks, voice.paragraph("pictures-left-out", count=done.left_out, quiet=True))
    if job.purpose == "own":
        return Told(
            blocks=blocks, turn=turn, buttons=(voice.button("button-files", "files", job.id),)
        )
    return Told(
        blocks=blocks,
        turn=turn,
        buttons=(
            *desk.buttons(spec, others=others),
            *_on_photo(core, case, spec, voice),
            voice.button("button-files", "files", job.id),
        ),
    )


def _on_photo(core: Tools, case: Case, spec: PictureSpec, voice: Voice) -> tuple[Button, ...]:
    """Return the button for the person's own photo, where that is allowed at all."""
    condition = own_skin.candidate(core.ontology, case)
    if condition is None or condition.id != spec.condition_id:
        return ()
    return (voice.button("button-on-my-photo", "own"),)


def _others(core: Tools, assessment: Assessment | None, spec: PictureSpec) -> list[Condition]:
    """Return what a picture may be set beside, what it should be set beside first."""
    if assessment is None:
        return []
    best = alternative(core.ontology, assessment)
    likely = drawable(core.ontology, assessment)
    ordered = [best, *likely] if best else likely
    return [one for one in ordered if one.id != spec.condition_id]


def _marks(core: Tools, case: Case, pair: Sequence[Condition]) -> tuple[Mark, ...]:
    """Return what to point out between two conditions."""
    found = differences(core.words, case.head.locale, (pair[0], pair[1]))
    return tuple(one.mark for one in found)
