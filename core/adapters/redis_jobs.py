"""The job queue on Redis Streams: one stream per model and priority, one consumer group.

A claim moves jobs from the stream to the claimer's pending list. While it works, a thread with a
connection of its own renews the lease (`core.adapters.redis_lease`), so that a busy event loop
cannot lose it. When a worker dies, its jobs become claimable after ``lease_s``; each delivery
raises the job's attempt, and only the newest attempt may complete. After ``max_attempts``
deliveries the job is handed out once more, marked exhausted, to be failed in words.
"""

import logging
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from core.adapters.redis_lease import Heart, RedisHold
from core.adapters.redis_link import RedisLink
from core.adapters.redis_records import kept_job, open_job
from core.domain.errors import RecordUnreadable
from core.domain.jobs import Job, Lease, ModelKind, Place
from core.domain.messages import CaseId
from core.ports import Hold

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasePolicy:
    """When a claimed job counts as abandoned.

    Attributes:
        lease_s: Without a heartbeat for this long, another worker may take the job.
        job_timeout_s: Hard deadline of one attempt: from then on heartbeats no longer count.
        max_attempts: Deliveries that may run; the next one only fails the job.
        delivery_s: The same as ``lease_s`` for replies and albums in the hands of a frontend.
    """

    lease_s: float = 15.0
    job_timeout_s: float = 600.0
    max_attempts: int = 3
    delivery_s: float = 30.0


class RedisJobs:
    """`core.ports.JobQueue` over Redis Streams."""

    def __init__(self, link: RedisLink, policy: LeasePolicy) -> None:
        self._link = link
        self._policy = policy

    async def claim(
        self, worker: str, model: ModelKind, *, slots: int, wait_s: float
    ) -> tuple[Lease, ...]:
        """Take jobs; see the port."""
        until_s = time.monotonic() + wait_s
        while True:
            leases = await self._claim(worker, model, slots)
            left_s = until_s - time.monotonic()
            if leases or left_s <= 0:
                return leases
            await self._link.ring_wait(f"bell:{model}", min(left_s, self._policy.lease_s))

    async def _claim(self, worker: str, model: ModelKind, slots: int) -> tuple[Lease, ...]:
        policy = self._policy
        rows = await self._link.run(
            "claim",
            model,
            worker,
            slots,
            int(policy.lease_s * 1000),
            policy.max_attempts,
            int(policy.job_timeout_s * 1000),
        )
        found = [(await self._read(row[0], row[1], row[2], row[3]), row) for row in rows]
        return tuple(
            Lease(
                job=job,
                attempt=attempt,
                worker=worker,
                exhausted=bool(exhausted),
                cancelled=bool(cancelled),
            )
            for job, (_, _, _, attempt, exhausted, cancelled) in found
            if job is not None
        )

    async def _read(self, name: bytes, body: bytes, case_id: bytes, attempt: int) -> Job | None:
        """Return a claimed job; one that we cannot read must not hold up the others."""
        job_id = name.decode()
        try:
            return await open_job(self._link, job_id, case_id, body)
        except RecordUnreadable as error:
            _log.error("Job %s waits for a worker that can read it: %s", job_id, error)
            await self._link.run("unclaim", job_id, attempt)
            return None

    @contextmanager
    def hold(self, leases: Sequence[Lease]) -> Generator[dict[str, Hold], None, None]:
        """Renew leases from a thread while the context is open."""
        holds = {lease.job.id: RedisHold(lease) for lease in leases}
        heart = Heart(self._link, list(holds.values()), self._policy.lease_s / 5)
        heart.start()
        try:
            yield dict(holds)
        finally:
            heart.stop()

    async def job(self, job_id: str) -> Job | None:
        """Return a job that has not ended."""
        return await kept_job(self._link, "job", job_id)

    async def outlook(self, model: ModelKind, case_id: CaseId | None = None) -> Place:
        """Return the place that a job accepted now would have."""
        ahead, wait_ms = await self._link.run("outlook", model, case_id or "")
        return Place(ahead=ahead, wait_s=wait_ms / 1000)

    async def cancel(self, job_id: str) -> Literal["waiting", "running", "gone"]:
        """Mark a job as stopped."""
        state: Literal["waiting", "running", "gone"] = (
            await self._link.run("cancel", job_id)
        ).decode()
        return state

    async def live_jobs(self, case_id: CaseId) -> tuple[str, ...]:
        """Return ids of jobs of a case that have not ended."""
        link = self._link
        ids = await link.call(lambda: link.client.zrange(link.key("live", case_id), 0, -1))
        return tuple(item.decode() for item in ids)

    async def depth(self, model: ModelKind) -> int:
        """Return how many jobs wait for a model, lanes included."""
        waiting: int = await self._link.run("depth", model)
        return waiting
