"""The job queue on Redis Streams: one stream per model and priority, one consumer group.

A claim moves jobs from the stream to the claimer's pending list. While it works, a thread with a
connection of its own renews the lease, so that a busy event loop cannot lose it. When a worker
dies, its jobs become claimable after ``lease_s``; each delivery raises the job's attempt, and only
the newest attempt may complete. After ``max_attempts`` deliveries the job is handed out once more,
marked exhausted, to be failed in words.
"""

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.adapters import codec
from core.adapters.redis_link import RedisLink, script
from core.domain.jobs import Job, Lease, ModelKind, Place
from core.domain.messages import CaseId
from core.ports import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasePolicy:
    """When a claimed job counts as abandoned.

    Attributes:
        lease_s: Without a heartbeat for this long, another worker may take the job.
        job_timeout_s: Hard deadline of one attempt: from then on heartbeats no longer count.
        max_attempts: Deliveries that may run; the next one only fails the job.
    """

    lease_s: float = 15.0
    job_timeout_s: float = 600.0
    max_attempts: int = 3


class RedisJobs:
    """`core.ports.JobQueue` over Redis Streams."""

    def __init__(self, link: RedisLink, policy: LeasePolicy) -> None:
        self._link = link
        self._policy = policy

    async def claim(
        self, worker: str, model: ModelKind, *, slots: int, wait_s: float
    ) -> tuple[Lease, ...]:
        """Take jobs; see the port."""
        leases = await self._claim(worker, model, slots)
        if not leases and wait_s > 0:
            await self._link.ring_wait(f"bell:{model}", wait_s)
            leases = await self._claim(worker, model, slots)
        return leases

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
        leases = []
        for job_id, body, case_id, attempt, exhausted, cancelled in rows:
            raw = await self._link.open_record(case_id.decode(), body, f"job:{job_id.decode()}")
            if raw is None:
                continue  # the case was erased in between; its jobs went with it
            leases.append(
                Lease(
                    job=codec.jobs.load(raw),
                    attempt=attempt,
                    worker=worker,
                    exhausted=bool(exhausted),
                    cancelled=bool(cancelled),
                )
            )
        return tuple(leases)

    @contextmanager
    def hold(self, leases: Sequence[Lease]) -> Generator[dict[str, Hold], None, None]:
        """Renew leases from a thread while the context is open."""
        holds = {lease.job.id: RedisHold(lease) for lease in leases}
        heart = _Heart(self._link, list(holds.values()), self._policy.lease_s / 5)
        heart.start()
        try:
            yield dict(holds)
        finally:
            heart.stop()

    async def job(self, job_id: str) -> Job | None:
        """Return a job that has not ended."""
        link = self._link
        body, case_id = await link.call(
            lambda: link.client.hmget(link.key("job", job_id), ("body", "case"))
        )
        if body is None:
            return None
        raw = await link.open_record(case_id.decode(), body, f"job:{job_id}")
        return None if raw is None else codec.jobs.load(raw)

    async def place(self, job_id: str) -> Place | None:
        """Return a waiting job's place."""
        found = await self._link.run("place", job_id)
        return None if found is None else Place(ahead=found[0], wait_s=found[1] / 1000)

    async def outlook(self, model: ModelKind) -> Place:
        """Return the place that a job dispatched now would have."""
        ahead, wait_ms = await self._link.run("outlook", model)
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
        """Return how many jobs wait or run for a model."""
        link = self._link
        high, low = (link.key("q", model, priority) for priority in ("high", "low"))
        waiting: int = await link.call(lambda: link.client.xlen(high))
        waiting += await link.call(lambda: link.client.xlen(low))
        return waiting


class RedisHold:
    """One lease as its worker sees it; flags are set by the heartbeat thread."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self._cancelled = threading.Event()
        self._lost = threading.Event()
        if lease.cancelled:
            self._cancelled.set()

    def cancelled(self) -> bool:
        """Return whether Stop was pressed."""
        return self._cancelled.is_set()

    def lost(self) -> bool:
        """Return whether the lease is gone."""
        return self._lost.is_set()

    def learn(self, state: bytes) -> None:
        """Take note of what the heartbeat found."""
        if state == b"cancel":
            self._cancelled.set()
        elif state == b"lost":
            self._lost.set()


class _Heart(threading.Thread):
    """Renews leases at a steady beat over its own connection."""

    def __init__(self, link: RedisLink, holds: Sequence[RedisHold], beat_s: float) -> None:
        super().__init__(name="lease-heartbeat", daemon=True)
        options: dict[str, Any] = dict(link.client.connection_pool.connection_kwargs)
        kept = ("host", "port", "db", "path", "username", "password", "protocol")
        self._options = {name: options[name] for name in kept if options.get(name) is not None}
        self._prefix = link.prefix
        self._holds = holds
        self._beat_s = beat_s
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopped.set()
        self.join()

    def run(self) -> None:
        """Beat until stopped. A Redis that is away is asked again at the next beat."""
        # The sync twin of the link's client: an event loop's connection cannot serve a thread.
        path = self._options.pop("path", None)
        if path is not None:
            self._options["unix_socket_path"] = path
        options: dict[str, Any] = self._options
        client = redis.Redis(
            **options, retry=Retry(NoBackoff(), 0), socket_timeout=3, socket_connect_timeout=3
        )
        try:
            while not self._stopped.wait(self._beat_s):
                self._beat(client)
        finally:
            client.close()

    def _beat(self, client: "redis.Redis") -> None:
        held = [hold for hold in self._holds if not hold.lost()]
        if not held:
            return
        args: list[str] = [held[0].lease.worker]
        for hold in held:
            args += [hold.lease.job.id, str(hold.lease.attempt)]
        try:
            states: Any = client.eval(script("beat"), 1, self._prefix, *args)
        except (redis.exceptions.RedisError, OSError):
            return
        for hold, state in zip(held, states, strict=True):
            hold.learn(state)
