"""What an operator can do: over a real server, without any content."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bots import admin
from core.adapters.assembly import Place, Stores, open_stores
from core.adapters.redis_cases import Limits
from core.adapters.redis_jobs import LeasePolicy
from tests.conftest import emptied
from tests.contracts.stores.makers import answer_job, answered, asks, case_id, take
from tests.redis_servers import RedisServer


@pytest.fixture
def place(redis_session: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Give the stores that the command opens, too."""
    server = emptied(redis_session)
    monkeypatch.setenv("REDIS_URL", server.url)
    monkeypatch.setenv("SKINGEN_DATA_FOLDER", str(tmp_path))
    return Place(url=server.url, password=None, keys=None, folder=tmp_path)


async def fill(stores: Stores) -> None:
    """Ask two questions and let the first one fail."""
    await stores.cases.accept(asks("bad", 1, opens=True))
    (lease,) = await take(stores)
    await stores.cases.complete(replace(answered(lease), outcome="failed"))
    await stores.cases.accept(asks("good", 2))


async def test_queues_dead_letters_and_cases_are_told(place: Place) -> None:
    """Ids, counts, times and states; not one word of a person."""
    async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
        await fill(stores)

    told = [await admin.run(line) for line in (["queues"], ["dead"], ["case", case_id()])]

    assert {row["model"]: row["waiting"] for row in told[0]} == {
        "vlm": 1,
        "generator": 0,
        "looker": 0,
    }
    assert [row["job"] for row in told[1]] == ["bad"]
    assert told[2]["turns"] == 2
    assert told[2]["platform"] == "telegram"
    page = json.dumps(told)
    assert "words of" not in page
    assert "31415926" not in page
    assert "4242424242" not in page


async def test_requeued_job_runs_again_once(place: Place) -> None:
    """It is dispatched under a new id and its letter is gone; a second time there is none."""
    async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
        await fill(stores)
        await admin.run(["requeue", "bad"])

        leases = await take(stores, slots=5)
        assert {lease.job.id for lease in leases} == {"good", "bad-again"}
        with pytest.raises(admin.NotDone, match="bad was dispatched again before"):
            await admin.run(["requeue", "bad"])


async def test_requeue_into_a_full_queue_keeps_the_letter(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost by trying too early."""
    monkeypatch.setenv("SKINGEN_MAX_QUEUE", "1")
    async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
        await fill(stores)
        with pytest.raises(admin.NotDone, match="queue is full"):
            await admin.run(["requeue", "bad"])

        assert await stores.dead.job("bad") == answer_job("bad")


async def test_dropped_letter_is_gone(place: Place) -> None:
    """An operator may decide that a job is not worth another try."""
    async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
        await fill(stores)
        await admin.run(["drop", "bad"])

        assert await stores.dead.count() == 0
        with pytest.raises(admin.NotDone):
            await admin.run(["drop", "bad"])


@pytest.mark.usefixtures("place")
async def test_unknown_case_is_said() -> None:
    """A wrong id is a sentence, not a traceback."""
    with pytest.raises(admin.NotDone, match="There is no case nowhere"):
        await admin.run(["case", "nowhere"])


@pytest.mark.usefixtures("place")
def test_command_prints_and_exits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON on standard output, one sentence on standard error, an exit code that says which."""
    monkeypatch.setattr("sys.argv", ["admin", "queues"])
    assert admin.main() == 0
    assert json.loads(capsys.readouterr().out)[0]["model"] == "vlm"

    monkeypatch.setattr("sys.argv", ["admin", "drop", "nothing"])
    assert admin.main() == 1
    assert capsys.readouterr().err == "There is no failed job nothing.\n"
