"""Claim, hold, work, hand in; for ever, until asked to drain.

Each model kind has a loop of its own; both share the device's one model thread. Whatever happens to
a job, it ends in exactly one of three ways: handed in, left to another worker because the lease was
lost, or left to expire because the store broke in a way that only an operator can mend.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, Protocol

from core import metrics, tracing
from core.domain.errors import InfrastructureError
from core.domain.jobs import Job, JobFailed, JobStopped, Lease, ModelKind, RenderDone, Result
from core.ports import Hold, JobQueue
from workers.batching import describe
from workers.desk import LONGEST_PAUSE_S, Desk, LeaseLost
from workers.errors import FAILED
from workers.live import Typist

logger = logging.getLogger(__name__)

CLAIM_WAIT_S: Final = 1.0
"""How long an idle claim waits, and so how long an idle worker takes to drain."""


class Craft(Protocol):
    """One kind of work: `Answering` or `Drawing`."""

    @property
    def model(self) -> ModelKind:
        """Which jobs it takes."""
        ...

    @property
    def joins(self) -> bool:
        """Whether jobs may begin while others are under way; if not, a batch ends first."""
        ...

    async def room(self) -> int:
        """Wait until there is room; returns for how many jobs."""
        ...

    async def work(self, leases: Sequence[Lease], holds: Mapping[str, Hold]) -> dict[str, Result]:
        """Do a batch; returns one result per job id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One device's worth of work.

    Attributes:
        name: Unique among workers.
        queue: Where jobs come from.
        desk: Stores, and where results go.
        typist: Publishes text in the making.
        crafts: What it can do.
        max_batch: Most jobs claimed at once, per kind.
        claim_wait_s: How long an idle claim waits.
    """

    name: str
    queue: JobQueue
    desk: Desk
    typist: Typist
    crafts: tuple[Craft, ...]
    max_batch: int = 4
    claim_wait_s: float = CLAIM_WAIT_S
    _draining: asyncio.Event = field(default_factory=asyncio.Event)

    def drain(self) -> None:
        """Claim nothing more; `run` returns when the batches under way are handed in."""
        self._draining.set()

    async def run(self) -> None:
        """Work until drained."""
        async with asyncio.TaskGroup() as group:
            typing = group.create_task(self.typist.run())
            serving = [group.create_task(self._serve(craft)) for craft in self.crafts]
            await asyncio.wait(serving)
            typing.cancel()

    async def _serve(self, craft: Craft) -> None:
        """Take jobs until drained; results are handed in while the next are claimed."""
        async with asyncio.TaskGroup() as group:
            while not self._draining.is_set():
                slots = min(self.max_batch, await craft.room())
                leases = await self._claim(craft, slots)
                if leases and craft.joins:
                    group.create_task(self._batch(craft, leases, group))
                elif leases:
                    await self._batch(craft, leases, group)

    async def _claim(self, craft: Craft, slots: int) -> tuple[Lease, ...]:
        """Take jobs, with patience for a queue that is away; none when it is time to drain."""
        pause_s = self.desk.first_pause_s
        while not self._draining.is_set():
            try:
                return await self.queue.claim(
                    self.name, craft.model, slots=slots, wait_s=self.claim_wait_s
                )
            except InfrastructureError:
                logger.warning("queue unavailable", extra={"retry_s": pause_s})
                await self._pause(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        return ()

    async def _batch(
        self, craft: Craft, leases: Sequence[Lease], handing: asyncio.TaskGroup
    ) -> None:
        """Do claimed jobs, and see to it that a result is handed in for each, whatever happens."""
        begun_s = time.monotonic()
        with ExitStack() as held:
            holds = held.enter_context(self.queue.hold(leases))
            results = {lease.job.id: _at_once(lease) for lease in leases}
            todo = [lease for lease in leases if results[lease.job.id] is None]
            with ExitStack() as spans:
                for lease in todo:
                    spans.enter_context(tracing.span("work", lease.job.trace, model=craft.model))
                results |= await self._attempt(craft, todo, holds)
            took_ms = round((time.monotonic() - begun_s) * 1000)
            # Jobs of a batch share its time: what the next in line waits is the share.
            share_ms = max(1, took_ms // len(leases))
            _log(craft, leases, results, took_ms)
            _count(craft, leases, results, took_ms)
            done = [
                _Done(
                    lease=lease,
                    result=results[lease.job.id] or JobFailed(code=FAILED),
                    hold=holds[lease.job.id],
                    share_ms=share_ms,
                )
                for lease in leases
            ]
            # The leases are renewed until the last result is stored.
            handing.create_task(self._hand_in_all(done, held.pop_all()))

    async def _hand_in_all(self, done: Sequence["_Done"], held: ExitStack) -> None:
        with held:
            async with asyncio.TaskGroup() as group:
                for one in done:
                    group.create_task(self._hand_in(one))

    async def _attempt(
        self, craft: Craft, leases: Sequence[Lease], holds: Mapping[str, Hold]
    ) -> Mapping[str, Result | None]:
        if not leases:
            return {}
        try:
            return await craft.work(leases, holds)
        except Exception as error:  # noqa: BLE001 - a batch is one of the two places that may
            if len(leases) == 1:
                logger.error("job failed", extra={"job": leases[0].job.id, **describe(error)})  # noqa: TRY400 - the message may quote a person
                return {leases[0].job.id: JobFailed(code=FAILED)}
        # What failed outside the model may be one job's fault: try each alone.
        results: dict[str, Result | None] = {}
        for lease in leases:
            results |= await self._attempt(craft, [lease], holds)
        return results

    async def _hand_in(self, one: "_Done") -> None:
        job = one.lease.job
        with metrics.timed("store"):
            await self._handed_in(one, job)

    async def _handed_in(self, one: "_Done", job: Job) -> None:
        try:
            if not one.hold.lost() and await self.desk.complete(
                one.lease, one.result, one.hold, service_ms=one.share_ms
            ):
                return
        except LeaseLost:
            pass
        except Exception as error:  # noqa: BLE001 - the lease expires and the job is tried again
            logger.error("result not stored", extra={"job": job.id, **describe(error)})  # noqa: TRY400 - the message may quote a record
            return
        logger.warning("lease lost", extra={"job": job.id, "attempt": one.lease.attempt})

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._draining.wait()
        except TimeoutError:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """A result on its way."""

    lease: Lease
    result: Result
    hold: Hold
    share_ms: int


def _at_once(lease: Lease) -> Result | None:
    """Return the result of a job that needs no model."""
    if lease.exhausted:
        return JobFailed(code=FAILED)
    return JobStopped() if lease.cancelled else None


def _log(
    craft: Craft, leases: Sequence[Lease], results: Mapping[str, Result | None], took_ms: int
) -> None:
    kinds: Counter[str] = Counter(r.kind if r else "failed" for r in results.values())
    logger.info(
        "batch",
        extra={
            "model": craft.model,
            "jobs": len(leases),
            "took_ms": took_ms,
            "retries": sum(lease.attempt > 1 for lease in leases),
            **kinds,
        },
    )


def _count(
    craft: Craft, leases: Sequence[Lease], results: Mapping[str, Result | None], took_ms: int
) -> None:
    metrics.BATCH_JOBS.labels(craft.model).observe(len(leases))
    metrics.STAGE_SECONDS.labels(craft.model).observe(took_ms / 1000)
    metrics.RETRIES.inc(sum(lease.attempt > 1 for lease in leases))
    for result in results.values():
        outcome = result.kind if result else "failed"
        metrics.JOBS.labels(craft.model, outcome).inc()
        if result is None or isinstance(result, JobFailed):
            metrics.ERRORS.labels(craft.model, result.code if result else FAILED).inc()
        if isinstance(result, RenderDone):
            for picture in result.pictures:
                metrics.PICTURES.labels(picture.source).inc()
