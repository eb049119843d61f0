"""What the memory adapters of one process share: the twin of one Redis."""

import asyncio
import itertools
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.domain.cases import CaseHead, Turn
from core.domain.jobs import Job, ModelKind
from core.domain.messages import CaseId, ChatRef, Person
from core.domain.replies import Reply, Shown


@dataclass(slots=True)
class JobEntry:
    """A job that has not ended.

    Attributes:
        job: The job.
        accepted: Orders jobs by their acceptance.
        state: In its case's mailbox, in its owner's lane, in the queue, or claimed.
        queued: Orders jobs by their entry into the queue.
        turn: What its mailbox keeps of the case until the job starts.
        attempt: How often it was claimed.
        cancelled: Whether Stop was pressed.
        until_s: End of its lease, on the monotonic clock.
    """

    job: Job
    accepted: int
    state: Literal["box", "lane", "queued", "running"] = "queued"
    queued: int = 0
    turn: Turn | None = None
    attempt: int = 0
    cancelled: bool = False
    until_s: float = 0.0


@dataclass(slots=True)
class Row:
    """A reply that waits for delivery; ``epoch`` tells which life of its case it belongs to."""

    id: int
    reply: Reply
    case_id: CaseId | None
    epoch: int = 0
    attempt: int = 0


@dataclass(slots=True)
class MemoryState:
    """What the memory adapters share; the twin of one Redis.

    Attributes:
        max_queue: Jobs per model that may wait.
        max_own: Jobs per model and person.
        width: Jobs per model and person in the common queue at once.
        lease_s: When a claimed job counts as abandoned.
        max_attempts: Deliveries that may run.
        delivery_lease_s: When a claimed reply counts as abandoned.
    """

    max_queue: int = 500
    max_own: int = 20
    width: int = 2
    lease_s: float = 15.0
    max_attempts: int = 3
    delivery_lease_s: float = 30.0
    seen: set[str] = field(default_factory=set)
    open: dict[ChatRef, CaseId] = field(default_factory=dict)
    heads: dict[CaseId, CaseHead] = field(default_factory=dict)
    turns: defaultdict[CaseId, list[Turn]] = field(default_factory=lambda: defaultdict(list))
    box: defaultdict[CaseId, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    epochs: defaultdict[CaseId, int] = field(default_factory=lambda: defaultdict(int))
    jobs: dict[str, JobEntry] = field(default_factory=dict)
    lanes: defaultdict[ChatRef, deque[Row]] = field(default_factory=lambda: defaultdict(deque))
    offered: dict[ChatRef, int] = field(default_factory=dict)
    taken: dict[ChatRef, float] = field(default_factory=dict)
    paused: dict[ChatRef, float] = field(default_factory=dict)
    ledgers: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    profiles: defaultdict[Person, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    dead: list[tuple[Job, int, float]] = field(default_factory=list)
    shown: defaultdict[Person, dict[str, Shown]] = field(default_factory=lambda: defaultdict(dict))
    service_ms: dict[ModelKind, float] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
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

    def of(self, model: ModelKind, *states: str) -> list[JobEntry]:
        """Return a model's jobs in some states, in the order in which they entered the queue."""
        found = [e for e in self.jobs.values() if e.job.model == model and e.state in states]
        return sorted(found, key=lambda entry: entry.queued)

    def own(self, job: Job) -> list[JobEntry]:
        """Return the jobs of the same person and model outside mailboxes."""
        everywhere = self.of(job.model, "lane", "queued", "running")
        return [entry for entry in everywhere if entry.job.owner == job.owner]

    def add(self, job: Job, turn: Turn | None = None) -> JobEntry:
        """Add a job, in the mailbox for now."""
        entry = JobEntry(job, next(self.numbers), state="box", turn=turn)
        self.jobs[job.id] = entry
        return entry

    def dispatch(self, entry: JobEntry) -> None:
        """Let a job into the queue, or into its owner's lane."""
        entry.state = "lane" if len(self.own(entry.job)) >= self.width else "queued"
        entry.queued = next(self.numbers)
        self.ring()

    def finish(self, job_id: str) -> None:
        """Take a job out and let the owner's next one in."""
        entry = self.jobs.pop(job_id)
        if entry.state == "box":
            self.box[entry.job.case_id].remove(job_id)
        elif entry.state != "lane":
            lane = [other for other in self.own(entry.job) if other.state == "lane"]
            if lane:
                lane[0].state = "queued"
                lane[0].queued = next(self.numbers)
        self.ring()

    def push(self, replies: Sequence[Reply], case_id: CaseId | None) -> None:
        """Add rows to the outbox."""
        epoch = self.epochs[case_id] if case_id else 0
        for reply in replies:
            chat = reply.chat
            self.lanes[chat].append(Row(next(self.numbers), reply, case_id, epoch))
            if not any(chat in where for where in (self.offered, self.taken, self.paused)):
                self.offer(chat)

    def offer(self, chat: ChatRef) -> None:
        """Let a chat's first reply be claimed, after those that were offered before."""
        self.offered[chat] = next(self.numbers)
        self.ring()
