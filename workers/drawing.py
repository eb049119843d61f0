"""From leased render jobs to results: draw, badge, store."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.domain.cases import DrawnPicture, PictureSpec
from core.domain.errors import RecordUnreadable
from core.domain.jobs import JobFailed, JobStopped, Lease, RenderDone, RenderJob, Result
from core.ports import Hold
from workers.badge import badge
from workers.batching import ModelThread, chunks, describe, run_apart
from workers.desk import Desk, LeaseLost
from workers.errors import NOT_DRAWN, NOT_LEARNED, JobRefused
from workers.generators import DrawingStopped, Drawn, DrawRequest, Generator, Source

logger = logging.getLogger(__name__)

BadgeWord = Callable[[str, Source], str]
"""Gives the word on the badge for a locale and a source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The picture half of a worker.

    Attributes:
        generator: The model.
        desk: Stores.
        thread: Where the model runs.
        badge_word: What the badge says.
        max_batch: Most pictures in one pass, whatever job they belong to.
    """

    generator: Generator
    desk: Desk
    thread: ModelThread
    badge_word: BadgeWord
    max_batch: int = 4
    model: Literal["generator"] = "generator"

    async def work(self, leases: Sequence[Lease], holds: Mapping[str, Hold]) -> dict[str, Result]:
        """Draw the pictures of a batch of jobs together; returns one result per job id."""
        jobs = [lease.job for lease in leases if isinstance(lease.job, RenderJob)]
        wanted = [(job, spec) for job in jobs for spec in job.pictures]
        drawn: list[Drawn | Exception] = []
        for part in chunks(wanted, self.max_batch):
            drawn += await self._draw(part, holds)
        results: dict[str, Result] = {}
        for job in jobs:
            own = [
                (spec, picture)
                for (owner, spec), picture in zip(wanted, drawn, strict=True)
                if owner is job
            ]
            results[job.id] = await self._result(job, own, holds[job.id])
        return results

    async def _draw(
        self, wanted: Sequence[tuple[RenderJob, PictureSpec]], holds: Mapping[str, Hold]
    ) -> list[Drawn | Exception]:
        requests = [self._request(spec, holds[job.id]) for job, spec in wanted]
        good = [request for request in requests if isinstance(request, DrawRequest)]
        drawn = iter(
            await self.thread.run(lambda: run_apart(self.generator.draw, good), urgent=False)
        )
        return [request if isinstance(request, Exception) else next(drawn) for request in requests]

    def _request(self, spec: PictureSpec, hold: Hold) -> DrawRequest | Exception:
        try:
            prompt = self.generator.prompt(spec)
        except KeyError as error:
            return error
        return DrawRequest(
            spec=spec,
            prompt=prompt,
            stop=lambda: hold.cancelled() or hold.lost(),
            on_step=lambda _share: self.thread.let_urgent_pass(),
        )

    async def _result(
        self, job: RenderJob, own: Sequence[tuple[PictureSpec, Drawn | Exception]], hold: Hold
    ) -> Result:
        errors = [picture for _, picture in own if isinstance(picture, Exception)]
        if any(isinstance(error, DrawingStopped) for error in errors):
            return JobStopped()
        for error in errors:
            logger.error("picture failed", extra={"job": job.id, **describe(error)})
        if len(errors) == len(own):
            unknown = own and all(isinstance(error, KeyError) for error in errors)
            return JobFailed(code=NOT_LEARNED if unknown else NOT_DRAWN)
        try:
            return await self._keep(job, own, hold)
        except JobRefused as refusal:
            return JobFailed(code=refusal.code)
        except (RecordUnreadable, LeaseLost) as error:
            logger.error("pictures not kept", extra={"job": job.id, **describe(error)})  # noqa: TRY400 - the message may quote a record
            return JobFailed(code=NOT_DRAWN)

    async def _keep(
        self, job: RenderJob, own: Sequence[tuple[PictureSpec, Drawn | Exception]], hold: Hold
    ) -> Result:
        locale = (await self.desk.case(job, hold)).head.locale
        pictures = []
        for spec, drawn in own:
            if isinstance(drawn, Exception):
                continue
            word = self.badge_word(locale, drawn.source)
            badged = await asyncio.to_thread(badge, drawn, word)
            blob = await self.desk.keep(job.case_id, badged, hold)
            pictures.append(
                DrawnPicture(spec=spec, blob=blob, source=badged.source, model=badged.model)
            )
        return RenderDone(pictures=tuple(pictures))
