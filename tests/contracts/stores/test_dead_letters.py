"""What every `DeadLetters` promises."""

from dataclasses import replace

from core.domain.jobs import Acceptance
from tests.contracts.stores.makers import (
    CHAT,
    Stores,
    answered,
    asks,
    case_id,
    head,
    take,
    turn_ids,
)


async def failed(stores: Stores, name: str, number: int = 1) -> None:
    """Let a question fail for good."""
    await stores.cases.accept(asks(name, number, opens=True))
    (lease,) = await take(stores)
    await stores.cases.complete(replace(answered(lease), outcome="failed"))


async def test_failed_jobs_are_kept_newest_first(stores: Stores) -> None:
    """What failed for good is listed with ids and kind alone."""
    for name in ("one", "two", "three"):
        await failed(stores, name)

    letters = await stores.dead.newest(2)

    assert [letter.job_id for letter in letters] == ["three", "two"]
    assert {(letter.case_id, letter.kind, letter.attempt) for letter in letters} == {
        (case_id(), "answer", 1)
    }
    assert await stores.dead.count() == 3


async def test_done_jobs_leave_no_letter(stores: Stores) -> None:
    """Only failures are kept."""
    await stores.cases.accept(asks("one", opens=True))
    (lease,) = await take(stores)
    await stores.cases.complete(answered(lease))

    assert await stores.dead.newest(10) == ()
    assert await stores.dead.job("one") is None


async def test_letter_can_be_dispatched_again(stores: Stores) -> None:
    """The job comes back as it was, and runs under a new id as any other."""
    await failed(stores, "one")
    job = await stores.dead.job("one")
    assert job is not None

    status = await stores.cases.accept(
        Acceptance(keys=("requeue:one",), chat=CHAT, head=head(), job=replace(job, id="one-again"))
    )

    assert status == "accepted"
    (lease,) = await take(stores)
    assert replace(lease.job, id="one") == job
    assert await turn_ids(stores) == ("turn-of-one", "answer-of-one")


async def test_dropped_letter_is_gone(stores: Stores) -> None:
    """A letter is forgotten once; the others stay."""
    await failed(stores, "one")
    await failed(stores, "two")

    assert await stores.dead.drop("one")
    assert not await stores.dead.drop("one")
    assert [letter.job_id for letter in await stores.dead.newest(10)] == ["two"]
    assert await stores.dead.job("one") is None


async def test_erased_case_takes_its_letters_with_it(stores: Stores) -> None:
    """What a failed job was about cannot be read once its case is erased."""
    await failed(stores, "one")

    await stores.cases.erase(case_id())

    assert await stores.dead.job("one") is None
