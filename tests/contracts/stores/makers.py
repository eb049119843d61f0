"""Every port over one backend, and small makers of records, for the contract tests."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.adapters.file_blobs import FileBlobs
from core.adapters.memory import (
    MemoryAlbums,
    MemoryBlobs,
    MemoryBoard,
    MemoryCases,
    MemoryDeadLetters,
    MemoryDrawer,
    MemoryJobs,
    MemoryLiveText,
    MemoryOutbox,
    MemoryState,
    MemoryThrottle,
)
from core.adapters.memory_register import MemoryRegister
from core.adapters.redis_cases import Limits, RedisCases
from core.adapters.redis_dead import RedisDeadLetters
from core.adapters.redis_extras import (
    RedisAlbums,
    RedisBoard,
    RedisDrawer,
    RedisLiveText,
    RedisThrottle,
)
from core.adapters.redis_jobs import LeasePolicy, RedisJobs
from core.adapters.redis_link import RedisLink, connect
from core.adapters.redis_outbox import RedisOutbox
from core.adapters.redis_register import RedisRegister
from core.adapters.vault import MasterKeys
from core.domain.cases import CaseHead, CasePhoto, PictureSpec, Turn
from core.domain.jobs import Acceptance, AnswerJob, Completion, Job, Lease, RenderJob
from core.domain.messages import BlobKey, CaseId, ChatRef, Incoming, Person
from core.domain.replies import Paragraph, Reply
from core.ports import (
    Albums,
    BlobStore,
    Board,
    CaseStore,
    DeadLetters,
    Drawer,
    JobQueue,
    LiveText,
    Outbox,
    PictureRegister,
    Throttle,
)

CHAT = ChatRef(platform="telegram", chat_id="4242424242")
OTHER_CHAT = ChatRef(platform="telegram", chat_id="777")
ANN = Person(platform="telegram", user_id="31415926")
BOB = Person(platform="telegram", user_id="27182818")
MASTER = MasterKeys({"test": bytes(range(32))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a test wants to be different.

    Attributes:
        max_queue: Jobs per model that may wait.
        max_own: Jobs per model and person.
        width: Jobs per model and person in the common queue.
        lease_s: Leases of jobs.
        delivery_lease_s: Leases of replies.
        album_lease_s: Leases of albums.
        max_attempts: Deliveries of a job that may run.
        retention_s: Life of a case.
    """

    max_queue: int = 500
    max_own: int = 20
    width: int = 2
    lease_s: float = 15.0
    delivery_lease_s: float = 30.0
    album_lease_s: float = 30.0
    max_attempts: int = 3
    retention_s: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """All ports of one backend; ``link`` is None in memory."""

    cases: CaseStore
    jobs: JobQueue
    dead: DeadLetters
    outbox: Outbox
    blobs: BlobStore
    albums: Albums
    live: LiveText
    board: Board
    drawer: Drawer
    throttle: Throttle
    register: PictureRegister
    link: RedisLink | None = None


MakeStores = Callable[..., Stores]
"""Called with fields of `Settings`; two calls give two processes of one backend."""


def memory_stores(state: MemoryState, settings: Settings, shared: dict[str, Any]) -> Stores:
    """Return the memory twins; the smaller ones are shared by name between calls."""
    for name in ("max_queue", "max_own", "width", "lease_s", "delivery_lease_s", "max_attempts"):
        setattr(state, name, getattr(settings, name))
    if not shared:
        shared |= {
            "blobs": MemoryBlobs(),
            "albums": MemoryAlbums(lease_s=settings.album_lease_s),
            "live": MemoryLiveText(),
            "board": MemoryBoard(),
            "drawer": MemoryDrawer(),
            "throttle": MemoryThrottle(),
            "register": MemoryRegister(),
        }
    return Stores(
        cases=MemoryCases(state),
        jobs=MemoryJobs(state),
        dead=MemoryDeadLetters(state),
        outbox=MemoryOutbox(state),
        **shared,
    )


def redis_stores(
    url: str, settings: Settings, folder: Path, *, master: MasterKeys = MASTER
) -> Stores:
    """Return adapters over a server, with a connection of their own; close ``link``."""
    link = RedisLink(connect(url), master)
    limits = Limits(
        retention_s=settings.retention_s,
        max_queue=settings.max_queue,
        max_own=settings.max_own,
        width=settings.width,
    )
    policy = LeasePolicy(lease_s=settings.lease_s, max_attempts=settings.max_attempts)
    return Stores(
        cases=RedisCases(link, limits),
        jobs=RedisJobs(link, policy),
        dead=RedisDeadLetters(link),
        outbox=RedisOutbox(link, lease_s=settings.delivery_lease_s),
        blobs=FileBlobs(folder / "blobs", link),
        albums=RedisAlbums(link, lease_s=settings.album_lease_s),
        live=RedisLiveText(link),
        board=RedisBoard(link),
        drawer=RedisDrawer(link),
        throttle=RedisThrottle(link),
        register=RedisRegister(link),
        link=link,
    )


