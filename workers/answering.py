"""From leased answer jobs to results: load the case, ask the model, judge what came back."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from core import metrics
from core.domain.cases import Assessment, Case, Likelihood
from core.domain.errors import RecordUnreadable
from core.domain.jobs import AnswerDone, AnswerJob, JobFailed, JobStopped, Lease, Result
from core.domain.seen import Spot
from core.ports import Hold
from workers.batching import ModelThread, describe, failure_code, run_apart
from workers.context import Line, Window, dialogue
from workers.desk import Desk, LeaseLost
from workers.errors import FAILED, JobRefused
from workers.live import Typist
from workers.localizers import Localizer
from workers.localizers.looking import Looked, look
from workers.shortlist import Shortlist
from workers.stability import checks, unstable
from workers.vlms import Answer, AnswerRequest, Candidate, Message, VisionLanguageModel

logger = logging.getLogger(__name__)

_DOUBLE_MARGIN: Final = 16
"""Tokens left unused, for what a template adds around the whole dialogue."""


class Consultant(Protocol):
    """Knows cases that look like a photo."""

    async def enriched(
        self, job: AnswerJob, photo: bytes, done: AnswerDone, hold: Hold
    ) -> AnswerDone:
        """Return an answer with similar cases worked in; as it was where that fails."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The text half of a worker.

    Attributes:
        vlm: The model.
        desk: Stores.
        thread: Where the model runs.
        typist: Publishes text in the making.
        candidates: Conditions to choose from when the model names none of its own.
        shortlist: Chooses among them for one case; None takes them all.
        system: System prompt.
        max_new_tokens: Longest answer.
        stability_checks: Changed copies of a photo that are assessed beside it, 0 to 4.
        localizer: Finds the affected area; None draws no outline.
        consulting: Asks a library of cases; None asks none.
        max_batch: Most cases answered together; the worker's own bound holds besides.
    """

    vlm: VisionLanguageModel
    desk: Desk
    thread: ModelThread
    typist: Typist
    candidates: tuple[Candidate, ...]
    shortlist: Shortlist | None = None
    system: str
    max_new_tokens: int = 400
    stability_checks: int = 0
    localizer: Localizer | None = None
    consulting: Consultant | None = None
    max_batch: int = 64
    model: Literal["vlm"] = "vlm"
    joins: bool = False

    async def room(self) -> int:
        """Return how many cases may be answered together; a batch is done before the next."""
        return self.max_batch

    async def work(self, leases: Sequence[Lease], holds: Mapping[str, Hold]) -> dict[str, Result]:
        """Answer a batch; returns one result per job id."""
        jobs = [lease.job for lease in leases if isinstance(lease.job, AnswerJob)]
        async with asyncio.TaskGroup() as group:
            begun = [group.create_task(self._begun(job, holds[job.id])) for job in jobs]
        ready = {job: task.result() for job, task in zip(jobs, begun, strict=True)}
        results: dict[str, Result] = {
            job.id: refusal for job, refusal in ready.items() if isinstance(refusal, JobFailed)
        }
        asked = {job: row for job, row in ready.items() if isinstance(row, AnswerRequest)}
        copies = await asyncio.to_thread(
            lambda: [checks(request, self.stability_checks) for request in asked.values()]
        )
        requests = [*asked.values(), *(copy for own in copies for copy in own)]
        answers = await self.thread.run(lambda: run_apart(self.vlm.answer, requests), urgent=True)
        checked = iter(answers[len(asked) :])
        for (job, request), answer, own in zip(asked.items(), answers, copies, strict=False):
            self.typist.forget(job)
            others = [next(checked) for _ in own]
            results[job.id] = _result(job, request, answer, others)
            if isinstance(answer, Answer):
                metrics.TOKENS.inc(self.vlm.count_tokens(answer.text))
        async with asyncio.TaskGroup() as group:
            outlines = {
                job.id: group.create_task(self._outlined(job, request, results, holds[job.id]))
                for job, request in asked.items()
            }
        return results | {job_id: task.result() for job_id, task in outlines.items()}

    async def _outlined(
        self, job: AnswerJob, request: AnswerRequest, results: Mapping[str, Result], hold: Hold
    ) -> Result:
        """Return a result with what was seen in the first photo, where anything stands out."""
        result = results[job.id]
        photos = request.dialogue[-1].photos
        if not isinstance(result, AnswerDone) or result.assessment is None or not photos:
            return result
        if self.consulting is not None:
            result = await self.consulting.enriched(job, photos[0], result, hold)
        if self.localizer is None or result.assessment is None:
            return result
        looked = await asyncio.to_thread(look, photos[0], self.localizer)
        if looked is None:
            return result
        try:
            outline = await self.desk.keep_outline(job.case_id, looked.outline, hold)
            spots = await self._kept_spots(job, looked, hold)
        except LeaseLost:
            return result
        assessment = replace(result.assessment, spots=spots)
        return replace(result, outline=outline, assessment=assessment)

    async def _kept_spots(self, job: AnswerJob, looked: Looked, hold: Hold) -> tuple[Spot, ...]:
        """Store the closer pictures of spots, for a look at one of them alone."""
        spots = []
        for spot in looked.spots:
            crop = looked.crops.get(spot.number)
            if crop is not None:
                key = await self.desk.keep_outline(job.case_id, crop.jpeg, hold)
                spot = replace(spot, crop=key, crop_px=crop.side_px)  # noqa: PLW2901 - the same, with its picture
            spots.append(spot)
        return tuple(spots)

    async def _begun(self, job: AnswerJob, hold: Hold) -> AnswerRequest | JobFailed:
        try:
            return await self._request(job, hold)
        except JobRefused as refusal:
            return JobFailed(code=refusal.code)
        except (RecordUnreadable, LeaseLost) as error:
            logger.error("job not begun", extra={"job": job.id, **describe(error)})  # noqa: TRY400 - the message may quote a record
            return JobFailed(code=FAILED)

    async def _request(self, job: AnswerJob, hold: Hold) -> AnswerRequest:
        case = await self.desk.case(job, hold)
        lines = dialogue(case, job.turn_id, self.system, self._window())
        messages = [await self._message(line, hold) for line in lines]
        return AnswerRequest(
            case_id=job.case_id,
            dialogue=tuple(messages),
            candidates=self._candidates(case, job),
            stop=lambda: hold.cancelled() or hold.lost(),
            on_text=self.typist.writer(job),
            max_new_tokens=self.max_new_tokens,
        )

    def _window(self) -> Window:
        return Window(
            tokens=self.vlm.window_tokens - self.max_new_tokens - _DOUBLE_MARGIN,
            photo_tokens=self.vlm.photo_tokens,
            count=self.vlm.count_tokens,
        )

    async def _message(self, line: Line, hold: Hold) -> Message:
        photos = [await self.desk.photo(key, hold) for key in line.photos]
        return Message(role=line.role, text=line.text, photos=tuple(photos))

    def _candidates(self, case: Case, job: AnswerJob) -> tuple[Candidate, ...]:
        """Return what to score: nothing unless the turn brought photos to assess."""
        asked = next((turn for turn in case.turns if turn.id == job.turn_id), None)
        if asked is None or not asked.photos:
            return ()
        if self.vlm.candidates or self.shortlist is None:
            return self.vlm.candidates or self.candidates
        return self.shortlist.of(case)


def _result(
    job: AnswerJob,
    request: AnswerRequest,
    answer: Answer | Exception,
    others: Sequence[Answer | Exception],
) -> Result:
    if isinstance(answer, Exception):
        logger.error("answer failed", extra={"job": job.id, **describe(answer)})
        return JobFailed(code=failure_code(answer))
    if answer.stopped:
        return JobStopped(text=answer.text)
    if not answer.text and not request.candidates:
        logger.error("answer empty", extra={"job": job.id})
        return JobFailed(code=FAILED)
    return AnswerDone(
        text=answer.text, assessment=_assessment(answer, others) if request.candidates else None
    )


def _assessment(answer: Answer, others: Sequence[Answer | Exception]) -> Assessment:
    return Assessment(
        # Findings come first; what follows them, the scored differential says better.
        findings=answer.text.partition("\n\n")[0].strip(),
        differential=tuple(
            Likelihood(condition_id=condition_id, share=share)
            for condition_id, share in answer.shares
        ),
        unusual=answer.unusual,
        unstable=unstable(answer, others),
        model=answer.model,
    )
