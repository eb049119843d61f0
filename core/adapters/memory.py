"""Every port in one process: for tests, and for trying a frontend without Redis.

Same promises as the Redis adapters while the process lives, and none after it ends. Not encrypted.
"""

import asyncio
import itertools
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from core.domain.cases import Case, CaseHead, Turn
from core.domain.jobs import Acceptance, Completion, Job, Lease, ModelKind, Place
from core.domain.messages import BlobKey, CaseId, ChatRef, Person
from core.domain.replies import Reply
from core.ports import AcceptStatus, Hold, Ledger, Parcel


@dataclass(slots=True)
class _Job:
    job: Job
    state: Literal["box", "lane", "queued", "running"] = "queued"
    turn: Turn | None = None
    attempt: int = 0
    cancelled: bool = False
    until_s: float = 0.0


@dataclass(slots=True)
class _Row:
    id: int
    reply: Reply
    case_id: CaseId | None
    attempt: int = 0


@dataclass(slots=True)
class MemoryState:
    """What the memory adapters share; the twin of one Redis.

    Attributes:
        max_queue: Jobs per model that may wait.
        max_own: Jobs per model and person.
        width: Jobs per model and person in the common queue at once.
        lease_s: When a claimed job or row counts as abandoned.
        max_attempts: Deliveries that may run.
    """

    max_queue: int = 500
    max_own: int = 20
    width: int = 2
    lease_s: float = 15.0
    max_attempts: int = 3
    seen: set[str] = field(default_factory=set)
    open: dict[ChatRef, CaseId] = field(default_factory=dict)
    heads: dict[CaseId, CaseHead] = field(default_factory=dict)
    turns: defaultdict[CaseId, list[Turn]] = field(default_factory=lambda: defaultdict(list))
    box: defaultdict[CaseId, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    jobs: dict[str, _Job] = field(default_factory=dict)
    lanes: defaultdict[ChatRef, deque[_Row]] = field(default_factory=lambda: defaultdict(deque))
    taken: dict[ChatRef, tuple[str, float]] = field(default_factory=dict)
    paused: dict[ChatRef, float] = field(default_factory=dict)
    ledgers: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    profiles: defaultdict[Person, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    dead: list[Job] = field(default_factory=list)
    service_ms: dict[ModelKind, float] = field(default_factory=dict)
    rows: itertools.count[int] = field(default_factory=itertools.count)
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Wake everybody who waits."""
        self.rung.set()
        self.rung = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Sleep until the bell rings, at most ``seconds``."""
        bell = self.rung
        try:
            async with asyncio.timeout(seconds):
                await bell.wait()
        except TimeoutError:
            return

    def own(self, job: Job) -> int:
        """Count the jobs of the same person and model outside mailboxes."""
        return sum(
            1
            for other in self.jobs.values()
            if other.job.owner == job.owner
            and other.job.model == job.model
            and other.state != "box"
        )

    def dispatch(self, entry: _Job) -> None:
        """Let a job into the queue, or into its owner's lane."""
        entry.state = "box"
        entry.state = "lane" if self.own(entry.job) >= self.width else "queued"
        self.jobs.pop(entry.job.id, None)
        self.jobs[entry.job.id] = entry
        self.ring()

    def finish(self, job_id: str) -> None:
        """Take a job out and let the owner's next one in."""
        entry = self.jobs.pop(job_id)
        for waiting in self.jobs.values():
            same = waiting.job.owner == entry.job.owner and waiting.job.model == entry.job.model
            if entry.state not in {"lane", "box"} and waiting.state == "lane" and same:
                waiting.state = "queued"
                break
        if job_id in self.box[entry.job.case_id]:
            self.box[entry.job.case_id].remove(job_id)
        self.ring()

    def push(self, replies: Sequence[Reply], case_id: CaseId | None) -> None:
        """Add rows to the outbox."""
        for reply in replies:
            self.lanes[reply.chat].append(_Row(next(self.rows), reply, case_id))
        self.ring()


class MemoryCases:
    """`core.ports.CaseStore` in dicts."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def open_case(self, chat: ChatRef) -> CaseHead | None:
        case_id = self._state.open.get(chat)
        return None if case_id is None else self._state.heads.get(case_id)

    async def load(self, case_id: CaseId) -> Case | None:
        head = self._state.heads.get(case_id)
        if head is None:
            return None
        return Case(head=head, turns=tuple(self._state.turns[case_id]))

    async def seen(self, keys: Sequence[str]) -> bool:
        return any(key in self._state.seen for key in keys)

    async def accept(self, acceptance: Acceptance) -> AcceptStatus:
        state = self._state
        if await self.seen(acceptance.keys):
            return "duplicate"
        head, job = acceptance.head, acceptance.job
        if job is not None and self._full(job):
            return "full"
        state.seen.update(acceptance.keys)
        if head is not None:
            known = state.heads.get(head.id)
            state.heads[head.id] = replace(head, busy=known.busy if known else "")
            if acceptance.opens:
                state.open[acceptance.chat] = head.id
        self._take_in(acceptance)
        state.push(acceptance.replies, head.id if head else None)
        return "accepted"

    def _full(self, job: Job) -> bool:
        state = self._state
        waiting = sum(
            1
            for entry in state.jobs.values()
            if entry.job.model == job.model and entry.state in {"queued", "running"}
        )
        boxed = len(state.box[job.case_id])
        return (
            waiting >= state.max_queue or state.own(job) >= state.max_own or boxed >= state.max_own
        )

    def _take_in(self, acceptance: Acceptance) -> None:
        state, head, job = self._state, acceptance.head, acceptance.job
        if head is None:
            return
        if job is None:
            if acceptance.turn:
                state.turns[head.id].append(acceptance.turn)
            return
        entry = _Job(job, turn=acceptance.turn)
        if job.kind == "answer" and state.heads[head.id].busy:
            entry.state = "box"
            state.jobs[job.id] = entry
            state.box[head.id].append(job.id)
            return
        self._start(entry, serial=job.kind == "answer")

    def _start(self, entry: _Job, *, serial: bool) -> None:
        state, case_id = self._state, entry.job.case_id
        if entry.turn is not None:
            state.turns[case_id].append(entry.turn)
            entry.turn = None
        if serial:
            state.heads[case_id] = replace(state.heads[case_id], busy=entry.job.id)
        state.dispatch(entry)

    async def complete(self, completion: Completion) -> bool:
        state, job = self._state, completion.job
        entry = state.jobs.get(job.id)
        if entry is None or entry.attempt != completion.attempt:
            return False
        if entry.turn is not None:
            state.turns[job.case_id].append(entry.turn)
        state.finish(job.id)
        if completion.service_ms:
            state.service_ms[job.model] = completion.service_ms
        if completion.outcome == "failed":
            state.dead.append(job)
        state.turns[job.case_id].extend(completion.turns)
        for side in completion.jobs:
            self._start(_Job(side), serial=False)
        state.push(completion.replies, job.case_id)
        if state.heads[job.case_id].busy == job.id:
            self._next_turn(job.case_id)
        return True

    def _next_turn(self, case_id: CaseId) -> None:
        state = self._state
        state.heads[case_id] = replace(state.heads[case_id], busy="")
        if state.box[case_id]:
            self._start(state.jobs[state.box[case_id].popleft()], serial=True)

    async def cases_of(self, person: Person) -> tuple[CaseHead, ...]:
        mine = [head for head in self._state.heads.values() if head.owner == person]
        return tuple(reversed(mine))

    async def erase(self, case_id: CaseId) -> bool:
        state = self._state
        head = state.heads.pop(case_id, None)
        if head is None:
            return False
        for job_id in [key for key, entry in state.jobs.items() if entry.job.case_id == case_id]:
            state.finish(job_id)
        state.turns.pop(case_id, None)
        state.box.pop(case_id, None)
        if state.open.get(head.chat) == case_id:
            del state.open[head.chat]
        return True

    async def profile(self, person: Person) -> dict[str, str]:
        return dict(self._state.profiles[person])

    async def set_profile(self, person: Person, changes: dict[str, str]) -> None:
        merged = self._state.profiles[person] | changes
        self._state.profiles[person] = {k: v for k, v in merged.items() if v}


class MemoryBlobs:
    """`core.ports.BlobStore` in a dict."""

    def __init__(self) -> None:
        self._blobs: dict[BlobKey, tuple[float, bytes]] = {}

    async def put(self, case_id: CaseId, data: bytes) -> BlobKey:
        key = BlobKey(f"{case_id}/{secrets.token_hex(16)}")
        self._blobs[key] = (time.time(), data)
        return key

    async def get(self, key: BlobKey) -> bytes | None:
        found = self._blobs.get(key)
        return None if found is None else found[1]

    async def erase(self, case_id: CaseId) -> int:
        return self._drop([key for key in self._blobs if key.startswith(f"{case_id}/")])

    async def sweep(self, older_than_s: float) -> int:
        oldest_s = time.time() - older_than_s
        return self._drop([key for key, (at_s, _) in self._blobs.items() if at_s < oldest_s])

    def _drop(self, keys: Sequence[BlobKey]) -> int:
        for key in keys:
            del self._blobs[key]
        return len(keys)


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
    """`core.ports.JobQueue` in a dict that keeps the order of dispatch."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def claim(
        self, worker: str, model: ModelKind, *, slots: int, wait_s: float
    ) -> tuple[Lease, ...]:
        leases = self._claim(worker, model, slots)
        if not leases and wait_s > 0:
            await self._state.wait(wait_s)
            leases = self._claim(worker, model, slots)
        return leases

    def _claim(self, worker: str, model: ModelKind, slots: int) -> tuple[Lease, ...]:
        now = time.monotonic()
        free = [
            entry
            for entry in self._state.jobs.values()
            if entry.job.model == model
            and (entry.state == "queued" or (entry.state == "running" and entry.until_s < now))
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
        for lease in leases:
            entry = self._state.jobs.get(lease.job.id)
            if entry is not None and entry.attempt == lease.attempt:
                entry.until_s = float("inf")
        try:
            yield {lease.job.id: MemoryHold(self._state, lease) for lease in leases}
        finally:
            for lease in leases:
                entry = self._state.jobs.get(lease.job.id)
                if entry is not None and entry.attempt == lease.attempt:
                    entry.until_s = time.monotonic() + self._state.lease_s

    async def job(self, job_id: str) -> Job | None:
        entry = self._state.jobs.get(job_id)
        return None if entry is None else entry.job

    async def place(self, job_id: str) -> Place | None:
        entry = self._state.jobs.get(job_id)
        if entry is None or entry.state == "running":
            return None
        ahead = 0
        for other in self._state.jobs.values():
            if other is entry:
                break
            same = other.job.model == entry.job.model and other.state in {"queued", "running"}
            ahead += same and (other.job.priority == "high" or entry.job.priority == "low")
        wait_s = (ahead + 1) * self._state.service_ms.get(entry.job.model, 0.0) / 1000
        return Place(ahead=ahead, wait_s=wait_s)

    async def outlook(self, model: ModelKind) -> Place:
        ahead = await self.depth(model)
        return Place(ahead=ahead, wait_s=ahead * self._state.service_ms.get(model, 0.0) / 1000)

    async def cancel(self, job_id: str) -> Literal["waiting", "running", "gone"]:
        entry = self._state.jobs.get(job_id)
        if entry is None:
            return "gone"
        entry.cancelled = True
        return "running" if entry.state == "running" else "waiting"

    async def live_jobs(self, case_id: CaseId) -> tuple[str, ...]:
        return tuple(k for k, entry in self._state.jobs.items() if entry.job.case_id == case_id)

    async def depth(self, model: ModelKind) -> int:
        return sum(
            1
            for entry in self._state.jobs.values()
            if entry.job.model == model and entry.state in {"queued", "running"}
        )


class MemoryLedger:
    """`core.ports.Ledger` in a dict."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def message_id(self, part: str) -> str | None:
        return self._fields.get(f"m:{part}")

    def intended(self, part: str) -> bool:
        return f"i:{part}" in self._fields and f"m:{part}" not in self._fields

    async def intend(self, part: str) -> None:
        self._fields[f"i:{part}"] = "1"

    async def record(self, part: str, message_id: str) -> None:
        self._fields[f"m:{part}"] = message_id

    def parts(self) -> dict[str, str]:
        return {name[2:]: value for name, value in self._fields.items() if name[:2] == "m:"}


class MemoryOutbox:
    """`core.ports.Outbox` in deques, one per chat."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._chats: dict[str, ChatRef] = {}

    async def claim(self, platform: str, consumer: str, *, wait_s: float) -> Parcel | None:
        parcel = self._claim(platform, consumer)
        if parcel is None and wait_s > 0:
            now = time.monotonic()
            due = [at_s - now for at_s in self._state.paused.values() if at_s > now]
            await self._state.wait(min([wait_s, *due]))
            parcel = self._claim(platform, consumer)
        return parcel

    def _claim(self, platform: str, consumer: str) -> Parcel | None:
        state, now = self._state, time.monotonic()
        for chat, rows in state.lanes.items():
            busy = state.taken.get(chat, ("", 0.0))[1] > now or state.paused.get(chat, 0.0) > now
            if chat.platform != platform or busy:
                continue
            while len(rows) > 1 and _superseded(rows):
                rows.popleft()
            if rows:
                state.taken[chat] = (consumer, now + 2 * state.lease_s)
                return self._parcel(chat, rows[0])
        return None

    def _parcel(self, chat: ChatRef, row: _Row) -> Parcel:
        row.attempt += 1
        lane = f"{chat.platform}/{chat.chat_id}/{chat.thread_id}"
        self._chats[lane] = chat
        erased = row.case_id is not None and row.case_id not in self._state.heads
        return Parcel(
            reply=None if erased else row.reply,
            ledger=MemoryLedger(self._state.ledgers[row.reply.slot]),
            row=str(row.id),
            lane=lane,
            attempt=row.attempt,
        )

    def _release(self, parcel: Parcel) -> deque[_Row] | None:
        chat = self._chats[parcel.lane]
        rows = self._state.lanes[chat]
        if not rows or str(rows[0].id) != parcel.row or chat not in self._state.taken:
            return None
        del self._state.taken[chat]
        return rows

    async def done(self, parcel: Parcel) -> None:
        rows = self._release(parcel)
        if rows is not None:
            rows.popleft()
        self._state.ring()

    async def later(self, parcel: Parcel, after_s: float, *, spent: bool = True) -> None:
        rows = self._release(parcel)
        if rows is None:
            return
        rows[0].attempt -= not spent
        self._state.paused[self._chats[parcel.lane]] = time.monotonic() + after_s
        self._state.ring()

    async def renew(self, parcel: Parcel) -> None:
        chat = self._chats[parcel.lane]
        if chat in self._state.taken:
            consumer = self._state.taken[chat][0]
            self._state.taken[chat] = (consumer, time.monotonic() + 2 * self._state.lease_s)

    async def ledger(self, slot: str) -> Ledger:
        return MemoryLedger(self._state.ledgers[slot])


def _superseded(rows: deque[_Row]) -> bool:
    head, *others = rows
    slot = head.reply.slot
    return head.reply.stage == "waiting" and any(row.reply.slot == slot for row in others)