def case_id(number: int = 1) -> CaseId:
    """Return a case id."""
    return CaseId(f"case{number:022d}")


def head(number: int = 1, *, chat: ChatRef = CHAT, owner: Person = ANN) -> CaseHead:
    """Return the head of a case."""
    return CaseHead(
        id=case_id(number),
        chat=chat,
        owner=owner,
        locale="en",
        register="lay",
        created_s=1_700_000_000.5,
    )


def turn(name: str, text: str = "") -> Turn:
    """Return a person's turn."""
    return Turn(id=name, role="user", text=text or f"words of {name}", at_s=1_700_000_001.0)


def answer(name: str, text: str = "") -> Turn:
    """Return an assistant's turn."""
    return Turn(id=name, role="assistant", text=text or f"words of {name}", at_s=1_700_000_002.0)


def reply(slot: str, text: str = "", *, chat: ChatRef = CHAT, waiting: bool = False) -> Reply:
    """Return a reply."""
    return Reply(
        slot=slot,
        chat=chat,
        blocks=(Paragraph(text=text or f"words for {slot}"),),
        stage="waiting" if waiting else "final",
    )


def answer_job(name: str, number: int = 1, *, owner: Person = ANN, chat: ChatRef = CHAT) -> Job:
    """Return a job that answers the turn ``turn-of-name`` of a case."""
    return AnswerJob(
        id=name, case_id=case_id(number), turn_id=f"turn-of-{name}", owner=owner, chat=chat
    )


def render_job(name: str, number: int = 1, *, owner: Person = ANN, chat: ChatRef = CHAT) -> Job:
    """Return a job that draws a picture for a case."""
    spec = PictureSpec(condition_id="psoriasis", tone=3, site="arm", severity=2, seed=7)
    return RenderJob(
        id=name,
        case_id=case_id(number),
        turn_id="t",
        owner=owner,
        chat=chat,
        pictures=(spec,),
    )


def asks(
    name: str,
    number: int = 1,
    *,
    owner: Person = ANN,
    chat: ChatRef = CHAT,
    opens: bool = False,
    replies: tuple[Reply, ...] = (),
) -> Acceptance:
    """Return the acceptance of a question ``name`` with its turn and job."""
    return Acceptance(
        keys=(f"update:{name}",),
        chat=chat,
        head=head(number, chat=chat, owner=owner),
        opens=opens,
        turn=turn(f"turn-of-{name}"),
        job=answer_job(name, number, owner=owner, chat=chat),
        replies=replies,
    )


def answered(
    lease: Lease,
    *,
    replies: tuple[Reply, ...] = (),
    jobs: tuple[Job, ...] = (),
    service_ms: int = 0,
) -> Completion:
    """Return the completion of a lease with an answer turn."""
    return Completion(
        job=lease.job,
        attempt=lease.attempt,
        outcome="done",
        turns=(answer(f"answer-of-{lease.job.id}"),),
        replies=replies,
        jobs=jobs,
        service_ms=service_ms,
    )


def part(number: int, *, album: str = "album-1", text: str = "") -> Incoming:
    """Return one part of an album."""
    return Incoming(
        keys=(f"telegram:update:{number}",),
        chat=CHAT,
        sender=ANN,
        message_id=str(number),
        text=text,
        photos=(b"bytes that must not be kept here",),
        album=album,
    )


def photo(number: int) -> CasePhoto:
    """Return a stored photo."""
    return CasePhoto(blob=BlobKey(f"{case_id()}/{number:032x}"), width_px=640, height_px=480)


async def turn_ids(stores: Stores, number: int = 1) -> tuple[str, ...]:
    """Return the ids of a case's turns."""
    case = await stores.cases.load(case_id(number))
    return () if case is None else tuple(item.id for item in case.turns)


async def busy_with(stores: Stores, number: int = 1) -> str:
    """Return which job answers a case's last turn; empty when idle."""
    case = await stores.cases.load(case_id(number))
    return "" if case is None else case.head.busy


async def take(stores: Stores, *, worker: str = "w1", slots: int = 1) -> tuple[Lease, ...]:
    """Claim answer jobs that are there now."""
    return await stores.jobs.claim(worker, "vlm", slots=slots, wait_s=0)
