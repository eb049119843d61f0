"""The master key can be changed while everything goes on."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from core.adapters import key_file
from core.adapters.embedded_redis import EmbeddedRedis
from core.adapters.key_file import master_keys_in, read_keys, write_keys
from core.adapters.redis_link import RedisLink
from core.adapters.redis_rotation import RedisRotation
from core.adapters.vault import MasterKeys
from core.domain.errors import RecordUnreadable, StoreUnavailable
from tests.contracts.stores.makers import (
    ANN,
    BOB,
    CHAT,
    MASTER,
    OTHER_CHAT,
    Settings,
    Stores,
    answered,
    asks,
    case_id,
    redis_stores,
    reply,
    take,
    turn_ids,
)
from tests.contracts.stores.test_redis_records import PICTURE, SECRET, live_through_everything
from tests.redis_servers import RedisServer

OverServer = Callable[..., Stores]
OLD, NEW = bytes(range(32)), bytes(range(32, 64))
BOTH = MasterKeys({"new": NEW, "test": OLD})
ONLY_NEW = MasterKeys({"new": NEW})


def link_of(stores: Stores) -> RedisLink:
    """Return the connection of stores over Redis."""
    assert stores.link is not None
    return stores.link


@pytest.fixture
def both(each_server: RedisServer, tmp_path: Path) -> Stores:
    """Give stores that know both keys; the test closes them."""
    return redis_stores(each_server.url, Settings(), tmp_path, master=BOTH)


async def test_everything_is_readable_with_the_new_key_alone(
    over: OverServer, each_server: RedisServer, both: Stores, tmp_path: Path
) -> None:
    """Cases, photos, albums, profiles, boards and drawers survive; the old key opens nothing."""
    await live_through_everything(over(each_server))
    blob = await both.blobs.put(case_id(7), SECRET.encode())

    rotated = await RedisRotation(link_of(both)).run()

    assert (rotated.left, rotated.unreadable) == (0, 0)
    assert rotated.moved >= 10
    after = redis_stores(each_server.url, Settings(), tmp_path, master=ONLY_NEW)
    assert await turn_ids(after, 2)
    assert await after.blobs.get(blob) == SECRET.encode()
    assert (await after.cases.profile(ANN))["consent"] == SECRET
    assert [entry.reply for entry in await after.board.read(CHAT)] == [reply("s", SECRET)]
    assert await after.drawer.get("offset") == SECRET
    assert await after.register.find(PICTURE.fingerprint) == PICTURE
    album = await after.albums.due(0)
    assert album is not None
    assert album.parts[0].text == SECRET
    retired = redis_stores(each_server.url, Settings(), tmp_path, master=MASTER)
    with pytest.raises(RecordUnreadable, match="not configured"):
        await retired.cases.load(case_id(2))
    for stores in (both, after, retired):
        await link_of(stores).close()


async def test_what_was_under_way_goes_on(
    over: OverServer, each_server: RedisServer, both: Stores
) -> None:
    """A process that has the old form of a case's key in hand accepts, completes and delivers."""
    early = over(each_server)
    await early.cases.accept(asks("q1", opens=True, replies=(reply("s1"),)))
    await early.cases.accept(asks("b1", 9, owner=BOB, chat=OTHER_CHAT))
    (lease,) = await take(early)

    assert (await RedisRotation(link_of(both)).run()).moved >= 2

    assert await early.cases.complete(answered(lease, replies=(reply("s2"),)))
    assert await early.cases.accept(asks("q2")) == "accepted"
    for slot in ("s1", "s2"):
        parcel = await both.outbox.claim("telegram", "c", wait_s=0)
        assert parcel is not None
        assert parcel.reply == reply(slot)
        await both.outbox.done(parcel)
    await link_of(both).close()


