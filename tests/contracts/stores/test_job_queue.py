"""What every `core.ports.JobQueue` promises."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from core.domain.jobs import Acceptance, Completion
from core.domain.messages import Person
from tests.contracts.stores.makers import (
    ANN,
    BOB,
    CHAT,
    OTHER_CHAT,
    MakeStores,
    Stores,
    answer_job,
    answered,
    asks,
    case_id,
    head,
    render_job,
    take,
)


def person(number: int) -> Person:
    """Return one of many persons."""
    return Person(platform="telegram", user_id=str(number))


async def fill(stores: Stores, count: int) -> None:
    """Let ``count`` persons ask ``q1``, ``q2`` ..."""
    for number in range(1, count + 1):
        status = await stores.cases.accept(asks(f"q{number}", number, owner=person(number)))
        assert status == "accepted"


async def test_a_claim_takes_what_waits_up_to_its_slots(stores: Stores) -> None:
    """A batch is claimed in the order of arrival, never more than there are slots."""
    await fill(stores, 5)

    first = await take(stores, slots=3)
    rest = await take(stores, worker="w2", slots=3)

    assert [lease.job for lease in first] == [
        answer_job(f"q{n}", n, owner=person(n)) for n in (1, 2, 3)
    ]
    assert [lease.job.id for lease in rest] == ["q4", "q5"]
    assert {(lease.attempt, lease.exhausted, lease.cancelled) for lease in first} == {
        (1, False, False)
    }
    assert [lease.worker for lease in rest] == ["w2", "w2"]
    assert await take(stores, slots=3) == ()
    assert await take(stores, slots=0) == ()


async def test_models_have_queues_of_their_own(stores: Stores) -> None:
    """A worker gets jobs of the model that it asked for."""
    await fill(stores, 1)
    await stores.cases.accept(
        Acceptance(keys=("k",), chat=CHAT, head=head(2), job=render_job("r1", 2))
    )

    (drawing,) = await stores.jobs.claim("w", "generator", slots=9, wait_s=0)

    assert drawing.job == render_job("r1", 2)
    assert [lease.job.id for lease in await take(stores, slots=9)] == ["q1"]


async def test_a_claim_waits_for_the_first_job(make: MakeStores) -> None:
    """A waiting worker gets a job as soon as it is dispatched."""
    bot, worker = make(), make()

    async with asyncio.TaskGroup() as group:
        claim = group.create_task(worker.jobs.claim("w", "vlm", slots=2, wait_s=30))
        await asyncio.sleep(0.05)
        await bot.cases.accept(asks("q1"))

    assert [lease.job.id for lease in claim.result()] == ["q1"]


async def test_old_rings_wake_nobody(make: MakeStores) -> None:
    """A claim with nothing to take waits, however many jobs came and went before."""
    stores = make()
    await fill(stores, 3)
    for lease in await take(stores, slots=3):
        await stores.cases.complete(answered(lease))
    assert await take(stores) == ()

    async with asyncio.TaskGroup() as group:
        claim = group.create_task(stores.jobs.claim("w", "vlm", slots=1, wait_s=30))
        await asyncio.sleep(0.05)
        assert not claim.done()
        await stores.cases.accept(asks("q9", 9))

    assert [lease.job.id for lease in claim.result()] == ["q9"]


async def test_a_claim_gives_up_after_its_wait(stores: Stores) -> None:
    """Without a job a claim comes back empty."""
    assert await stores.jobs.claim("w", "vlm", slots=1, wait_s=0.05) == ()


async def test_an_abandoned_job_goes_to_a_waiting_worker(make: MakeStores) -> None:
    """When a worker dies, whoever waits gets its job after the lease, without new traffic."""
    stores = make(lease_s=0.2)
    await fill(stores, 1)
    (dead,) = await take(stores, worker="dead")

    (lease,) = await stores.jobs.claim("alive", "vlm", slots=1, wait_s=30)

    assert (lease.job, lease.attempt, lease.worker) == (dead.job, 2, "alive")


async def test_abandoned_jobs_come_before_fresh_ones(make: MakeStores) -> None:
    """Whoever waited longest is served first, however many jobs are held beside it."""
    stores = make(lease_s=0.7)
    await fill(stores, 26)
    await take(stores, worker="dead")  # q1
    held = await take(stores, slots=24)

    with stores.jobs.hold(held):
        await asyncio.sleep(0.8)
        (lease,) = await take(stores, worker="other")
        (fresh,) = await take(stores, worker="other")

    assert (lease.job.id, lease.attempt) == ("q1", 2)
    assert (fresh.job.id, fresh.attempt) == ("q26", 1)


async def test_a_held_job_stays_with_its_worker(make: MakeStores) -> None:
    """Leases are renewed although the event loop is blocked, for longer than a lease lasts."""
    stores = make(lease_s=0.7)
    await fill(stores, 2)
    leases = await take(stores, slots=2)

    with stores.jobs.hold(leases) as holds:
        time.sleep(1.0)  # noqa: ASYNC251 - the blocked loop is the point
        assert await take(stores, worker="thief", slots=2) == ()
        assert not any(hold.lost() or hold.cancelled() for hold in holds.values())
        assert set(holds) == {"q1", "q2"}

    again = await stores.jobs.claim("next", "vlm", slots=2, wait_s=30)
    assert {lease.attempt for lease in again} == {2}


async def test_stop_reaches_the_worker(make: MakeStores) -> None:
    """A running job learns from any process, between two steps, that Stop was pressed."""
    worker, bot = make(lease_s=0.25), make(lease_s=0.25)
    await fill(worker, 2)
    leases = await take(worker, slots=2)

    with worker.jobs.hold(leases) as holds:
        assert await bot.jobs.cancel("q1") == "running"
        await until(holds["q1"].cancelled)
        assert not holds["q2"].cancelled()
        assert not holds["q1"].lost()


async def test_a_stop_before_the_claim_is_seen(stores: Stores) -> None:
    """A waiting job keeps the mark of Stop for whoever claims it."""
    await fill(stores, 1)

    assert await stores.jobs.cancel("q1") == "waiting"

    (lease,) = await take(stores)
    assert lease.cancelled
    with stores.jobs.hold([lease]) as holds:
        assert holds["q1"].cancelled()
    await stores.cases.complete(answered(lease))
    assert await stores.jobs.cancel("q1") == "gone"
    assert await stores.jobs.cancel("never was") == "gone"


async def test_a_hold_is_lost_when_its_job_has_ended(make: MakeStores) -> None:
    """A worker whose job was erased under its hands learns that it works in vain."""
    stores = make(lease_s=0.25)
    await fill(stores, 1)
    leases = await take(stores)

    with stores.jobs.hold(leases) as holds:
        await stores.cases.erase(case_id(1))
        await until(holds["q1"].lost)


async def test_a_job_delivered_too_often_is_handed_out_to_be_failed(make: MakeStores) -> None:
    """After the last attempt a job comes once more, marked, and its failure ends it."""
    stores = make(lease_s=0.05, max_attempts=2)
    await fill(stores, 1)

    seen = []
    for _ in range(3):
        (lease,) = await stores.jobs.claim("w", "vlm", slots=1, wait_s=30)
        seen.append((lease.attempt, lease.exhausted))

    assert seen == [(1, False), (2, False), (3, True)]
    assert await stores.cases.complete(
        Completion(job=lease.job, attempt=lease.attempt, outcome="failed")
    )
    assert await stores.jobs.job("q1") is None
    assert await stores.jobs.claim("w", "vlm", slots=1, wait_s=0.1) == ()


async def test_a_person_with_many_jobs_does_not_hold_up_others(make: MakeStores) -> None:
    """Only so many jobs of a person are in the common queue; the rest go in one by one."""
    stores = make(width=2)
    for number in range(1, 6):
        await stores.cases.accept(asks(f"a{number}", number))
    await stores.cases.accept(asks("b1", 9, owner=BOB, chat=OTHER_CHAT))

    order = []
    while leases := await take(stores):
        order.append(leases[0].job.id)
        await stores.cases.complete(answered(leases[0]))

    assert order == ["a1", "a2", "b1", "a3", "a4", "a5"]
    assert await stores.jobs.depth("vlm") == 0


async def test_a_job_in_a_lane_can_be_stopped(make: MakeStores) -> None:
    """A job that waits behind its person's others ends without disturbing them."""
    stores = make(width=1)
    for number in (1, 2, 3):
        await stores.cases.accept(asks(f"a{number}", number))

    assert await stores.jobs.cancel("a2") == "waiting"
    assert await stores.cases.complete(
        Completion(job=answer_job("a2", 2), attempt=0, outcome="stopped")
    )

    for name in ("a1", "a3"):
        (lease,) = await take(stores, slots=5)
        assert lease.job.id == name
        await stores.cases.complete(answered(lease))


