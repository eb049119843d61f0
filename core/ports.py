"""What the core needs from the outside, as protocols.

Every port has a Redis (or file) adapter and an in-memory twin in `core.adapters`; one contract
test in ``tests/contracts`` runs over both. Every method may raise `StoreUnavailable`; then nothing
was half-written, and repeating the call is safe.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from core.domain.cases import Case, CaseHead, CasePhoto
from core.domain.jobs import Acceptance, Completion, Job, Lease, ModelKind, Place
from core.domain.messages import BlobKey, CaseId, ChatRef, Incoming, Person
from core.domain.provenance import Fingerprint, Marks, RegisterEntry
from core.domain.replies import Live, Reply, Shown

AcceptStatus = Literal["accepted", "duplicate", "full"]


class Clock(Protocol):
    """Time of day."""

    def now_s(self) -> float: ...


class CaseStore(Protocol):
    """Cases and their turns, and the two atomic steps that move a conversation on."""

    async def open_case(self, chat: ChatRef) -> CaseHead | None:
        """Return the chat's open case, or None."""
        ...

    async def load(self, case_id: CaseId) -> Case | None:
        """Return a case with its turns, or None when it expired or was erased.

        Raises:
            RecordUnreadable: It was written by an unknown version or with another key.
        """
        ...

    async def seen(self, keys: Sequence[str]) -> bool:
        """Return whether any of these idempotency keys was accepted before."""
        ...

    async def accept(self, acceptance: Acceptance) -> AcceptStatus:
        """Make a message durable: case, turn, job, replies; all or nothing, at most once.

        A case that does not exist yet is opened by its first acceptance.

        Returns:
            ``full`` when the queue is at its bound: nothing was stored, not even the keys.
        """
        ...

    async def complete(self, completion: Completion) -> bool:
        """Make a result durable; False when another attempt owns the job or it has ended."""
        ...

    async def cases_of(self, person: Person) -> tuple[CaseHead, ...]:
        """Return a person's cases, newest first."""
        ...

    async def erase(self, case_id: CaseId) -> bool:
        """Delete a case, its key and its waiting work; False when there was none."""
        ...

    async def shown_to(self, person: Person) -> tuple[Shown, ...]:
        """Return the replies that a person got within the retention time, oldest first."""
        ...

    async def forget_shown(self, person: Person) -> None:
        """Forget which replies a person got."""
        ...

    async def profile(self, person: Person) -> dict[str, str]:
        """Return what a person agreed to and chose: ``consent``, ``locale``; empty if nothing."""
        ...

    async def set_profile(self, person: Person, changes: dict[str, str]) -> None:
        """Change some fields; an empty value removes one."""
        ...


class BlobStore(Protocol):
    """Keeps bytes out of queues and case records."""

    async def put(self, case_id: CaseId, data: bytes) -> BlobKey:
        """Store bytes for a case, durably before it returns."""
        ...

    async def get(self, key: BlobKey) -> bytes | None:
        """Return the bytes, or None when they expired or were erased."""
        ...

    async def erase(self, case_id: CaseId) -> int:
        """Delete all bytes of a case; returns how many blobs there were."""
        ...

    async def sweep(self, older_than_s: float) -> int:
        """Delete blobs older than the retention time; returns how many."""
        ...


class Hold(Protocol):
    """A job in the hands of a worker. Safe to ask from any thread."""

    def cancelled(self) -> bool:
        """Return whether Stop was pressed."""
        ...

    def lost(self) -> bool:
        """Return whether the lease went to another worker or passed its deadline."""
        ...