async def test_a_rotation_can_be_broken_off_and_repeated(
    over: OverServer, each_server: RedisServer, both: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a broken-off run moved stays moved; the next moves the rest, a third finds nothing."""
    await live_through_everything(over(each_server))
    link, left = link_of(both), 4
    run = link.run

    async def fail(name: str, *args: str | bytes | float) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise StoreUnavailable("Redis does not answer.")
        return await run(name, *args)

    with monkeypatch.context() as patched:
        patched.setattr(link, "run", fail)
        with pytest.raises(StoreUnavailable):
            await RedisRotation(link).run()

    second, third = await RedisRotation(link).run(), await RedisRotation(link).run()

    assert second.moved > 0
    assert (second.left, second.unreadable) == (0, 0)
    assert (third.moved, third.left, third.unreadable) == (0, 0, 0)
    await link.close()


async def test_writers_are_not_held_up_nor_overwritten(
    over: OverServer, each_server: RedisServer, both: Stores, tmp_path: Path
) -> None:
    """Processes that still write with the old key are caught up with; nothing of theirs is lost."""
    early = over(each_server, max_own=100)

    async def write() -> None:
        for number in range(60):
            await early.drawer.put(f"d{number % 7}", str(number))
            await early.cases.accept(asks(f"q{number}", number + 1, opens=True))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        tasks.create_task(RedisRotation(link_of(both)).run())
    last = await RedisRotation(link_of(both)).run()

    assert (last.left, last.unreadable) == (0, 0)
    after = redis_stores(each_server.url, Settings(), tmp_path, master=ONLY_NEW)
    assert [await after.drawer.get(f"d{n}") for n in range(7)] == [
        str(max(m for m in range(60) if m % 7 == n)) for n in range(7)
    ]
    assert [len(await turn_ids(after, number + 1)) for number in range(60)] == [1] * 60
    for stores in (both, after):
        await link_of(stores).close()


async def test_ends_stay(over: OverServer, each_server: RedisServer, both: Stores) -> None:
    """No value lives longer for being moved, and what is kept for ever stays for ever."""
    stores = over(each_server, retention_s=1000)
    await live_through_everything(stores)
    with redis.Redis(port=each_server.port) as client:
        before = {key: client.ttl(key) for key in client.scan_iter()}
        await RedisRotation(link_of(both)).run()
        after = {key: client.ttl(key) for key in client.scan_iter()}

    assert {key for key in before if not before[key] - 5 <= after[key] <= before[key]} == set()
    await link_of(both).close()


def test_running_processes_follow_the_key_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An added key is used and accepted without a restart; a broken file changes nothing."""
    monkeypatch.setattr(key_file, "LOOK_S", 0.0)
    running = master_keys_in(tmp_path)
    before = running.seal(b"x", "n")
    path = tmp_path / "master.key"

    write_keys(path, {"k2": NEW, **read_keys(path)})

    assert running.newest == "k2"
    assert running.unseal(before, "n") == b"x"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("nonsense")
    assert running.unseal(running.seal(b"y", "n"), "n") == b"y"
    assert running.newest == "k2"


async def test_the_command_makes_moves_and_retires_keys(tmp_path: Path) -> None:
    """`python -m deploy.rotate_key --new --retire` rotates a folder that is in use."""
    command = [sys.executable, "-m", "deploy.rotate_key"]
    environment = {"SKINGEN_DATA_FOLDER": str(tmp_path), "PATH": os.environ["PATH"]}
    async with EmbeddedRedis(tmp_path / "redis") as url:
        stores = redis_stores(url, Settings(), tmp_path, master=master_keys_in(tmp_path))
        await stores.cases.accept(asks("q1", opens=True))
        old = (tmp_path / "master.key").read_text()

        def rotate(*options: str) -> subprocess.CompletedProcess[bytes]:
            return subprocess.run(
                [*command, *options], check=False, env=environment, capture_output=True
            )

        done = await asyncio.to_thread(rotate, "--new", "--retire")

        assert done.stderr == b""
        report = json.loads(done.stdout)
        assert report == {
            "newest": "k2", "retired": ["k1"], "moved": 1, "left": 0, "unreadable": 0,
        }  # fmt: skip
        assert old not in (tmp_path / "master.key").read_text()
        link_of(stores).cache.drop(case_id())
        assert await turn_ids(stores) == ("turn-of-q1",)
        again = await asyncio.to_thread(rotate)
        assert json.loads(again.stdout)["moved"] == 0
        await link_of(stores).close()
    environment["SKINGEN_STORE_KEYS"] = f"k1={old}"
    refused = await asyncio.to_thread(rotate, "--new")
    assert refused.returncode == 2
    assert b"SKINGEN_STORE_KEYS" in refused.stderr