async def test_erasing_a_case_lets_other_jobs_of_its_person_in(make: MakeStores) -> None:
    """The place of an erased job in the queue goes to the person's next one."""
    stores = make(width=1)
    for number in (1, 2):
        await stores.cases.accept(asks(f"a{number}", number))

    await stores.cases.erase(case_id(1))

    (lease,) = await take(stores)
    assert lease.job.id == "a2"


async def test_an_outlook_counts_the_own_turns_before(make: MakeStores) -> None:
    """Who wrote twice already waits three times as long as somebody new."""
    stores = make()
    await stores.cases.accept(asks("a1", 1))
    (lease,) = await take(stores)
    await stores.cases.complete(replace(answered(lease), service_ms=2000))
    for name in ("a2", "a3"):
        await stores.cases.accept(asks(name, 1))

    new = await stores.jobs.outlook("vlm")
    own = await stores.jobs.outlook("vlm", case_id(1))

    assert (new.ahead, new.wait_s) == (1, 4.0)
    assert (own.ahead, own.wait_s) == (2, 12.0)


async def test_waits_are_estimated_from_measured_times(stores: Stores) -> None:
    """The estimate is the measured time per job, for this job and those before it."""
    await fill(stores, 3)
    (lease,) = await take(stores)
    await stores.cases.complete(answered(lease, service_ms=2000))

    place = await stores.jobs.outlook("vlm")

    assert (place.ahead, place.wait_s) == (2, 6.0)