class JobQueue(Protocol):
    """Jobs, from their dispatch by a `CaseStore` to their end."""

    async def claim(
        self, worker: str, model: ModelKind, *, slots: int, wait_s: float
    ) -> tuple[Lease, ...]:
        """Take at most ``slots`` jobs, high priority and abandoned ones first.

        Waits up to ``wait_s`` seconds for the first one, never for more.
        """
        ...

    def hold(self, leases: Sequence[Lease]) -> AbstractContextManager[dict[str, Hold]]:
        """Renew leases from a thread of their own while the context is open; keyed by job id."""
        ...

    async def job(self, job_id: str) -> Job | None:
        """Return a job that has not ended, or None."""
        ...

    async def outlook(self, model: ModelKind, case_id: CaseId | None = None) -> Place:
        """Return the place that a job accepted now would have, and when it would be done.

        With a case, its turns that are not answered yet count as often as they will wait.
        """
        ...

    async def cancel(self, job_id: str) -> Literal["waiting", "running", "gone"]:
        """Mark a job as stopped and say in which state it was found."""
        ...

    async def live_jobs(self, case_id: CaseId) -> tuple[str, ...]:
        """Return ids of jobs of a case that have not ended, mailbox included, oldest first."""
        ...

    async def depth(self, model: ModelKind) -> int:
        """Return how many jobs wait for a model."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A job that failed for good. Holds random ids alone: nothing of a person.

    Attributes:
        job_id: Which job.
        case_id: Of which case.
        kind: ``answer`` or ``render``.
        attempt: How often it was claimed.
        at_s: When it was given up, seconds since the epoch.
    """

    job_id: str
    case_id: CaseId
    kind: str
    attempt: int
    at_s: float


class DeadLetters(Protocol):
    """Jobs that failed for good, kept as long as their cases."""

    async def newest(self, limit: int) -> tuple[DeadLetter, ...]:
        """Return letters, newest first."""
        ...

    async def job(self, job_id: str) -> Job | None:
        """Return the job of a letter as it was, or None when it expired or its case was erased."""
        ...

    async def drop(self, job_id: str) -> bool:
        """Forget a letter; False when there was none."""
        ...

    async def count(self) -> int:
        """Return how many letters there are."""
        ...


class Ledger(Protocol):
    """What was already sent for one slot, part by part; written before and after each send.

    It knows what was written before it was read, and after each `intend` and `record`, failed or
    not, what everybody has written until then.

    Raises:
        LeaseLost: By `intend` and `record` of a claimed row's ledger: the row is not ours any more,
            and nothing was written.
    """

    def message_id(self, part: str) -> str | None:
        """Return the platform's id of a part that was sent, or None."""
        ...

    def intended(self, part: str) -> bool:
        """Return whether a send of this part was begun and its outcome never recorded."""
        ...

    async def intend(self, part: str) -> None:
        """Record, before a send that cannot be repeated, that it begins."""
        ...

    async def record(self, part: str, message_id: str) -> None:
        """Record the id that the platform gave to a part."""
        ...

    def parts(self) -> dict[str, str]:
        """Return all recorded parts and their ids."""
        ...

    async def forget(self) -> None:
        """Forget everything about a slot whose message was taken back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed outbox row.

    Attributes:
        reply: What to show; None when its case was erased meanwhile (then drop it).
        ledger: What was sent for its slot so far.
        row: Id of the row.
        lane: The chat's lane; rows of a lane come strictly in order.
        attempt: How often it was claimed, from 1.
    """

    reply: Reply | None
    ledger: Ledger
    row: str
    lane: str
    attempt: int


class Outbox(Protocol):
    """Replies on their way to a platform, in order per chat, each until it is done."""

    async def claim(self, platform: str, consumer: str, *, wait_s: float) -> Parcel | None:
        """Take the first row of a chat that nobody else delivers to."""
        ...

    async def done(self, parcel: Parcel) -> None:
        """Remove a row and let the chat's next one go."""
        ...

    async def later(self, parcel: Parcel, after_s: float, *, spent: bool = True) -> None:
        """Keep a row at the head of its lane and offer it again after a pause.

        ``spent=False`` does not count the attempt: the platform itself was down.
        """
        ...

    async def renew(self, parcel: Parcel) -> None:
        """Keep the lane of a slow delivery."""
        ...

    async def ledger(self, slot: str) -> Ledger:
        """Return the ledger of a slot; empty if nothing was sent for it."""
        ...


