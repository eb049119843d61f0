"""An operator's commands that die at every step and are given again."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.adapters.key_file import key_file, master_keys_in, read_keys, write_keys
from tests.conftest import emptied
from tests.contracts.stores.makers import (
    Settings,
    Stores,
    answered,
    asks,
    case_id,
    redis_stores,
    take,
    turn_ids,
)
from tests.faults.harness.mortal import FOLDER
from tests.redis_servers import RedisServer

KEYS = {"k2": bytes(32), "k1": bytes(range(32))}


@pytest.fixture
def server(redis_session: RedisServer) -> RedisServer:
    """Give an empty server."""
    return emptied(redis_session)


def give(server: RedisServer, folder: Path, *command: str) -> tuple[str, set[str]]:
    """Give a command again after each death; returns what it said at last, and where it died."""
    marks = folder / "marks"
    settings = {
        "REDIS_URL": server.url,
        "SKINGEN_DATA_FOLDER": str(folder),
        FOLDER: str(marks),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.harness.mortal", *command],
        env=settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr, {mark.name for mark in marks.iterdir()}


def both(*steps: str) -> set[str]:
    """Return the places before and after steps."""
    return {f"{when}-{step}" for when in ("before", "after") for step in steps}


def stores_at(server: RedisServer, folder: Path) -> Stores:
    """Return the stores that the command opens, too."""
    return redis_stores(server.url, Settings(), folder, master=master_keys_in(folder))


async def test_a_requeued_job_runs_once(server: RedisServer, tmp_path: Path) -> None:
    """Wherever the command dies, the job is dispatched once and its letter is gone."""
    stores = stores_at(server, tmp_path)
    assert stores.link is not None
    await stores.cases.accept(asks("bad", 1, opens=True))
    (lease,) = await take(stores)
    await stores.cases.complete(replace(answered(lease), outcome="failed"))

    said, died = give(server, tmp_path, "bots.admin", "requeue", "bad")

    assert died >= both("accept", "dead_drop")
    assert said == "The failed job bad was dispatched again before.\n"
    assert [lease.job.id for lease in await take(stores, slots=5)] == ["bad-again"]
    assert await stores.dead.job("bad") is None
    await stores.link.close()


async def test_a_changed_master_key_opens_everything(server: RedisServer, tmp_path: Path) -> None:
    """Wherever the change dies, what was kept can be read, at last with the new key alone."""
    write_keys(key_file(tmp_path), {"k1": KEYS["k1"]})
    before = stores_at(server, tmp_path)
    await before.cases.accept(asks("q1", opens=True))
    assert before.link is not None
    await before.link.close()
    write_keys(key_file(tmp_path), KEYS)

    said, died = give(server, tmp_path, "deploy.rotate_key", "--retire")

    assert died >= both("swap", "blob")
    assert '"left": 0, "unreadable": 0' in said
    assert list(read_keys(key_file(tmp_path))) == ["k2"]
    after = stores_at(server, tmp_path)
    assert await turn_ids(after) == ("turn-of-q1",)
    assert await after.cases.load(case_id()) is not None
    assert after.link is not None
    await after.link.close()
