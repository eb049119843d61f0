"""The job queue in a dict; see `core.adapters.memory`."""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Literal

from core.adapters.memory_state import MemoryState
from core.domain.jobs import Job, Lease, ModelKind, Place
from core.domain.messages import CaseId
from core.ports import Hold


class MemoryHold:
    """A lease that asks the state itself."""

    def __init__(self, state: MemoryState, lease: Lease) -> None:
        self._state = state
        self._lease = lease

    def cancelled(self) -> bool:
        entry = self._state.jobs.get(self._lease.job.id)
        return self._lease.cancelled or (entry is not None and entry.cancelled)

    def lost(self) -> bool:
        entry = self._state.jobs.get(self._lease.job.id)
        return entry is None or entry.attempt != self._lease.attempt


class MemoryJobs:
    """`core.ports.JobQueue` in a dict. A hold ends with its context, never by a deadline."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def claim(
        self, worker: str, model: ModelKind, *, slots: int, wait_s: float
    ) -> tuple[Lease, ...]:
        until_s = time.monotonic() + wait_s
        while True:
            leases = self._claim(worker, model, slots)
            left_s = until_s - time.monotonic()
            if leases or left_s <= 0:
                return leases
            await self._state.wait(min(left_s, self._state.lease_s))

    def _claim(self, worker: str, model: ModelKind, slots: int) -> tuple[Lease, ...]:
        now = time.monotonic()
        free = [
            entry
            for entry in self._state.of(model, "queued", "running")
            if entry.state == "queued" or entry.until_s < now
        ]
        free.sort(key=lambda entry: (entry.job.priority != "high", entry.state != "running"))
        leases = []
        for entry in free[:slots]:
            entry.state = "running"
            entry.attempt += 1
            entry.until_s = now + self._state.lease_s
            leases.append(
                Lease(
                    job=entry.job,
                    attempt=entry.attempt,
                    worker=worker,
                    exhausted=entry.attempt > self._state.max_attempts,
                    cancelled=entry.cancelled,
                )
            )
        return tuple(leases)

    @contextmanager
    def hold(self, leases: Sequence[Lease]) -> Generator[dict[str, Hold], None, None]:
        self._extend(leases, float("inf"))
        try:
            yield {lease.job.id: MemoryHold(self._state, lease) for lease in leases}
        finally:
            self._extend(leases, time.monotonic() + self._state.lease_s)

    def _extend(self, leases: Sequence[Lease], until_s: float) -> None:
        for lease in leases:
            entry = self._state.jobs.get(lease.job.id)
            if entry is not None and entry.attempt == lease.attempt:
                entry.until_s = until_s

    async def job(self, job_id: str) -> Job | None:
        entry = self._state.jobs.get(job_id)
        return None if entry is None else entry.job

    async def outlook(self, model: ModelKind, case_id: CaseId | None = None) -> Place:
        ahead = len(self._state.of(model, "queued", "running"))
        head = self._state.heads.get(case_id) if case_id else None
        own = 0
        if head is not None:
            own = len(self._state.box[head.id]) + (head.busy in self._state.jobs)
        wait_s = self._duration_s(model, ahead + 1) * (own + 1)
        return Place(ahead=max(ahead, own), wait_s=wait_s)

    def _duration_s(self, model: ModelKind, jobs: int) -> float:
        return jobs * self._state.service_ms.get(model, 0.0) / 1000

    async def cancel(self, job_id: str) -> Literal["waiting", "running", "gone"]:
        entry = self._state.jobs.get(job_id)
        if entry is None:
            return "gone"
        entry.cancelled = True
        return "running" if entry.state == "running" else "waiting"

    async def live_jobs(self, case_id: CaseId) -> tuple[str, ...]:
        mine = [e for e in self._state.jobs.values() if e.job.case_id == case_id]
        return tuple(e.job.id for e in sorted(mine, key=lambda entry: entry.accepted))

    async def depth(self, model: ModelKind) -> int:
        return len(self._state.of(model, "queued", "lane", "box"))