class Albums(Protocol):
    """Parts of albums, kept durably until the album is complete."""

    async def add(self, part: Incoming, *, case_id: CaseId, blobs: Sequence[CasePhoto]) -> bool:
        """Keep one part, its photos already stored; False when it was kept before."""
        ...

    async def due(self, quiet_s: float) -> "Album | None":
        """Take an album to which nothing was added for ``quiet_s``; it comes back if not done."""
        ...

    async def done(self, album: "Album") -> None:
        """Forget an album that was accepted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """A complete album: its parts without their bytes, and the photos in the order sent."""

    name: str
    case_id: CaseId
    parts: tuple[Incoming, ...]
    photos: tuple[CasePhoto, ...]


class LiveText(Protocol):
    """Answers in the making; lossy on purpose."""

    async def publish(self, live: Live) -> None:
        """Tell whoever listens now."""
        ...

    def listen(self, platform: str) -> AsyncIterator[Live]:
        """Yield what is published for a platform from now on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardEntry:
    """One message on a board.

    Attributes:
        sequence: Grows with every post to the board; a replaced entry gets a new one.
        slot: Identity of the message.
        author: Who wrote it.
        reply: What it shows; a person's own message is shown as a reply, too.
        at_s: When it was first posted, seconds since the epoch.
    """

    sequence: int
    slot: str
    author: Literal["user", "assistant"]
    reply: Reply
    at_s: float


class Board(Protocol):
    """The visible messages of a chat, for platforms that keep none themselves (web, console)."""

    async def post(self, author: Literal["user", "assistant"], reply: Reply) -> BoardEntry:
        """Add a message to ``reply.chat``, or replace the one in the same slot."""
        ...

    async def read(self, chat: ChatRef, *, after: int = 0) -> tuple[BoardEntry, ...]:
        """Return entries with a sequence above ``after``, in order of their first posting."""
        ...

    async def wait(self, chat: ChatRef, *, after: int, timeout_s: float) -> bool:
        """Return True as soon as there is an entry above ``after``, False on timeout."""
        ...

    async def take_back(self, chat: ChatRef, slot: str) -> None:
        """Remove one entry."""
        ...

    async def erase(self, chat: ChatRef) -> None:
        """Remove all entries."""
        ...


class Drawer(Protocol):
    """Small encrypted values of a frontend: offsets, installations, allow lists."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, value: str, *, ttl_s: float | None = None) -> None: ...

    async def erase(self, key: str) -> bool: ...

    async def keys(self, prefix: str) -> tuple[str, ...]: ...


class Throttle(Protocol):
    """Shared rate limits, moving windows, exact across processes."""

    async def wait_s(self, key: str, limits: Sequence[tuple[int, float]]) -> float:
        """Take one token from every ``(count, seconds)`` window of a key, or from none.

        Returns:
            0 when taken; else how many seconds to wait before asking again.
        """
        ...


class PictureRegister(Protocol):
    """Hashes of the pictures that we made, to know them again. No entry says who asked for it."""

    async def enter(self, entry: RegisterEntry, *, ttl_s: float) -> None:
        """Keep an entry for a time; one of the same file is kept once, for the longer time."""
        ...

    async def find(self, fingerprint: Fingerprint) -> RegisterEntry | None:
        """Return the entry of the same file, else the one that looks most alike, or None.

        Looks count as alike up to `ALIKE_BITS` of 256 bits.
        """
        ...


ALIKE_BITS = 15
"""Source: the distances in `core.provenance.fingerprint`; up to here the register finds surely."""


class PictureInspector(Protocol):
    """Reads the marks off a picture of unknown origin."""

    async def inspect(self, data: bytes) -> Marks | None:
        """Return its marks; None when it is no picture that can be read."""
        ...


Stopper = Callable[[], bool]
"""Asked between steps; True means: stop now."""
