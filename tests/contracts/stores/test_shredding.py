"""What was erased is gone from the server's files, too."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from core.adapters.embedded_redis import EmbeddedRedis
from core.adapters.redis_shredder import RedisShredder
from core.domain.errors import StoreUnavailable
from tests.contracts.stores.makers import (
    ANN,
    CHAT,
    Stores,
    asks,
    case_id,
    redis_stores,
    reply,
    turn,
)
from tests.contracts.stores.makers import Settings as Wanted
from tests.redis_servers import RedisServer

OverServer = Callable[..., Stores]


def traces(folder: Path, secrets: list[bytes]) -> list[int]:
    """Return which secrets are somewhere in the bytes of a folder."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [n for n, secret in enumerate(secrets) if any(secret in data for data in files)]


def stored(server: RedisServer, number: int) -> list[bytes]:
    """Return the wrapped key of a case and everything that was encrypted with it."""
    with redis.Redis(port=server.port) as client:
        found = [client.get(f"sk:{{s0}}:key:{case_id(number)}")]
        found += [client.hget(f"sk:{{s0}}:case:{case_id(number)}", "head")]
        found += client.lrange(f"sk:{{s0}}:turns:{case_id(number)}", 0, -1)
        found += [client.hget(key, "body") for key in client.scan_iter("sk:{s0}:job:*")]
        found += [client.hget(key, "body") for key in client.scan_iter("sk:{s0}:row:*")]
    return [secret for secret in found if secret is not None]


async def test_an_erased_case_leaves_nothing_in_the_files(
    over: OverServer, mortal_server: RedisServer
) -> None:
    """Deleting alone leaves key and ciphertext in the append-only file; shredding removes them."""
    stores = over(mortal_server)
    await stores.cases.accept(
        replace(asks("q1", opens=True, replies=(reply("s1", "an answer"),)), turn=turn("t", "hush"))
    )
    of_case = stored(mortal_server, 1)
    await stores.cases.accept(asks("q2", 2, opens=True))
    kept = stored(mortal_server, 2)[:1]
    assert len(of_case) >= 4
    assert stores.link is not None

    await stores.cases.erase(case_id())

    parcel = await stores.outbox.claim("telegram", "c", wait_s=0)
    assert parcel is not None
    assert parcel.reply is None
    await stores.outbox.done(parcel)
    assert traces(mortal_server.folder, of_case) == list(range(len(of_case)))
    assert await RedisShredder(stores.link).shred()
    assert traces(mortal_server.folder, of_case) == []
    assert traces(mortal_server.folder, kept) == [0]
    mortal_server.kill()
    mortal_server.start()
    assert await stores.cases.load(case_id(2)) is not None


async def test_erasures_share_a_rewrite(over: OverServer, each_server: RedisServer) -> None:
    """Nothing is rewritten without an erasure, nor twice within the pause; none is forgotten."""
    stores = over(each_server)
    assert stores.link is not None
    hasty, patient = RedisShredder(stores.link, pause_s=0.001), RedisShredder(stores.link)
    assert not await hasty.shred()
    await stores.cases.accept(asks("q1", opens=True))
    await stores.cases.erase(case_id())
    await stores.cases.set_profile(ANN, {"consent": "1"})
    await stores.cases.set_profile(ANN, {"consent": ""})

    assert await patient.shred()
    assert not await patient.shred()

    await stores.board.erase(CHAT)
    assert not await patient.shred()
    with redis.Redis(port=each_server.port) as client:
        client.delete("sk:{s0}:shredding")
    assert await hasty.shred()
    assert not await hasty.shred()


async def test_a_refused_rewrite_is_tried_again(
    over: OverServer, each_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not rewrite is reported, and asked again after the pause."""
    stores = over(each_server)
    assert stores.link is not None
    await stores.cases.accept(asks("q1", opens=True))
    await stores.cases.erase(case_id())
    shredder = RedisShredder(stores.link, pause_s=0.001)

    async def refuse() -> None:
        raise redis.exceptions.NoPermissionError("no such command for this user")

    with monkeypatch.context() as patched:
        patched.setattr(stores.link.client, "bgrewriteaof", refuse)
        with pytest.raises(StoreUnavailable, match="stay in it"):
            await shredder.shred()
    await asyncio.sleep(0.05)  # the pause
    assert await shredder.shred()


async def test_the_embedded_server_is_shredded_too(tmp_path: Path) -> None:
    """The server that the project starts itself forgets what was erased."""
    async with EmbeddedRedis(tmp_path / "redis") as url:
        stores = redis_stores(url, Wanted(), tmp_path)
        assert stores.link is not None
        await stores.cases.accept(asks("q1", opens=True))
        wrapped = (await stores.link.data_key(case_id())).wrapped.encode()  # type: ignore[union-attr]
        assert traces(tmp_path, [wrapped]) == [0]

        await stores.cases.erase(case_id())
        assert await RedisShredder(stores.link).shred()

        assert traces(tmp_path, [wrapped]) == []
        await stores.link.close()
