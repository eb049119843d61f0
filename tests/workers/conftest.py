"""What the tests of the worker share: a desk whose drawers can be made to jam."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest

from core.domain.cases import Case, CaseHead, CasePhoto, PictureSpec, Turn
from core.domain.errors import StoreUnavailable
from core.domain.jobs import AnswerJob, Job, Lease, ModelKind, Place, RenderJob, Result
from core.domain.messages import BlobKey, CaseId, ChatRef, Person
from core.domain.replies import Live
from tests.workers.photos import jpeg

CHAT = ChatRef(platform="console", chat_id="1")
OWNER = Person(platform="console", user_id="1")


@dataclass
class FakeHold:
    """A lease whose fate a test decides."""

    is_cancelled: bool = False
    is_lost: bool = False

    def cancelled(self) -> bool:
        return self.is_cancelled

    def lost(self) -> bool:
        return self.is_lost


@dataclass
class World:
    """Every port that a worker uses, in memory, with switches for faults."""

    stored: dict[str, Case] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    results: list[tuple[Lease, Result]] = field(default_factory=list)
    told: list[Live] = field(default_factory=list)
    waiting: list[Lease] = field(default_factory=list)
    holds: dict[str, FakeHold] = field(default_factory=dict)
    refusals: int = 0
    refused: int = 0
    on_resume: Callable[[], None] = lambda: None

    def _maybe_refuse(self) -> None:
        if self.refused < self.refusals:
            self.refused += 1
            raise StoreUnavailable("Redis did not answer")

    async def load(self, case_id: CaseId) -> Case | None:
        self._maybe_refuse()
        return self.stored.get(case_id)

    async def get(self, key: BlobKey) -> bytes | None:
        return self.files.get(key)

    async def put(self, case_id: CaseId, data: bytes) -> BlobKey:
        key = BlobKey(f"{case_id}/{len(self.files)}")
        self.files[key] = data
        return key

    async def resume(self, lease: Lease, result: Result, *, service_ms: int = 0) -> bool:
        self._maybe_refuse()
        assert service_ms >= 0
        self.results.append((lease, result))
        self.on_resume()
        return True

    async def publish(self, live: Live) -> None:
        self.told.append(live)

    def listen(self, platform: str) -> AsyncIterator[Live]:
        raise NotImplementedError

    async def claim(
        self,
        worker: str,
        model: ModelKind,
        *,
        slots: int,
        wait_s: float,
    ) -> tuple[Lease, ...]:
        self._maybe_refuse()
        mine = [lease for lease in self.waiting if lease.job.model == model][:slots]
        self.waiting = [lease for lease in self.waiting if lease not in mine]
        if not mine:
            await asyncio.sleep(wait_s)
        return tuple(mine)

    def hold(self, leases: Sequence[Lease]) -> AbstractContextManager[Mapping[str, FakeHold]]:
        @contextmanager
        def held() -> Iterator[Mapping[str, FakeHold]]:
            yield {
                lease.job.id: self.holds.setdefault(lease.job.id, FakeHold()) for lease in leases
            }

        return held()

    async def job(self, job_id: str) -> Job | None:
        raise NotImplementedError

    async def place(self, job_id: str) -> Place | None:
        raise NotImplementedError

    async def cancel(self, job_id: str) -> Literal["waiting", "running", "gone"]:
        self.holds.setdefault(job_id, FakeHold()).is_cancelled = True
        return "running"

    def outcome(self, job_id: str) -> Result:
        """Return the one result of a job."""
        (result,) = [result for lease, result in self.results if lease.job.id == job_id]
        return result

    def add_case(self, case_id: str, *turns: Turn) -> None:
        """Store a case."""
        head = CaseHead(
            id=CaseId(case_id), chat=CHAT, owner=OWNER, locale="en", register="lay", created_s=0
        )
        self.stored[case_id] = Case(head=head, turns=turns)

    def photo_turn(self, turn_id: str, *, text: str = "What is this?") -> Turn:
        """Return a turn with a stored photo."""
        key = BlobKey(f"photo-{turn_id}")
        self.files[key] = jpeg()
        photo = CasePhoto(blob=key, width_px=80, height_px=60)
        return Turn(id=turn_id, role="user", text=text, at_s=0, photos=(photo,))


@pytest.fixture
def world() -> World:
    """Give an empty world."""
    return World()


@pytest.fixture
def answer_lease() -> Callable[..., Lease]:
    """Give a maker of leased answer jobs."""

    def make(job_id: str = "j1", case_id: str = "c1", turn_id: str = "t1", **more: object) -> Lease:
        job = AnswerJob(id=job_id, case_id=CaseId(case_id), turn_id=turn_id, owner=OWNER, chat=CHAT)
        return Lease(job=job, attempt=1, worker="w", **more)  # type: ignore[arg-type]

    return make


@pytest.fixture
def render_lease() -> Callable[..., Lease]:
    """Give a maker of leased render jobs."""

    def make(
        job_id: str = "r1", conditions: Sequence[str] = ("psoriasis", "eczema"), **more: object
    ) -> Lease:
        specs = tuple(
            PictureSpec(condition_id=condition, tone=3, site="arm", severity=2, seed=seed)
            for seed, condition in enumerate(conditions)
        )
        job = RenderJob(
            id=job_id,
            case_id=CaseId("c1"),
            turn_id="t1",
            owner=OWNER,
            chat=CHAT,
            pictures=specs,
        )
        return Lease(job=job, attempt=1, worker="w", **more)  # type: ignore[arg-type]

    return make