async def test_depth_counts_what_waits(make: MakeStores) -> None:
    """The depth counts waiting jobs, those in lanes and mailboxes included, and no running ones."""
    stores = make(width=1)
    await stores.cases.accept(asks("a1", 1))
    await stores.cases.accept(asks("a2", 2))
    await stores.cases.accept(asks("boxed", 1))
    assert await stores.jobs.depth("vlm") == 3

    await take(stores)
    assert await stores.jobs.depth("vlm") == 2
    assert await stores.jobs.depth("generator") == 0


async def test_a_job_is_found_until_it_ends(stores: Stores) -> None:
    """A job can be read while it waits and runs, in the queue or in a mailbox."""
    await stores.cases.accept(asks("q1"))
    await stores.cases.accept(asks("q2"))
    (lease,) = await take(stores)

    assert await stores.jobs.job("q1") == answer_job("q1")
    assert await stores.jobs.job("q2") == answer_job("q2")
    assert await stores.jobs.live_jobs(case_id()) == ("q1", "q2")

    await stores.cases.complete(answered(lease))
    assert await stores.jobs.job("q1") is None
    assert await stores.jobs.live_jobs(case_id()) == ("q2",)


async def test_a_case_erased_while_its_person_has_others_running(make: MakeStores) -> None:
    """Counts per person stay right when cases are erased in mid-work."""
    stores = make(max_own=2, width=2)
    await stores.cases.accept(asks("a1", 1))
    await stores.cases.accept(asks("a2", 2))
    await take(stores, slots=2)

    await stores.cases.erase(case_id(1))

    assert await stores.cases.accept(asks("a3", 3)) == "accepted"
    assert await stores.cases.accept(asks("a4", 4, owner=ANN)) == "full"


async def until(true: Callable[[], bool]) -> None:
    """Wait until something that a thread does has happened."""
    while not true():  # noqa: ASYNC110 - a thread sets no asyncio.Event
        await asyncio.sleep(0.01)
