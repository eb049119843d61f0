"""Redis and the memory twin, given the same random life, tell the same story."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.adapters.memory import MemoryState
from core.domain.jobs import Acceptance, Completion, Lease
from core.domain.messages import ChatRef, Person
from core.ports import Parcel
from tests.conftest import emptied
from tests.contracts.stores.makers import (
    Settings,
    answered,
    asks,
    case_id,
    head,
    memory_stores,
    redis_stores,
    render_job,
    reply,
    turn,
)
from tests.redis_servers import RedisServer

CASES = st.integers(1, 4)
SETTINGS = Settings(max_queue=6, max_own=4, width=2)


def owner(case: int) -> Person:
    """Return the person of a case; two persons have two cases each."""
    return Person(platform="telegram", user_id=str(case % 2))


def chat(case: int) -> ChatRef:
    """Return the chat of a case."""
    return ChatRef(platform="telegram", chat_id=str(case))


class Twins(RuleBasedStateMachine):
    """Does everything to both backends, compares every answer, and keeps its own books."""

    server: RedisServer
    folder: Path

    @initialize()
    def begin(self) -> None:
        """Empty both."""
        emptied(self.server)
        self._runner = asyncio.Runner()
        self._both = (
            memory_stores(MemoryState(), SETTINGS, {}),
            redis_stores(self.server.url, SETTINGS, self.folder),
        )
        self._number = 0
        self._held: list[Lease] = []
        self._parcels: list[tuple[Parcel, Parcel]] = []
        self._asked: dict[int, list[str]] = {}

    def teardown(self) -> None:
        """Look once more, and close the connection."""
        self.look()
        link = self._both[1].link
        assert link is not None
        self._runner.run(link.close())
        self._runner.close()

    def both(self, do: Any) -> Any:
        """Do something to both and return the answer that both gave."""
        memory, over_redis = (self._runner.run(do(stores)) for stores in self._both)
        assert memory == over_redis
        return memory

    @rule(case=CASES, again=st.booleans())
    def ask(self, case: int, again: bool) -> None:  # noqa: FBT001
        """A person asks; perhaps the platform delivers it twice."""
        self._number += 1
        name = f"q{self._number}"
        question = asks(name, case, owner=owner(case), chat=chat(case))
        status = self.both(lambda stores: stores.cases.accept(question))
        if status == "accepted":
            self._asked.setdefault(case, []).append(name)
        if again:
            second = self.both(lambda stores: stores.cases.accept(question))
            assert second == ("full" if status == "full" else "duplicate")

    @rule(case=CASES)
    def ask_for_pictures(self, case: int) -> None:
        """A person presses a button that draws."""
        self._number += 1
        job = render_job(f"r{self._number}", case, owner=owner(case), chat=chat(case))
        press = Acceptance(
            keys=(job.id,),
            chat=chat(case),
            head=head(case, owner=owner(case), chat=chat(case)),
            job=job,
        )
        self.both(lambda stores: stores.cases.accept(press))

    @rule(case=CASES)
    def say(self, case: int) -> None:
        """A person says something that is answered at once."""
        self._number += 1
        words = Acceptance(
            keys=(f"t{self._number}",),
            chat=chat(case),
            head=head(case, owner=owner(case), chat=chat(case)),
            turn=turn(f"t{self._number}"),
            replies=(reply(f"s{self._number}", chat=chat(case)),),
        )
        self.both(lambda stores: stores.cases.accept(words))

    @rule(model=st.sampled_from(["vlm", "generator"]), slots=st.integers(1, 3))
    def claim(self, model: Any, slots: int) -> None:
        """A worker takes jobs."""
        self._held += self.both(lambda stores: stores.jobs.claim("w", model, slots=slots, wait_s=0))

    @precondition(lambda self: self._held)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(["done", "failed"]),
        draws=st.booleans(),
        service_ms=st.sampled_from([0, 1000]),
    )
    def complete(self, data: st.DataObject, outcome: Any, draws: bool, service_ms: int) -> None:  # noqa: FBT001
        """A worker ends a job that it holds."""
        lease = self._held.pop(data.draw(st.integers(0, len(self._held) - 1)))
        self._number += 1
        side = render_job(
            f"r{self._number}",
            int(lease.job.case_id[4:]),
            owner=lease.job.owner,
            chat=lease.job.chat,
        )
        done = answered(
            lease,
            replies=(reply(f"s-{lease.job.id}", chat=lease.job.chat),),
            jobs=(side,) if draws else (),
            service_ms=service_ms,
        )
        done = replace(done, outcome=outcome)
        self.both(lambda stores: stores.cases.complete(done))
        assert not self.both(lambda stores: stores.cases.complete(done))

    @rule(case=CASES)
    def stop(self, case: int) -> None:
        """A person presses Stop: whatever still waits ends at once."""
        for job_id in self.both(lambda stores: stores.jobs.live_jobs(case_id(case))):
            found = self.both(lambda stores, j=job_id: stores.jobs.cancel(j))
            job = self.both(lambda stores, j=job_id: stores.jobs.job(j))
            if found == "waiting":
                ended = Completion(job=job, attempt=0, outcome="stopped")
                assert self.both(lambda stores, e=ended: stores.cases.complete(e))

    @rule(case=CASES)
    def erase(self, case: int) -> None:
        """A person deletes a case."""
        self.both(lambda stores: stores.cases.erase(case_id(case)))
        self._asked.pop(case, None)

    @rule(ends=st.booleans())
    def deliver(self, ends: bool) -> None:  # noqa: FBT001
        """A frontend takes a reply, or ends the delivery of one that it took."""
        if ends and self._parcels:
            parcels = self._parcels.pop(0)
            for stores, parcel in zip(self._both, parcels, strict=True):
                self._runner.run(stores.outbox.done(parcel))
            return
        first, second = (
            self._runner.run(stores.outbox.claim("telegram", "c", wait_s=0))
            for stores in self._both
        )
        assert (first and first.reply) == (second and second.reply)
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            self._parcels.append((first, second))

    @rule()
    def look(self) -> None:
        """Every question of the ports gets the same answer from both."""
        self.answers_follow_their_questions()
        for case in range(1, 5):
            self.both(lambda stores, c=case: stores.cases.load(case_id(c)))
            self.both(lambda stores, c=case: stores.cases.open_case(chat(c)))
            self.both(lambda stores, c=case: stores.jobs.live_jobs(case_id(c)))
            self.both(lambda stores, c=case: stores.jobs.outlook("vlm", case_id(c)))
        for person in (owner(1), owner(2)):
            self.both(lambda stores, p=person: stores.cases.cases_of(p))
        for model in ("vlm", "generator"):
            self.both(lambda stores, m=model: stores.jobs.depth(m))
            self.both(lambda stores, m=model: stores.jobs.outlook(m))

    def answers_follow_their_questions(self) -> None:
        """In every case each question stands before its answer, and questions are in order."""
        for case in range(1, 5):
            found = self.both(lambda stores, c=case: stores.cases.load(case_id(c)))
            ids = [item.id for item in found.turns] if found else []
            for item in ids:
                if item.startswith("answer-of-q"):
                    assert ids.index(item) > ids.index(item.replace("answer-of", "turn-of"))
            asked = [f"turn-of-{name}" for name in self._asked.get(case, [])]
            running = [item for item in ids if f"answer-of-{item[8:]}" in ids]
            assert [item for item in asked if item in running] == [
                item for item in ids if item in running
            ]


@pytest.mark.parametrize("kind", ["redis", "valkey"])
def test_twins_agree(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Whatever people, workers and frontends do, Redis and memory answer alike."""
    server = request.getfixturevalue(f"{kind}_session")
    run_state_machine_as_test(
        type("BoundTwins", (Twins,), {"server": server, "folder": tmp_path}),
        settings=settings(
            max_examples=8,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
