"""What is in Redis: nothing in the clear, nothing for ever, nothing overwritten unread."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import redis

from core.adapters.vault import MasterKeys
from core.domain.errors import RecordUnreadable
from core.domain.jobs import Acceptance, Completion
from core.domain.messages import Command, Incoming
from core.domain.provenance import Fingerprint, RegisterEntry
from core.domain.replies import Live
from tests.contracts.stores.makers import (
    ANN,
    BOB,
    CHAT,
    OTHER_CHAT,
    Settings,
    Stores,
    answer_job,
    answered,
    asks,
    case_id,
    head,
    part,
    photo,
    redis_stores,
    render_job,
    reply,
    take,
    turn,
    turn_ids,
)
from tests.redis_servers import RedisServer

OverServer = Callable[..., Stores]
SECRET = "an itchy patch behind the knee"
PICTURE = RegisterEntry(
    fingerprint=Fingerprint(sha256="a" * 64, look="0" * 64),
    making="generated",
    condition_id="psoriasis",
    day="2026-11-30",
)
READERS: dict[str, Callable[[Any, str], Any]] = {
    "string": lambda client, key: client.get(key),
    "list": lambda client, key: client.lrange(key, 0, -1),
    "hash": lambda client, key: client.hgetall(key),
    "set": lambda client, key: client.smembers(key),
    "zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
    "stream": lambda client, key: client.xrange(key),
}


def dump(server: RedisServer) -> dict[str, str]:
    """Return every key and what is in it, as text."""
    with redis.Redis(port=server.port) as client:
        found = {}
        for key in client.scan_iter():
            kind = client.type(key).decode()
            found[key.decode()] = repr(READERS[kind](client, key))
        return found


async def live_through_everything(stores: Stores) -> None:
    """Leave something of every kind in Redis: waiting, running, done, failed, postponed."""
    await stores.cases.set_profile(ANN, {"consent": SECRET})
    for number in range(1, 5):
        question = asks(f"q{number}", number, opens=True, replies=(reply(f"s{number}", SECRET),))
        await stores.cases.accept(replace(question, turn=turn("t", SECRET)))
    await stores.cases.accept(replace(asks("boxed"), turn=turn("t2", SECRET)))
    await stores.cases.accept(asks("b1", 9, owner=BOB, chat=OTHER_CHAT))
    first, second = await take(stores, slots=2)
    side = render_job("r1")
    await stores.cases.complete(
        answered(first, jobs=(side,), replies=(reply("s9", SECRET),), service_ms=5)
    )
    await stores.cases.complete(
        Completion(job=second.job, attempt=second.attempt, outcome="failed")
    )
    await stores.jobs.claim("w", "generator", slots=1, wait_s=0)
    parcel = await stores.outbox.claim("telegram", "c", wait_s=0)
    assert parcel is not None
    await parcel.ledger.intend("text")
    await parcel.ledger.record("text", "100200300")
    await stores.outbox.later(parcel, 3600)
    await stores.outbox.claim("telegram", "c", wait_s=0)
    await stores.albums.add(part(1, text=SECRET), case_id=case_id(), blobs=[photo(1)])
    await stores.blobs.put(case_id(7), SECRET.encode())
    await stores.board.post("user", reply("s", SECRET))
    await stores.drawer.put("offset", SECRET, ttl_s=60)
    await stores.throttle.wait_s(CHAT.chat_id, [(1, 60.0)])
    await stores.live.publish(Live(slot="s", chat=CHAT, text=SECRET))
    await stores.register.enter(PICTURE, ttl_s=60)


async def test_nothing_is_stored_in_the_clear(over: OverServer, each_server: RedisServer) -> None:
    """No words, chats, persons or keys of theirs are readable in any key or value."""
    stores = over(each_server)
    await live_through_everything(stores)
    assert stores.link is not None
    data_key = await stores.link.data_key(case_id())
    assert data_key is not None

    everything = dump(each_server)

    assert len(everything) > 20
    for hidden in ("itchy", "knee", "words", CHAT.chat_id, ANN.user_id, BOB.user_id, "psoriasis"):
        assert [key for key, value in everything.items() if hidden in key + value] == []
    assert [key for key, value in everything.items() if repr(data_key.plain)[2:-1] in value] == []


async def test_everything_expires(over: OverServer, each_server: RedisServer) -> None:
    """Every key has an end, but for the names in a drawer, which may be kept for ever."""
    stores = over(each_server, retention_s=1000)
    await live_through_everything(stores)
    with redis.Redis(port=each_server.port) as client:
        ends = {key.decode(): client.ttl(key) for key in client.scan_iter()}

    assert {key for key, ttl in ends.items() if ttl <= 0} == {"sk:{s0}:drawers"}


async def test_a_case_ends_with_the_retention_time(
    over: OverServer, each_server: RedisServer
) -> None:
    """All that belongs to a case ends together, counted from its last turn."""
    stores = over(each_server, retention_s=5000)
    await stores.cases.accept(asks("q1", opens=True))
    await stores.cases.accept(asks("q2"))
    (lease,) = await take(stores)
    with redis.Redis(port=each_server.port) as client:
        of_case = [
            key.decode()
            for key in client.scan_iter()
            if case_id() in key.decode() or ":chat:" in key.decode() or ":cases:" in key.decode()
        ]
        for key in of_case:
            client.expire(key, 100)

        await stores.cases.complete(answered(lease))

        ends = {key: client.ttl(key) for key in of_case if client.exists(key)}
    assert len(ends) >= 6
    assert {ttl > 4900 for ttl in ends.values()} == {True}


async def test_an_unknown_version_is_left_alone(over: OverServer, each_server: RedisServer) -> None:
    """A case of a newer version is neither read nor changed, whatever comes for it."""
    stores = over(each_server)
    await stores.cases.accept(asks("q1", opens=True))
    (lease,) = await take(stores)
    with redis.Redis(port=each_server.port) as client:
        client.hset(f"sk:{{s0}}:case:{case_id()}", "v", "2")
    before = dump(each_server)

    for attempt in (
        stores.cases.load(case_id()),
        stores.cases.open_case(CHAT),
        stores.cases.cases_of(ANN),
        stores.cases.accept(asks("q2")),
        stores.cases.complete(answered(lease)),
    ):
        with pytest.raises(RecordUnreadable, match=r"another version.*nothing was changed"):
            await attempt

    assert dump(each_server) == before


async def test_a_record_of_an_unknown_version_is_refused(
    over: OverServer, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single record of a newer version is refused with both versions named."""
    stores = over(redis_server)
    await stores.cases.accept(asks("q1"))
    monkeypatch.setattr("core.adapters.codec.VERSION", 2)

    with pytest.raises(RecordUnreadable, match="schema version 1; this program knows 2"):
        await stores.cases.load(case_id())


async def test_the_wrong_master_key_changes_nothing(
    over: OverServer, each_server: RedisServer, tmp_path: Any
) -> None:
    """With a wrong key nothing is read, nothing overwritten, and the operator is told."""
    stores = over(each_server)
    await stores.cases.accept(asks("q1", opens=True))
    await stores.cases.set_profile(ANN, {"consent": "1"})
    before = dump(each_server)
    wrong = redis_stores(
        each_server.url, Settings(), tmp_path, master=MasterKeys({"other": bytes(32)})
    )
    assert wrong.link is not None

    for attempt in (
        wrong.cases.load(case_id()),
        wrong.cases.accept(asks("q2")),
        wrong.cases.profile(ANN),
        wrong.blobs.put(case_id(), b"x"),
    ):
        with pytest.raises(RecordUnreadable, match="not configured"):
            await attempt

    assert dump(each_server) == before
    await wrong.link.close()


async def test_an_unreadable_job_holds_up_nobody(
    over: OverServer, each_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A job that this worker cannot read is left for others; no attempt is spent on it."""
    stores = over(each_server, lease_s=0.1)
    await stores.cases.accept(asks("q1", 1))
    await stores.cases.accept(asks("q2", 2))
    key = "sk:{s0}:job:q1"
    with redis.Redis(port=each_server.port) as client:
        body = client.hget(key, "body")
        client.hset(key, "body", b"of a newer version")

        for _ in range(5):
            leases = await stores.jobs.claim("w", "vlm", slots=5, wait_s=0.11)
            assert {lease.job.id for lease in leases} <= {"q2"}
        assert "q1" in caplog.text
        client.hset(key, "body", body)

    attempts: dict[str, int] = {}
    while "q1" not in attempts:
        leases = await stores.jobs.claim("w", "vlm", slots=5, wait_s=30)
        attempts |= {lease.job.id: lease.attempt for lease in leases}
    assert attempts["q1"] == 1


async def test_an_unreadable_reply_holds_up_no_other_chat(
    over: OverServer, each_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A reply that this bot cannot read is kept for later, and other chats get theirs."""
    stores = over(each_server)
    for slot, chat in (("bad", CHAT), ("good", OTHER_CHAT)):
        await stores.cases.accept(
            Acceptance(keys=(slot,), chat=chat, replies=(reply(slot, chat=chat),))
        )
    with redis.Redis(port=each_server.port) as client:
        (row,) = [key for key in client.scan_iter() if b":row:bad" in key]
        client.hset(row, "body", b"test:of a newer version")

        parcel = await stores.outbox.claim("telegram", "c", wait_s=0)

        assert parcel is not None
        assert parcel.reply == reply("good", chat=OTHER_CHAT)
        assert "bad" in caplog.text
        await stores.outbox.done(parcel)
        assert await stores.outbox.claim("telegram", "c", wait_s=0) is None
        assert client.hget(row, "attempt") == b"0"


async def test_an_unreadable_album_holds_up_no_other(
    over: OverServer, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """An album that this bot cannot read is kept, and the next one is handed out."""
    stores = over(redis_server)
    await stores.albums.add(part(1, album="bad"), case_id=case_id(), blobs=[photo(1)])
    with redis.Redis(port=redis_server.port) as client:
        (key,) = [key for key in client.scan_iter() if b":album:" in key]
        (field,) = client.hkeys(key)
        client.hset(key, field, b"test:of a newer version")
    await stores.albums.add(part(2, album="good"), case_id=case_id(), blobs=[photo(2)])

    album = await stores.albums.due(0)

    assert album is not None
    assert album.photos == (photo(2),)
    assert "waits for a bot that can read it" in caplog.text


async def test_expired_jobs_leave_no_trace(over: OverServer, each_server: RedisServer) -> None:
    """When jobs expire unclaimed, their person can go on, and their case is not busy for ever."""
    stores = over(each_server, width=1, max_own=3)
    for number in (1, 2, 3):
        await stores.cases.accept(asks(f"q{number}", number))
    with redis.Redis(port=each_server.port) as client:
        client.delete(*(f"sk:{{s0}}:job:q{number}" for number in (1, 2, 3)))

    assert await take(stores, slots=5) == ()
    assert await stores.jobs.depth("vlm") == 0
    for number in (4, 5, 6):
        assert await stores.cases.accept(asks(f"q{number}", number)) == "accepted"
    assert await stores.cases.accept(asks("again", 1)) == "full"
    (lease,) = await take(stores, slots=5)
    await stores.cases.complete(answered(lease))
    assert await stores.cases.accept(asks("again", 1)) == "accepted"
    assert "turn-of-again" in await turn_ids(stores, 1)


async def test_readers_that_went_are_forgotten(over: OverServer, each_server: RedisServer) -> None:
    """A reader that was not seen for a day and holds nothing leaves the group."""
    stores = over(each_server)
    for number in range(3):
        await take(stores, worker=f"w{number}")
        await stores.outbox.claim("telegram", f"c{number}", wait_s=0)
    await stores.cases.accept(asks("q1"))
    await take(stores, worker="w0")
    with redis.Redis(port=each_server.port) as client:
        for register in ("workers:vlm", "outreaders:telegram"):
            for name in client.zrange(f"sk:{{s0}}:{register}", 0, -1):
                client.zadd(f"sk:{{s0}}:{register}", {name: 0})

        await take(stores, worker="new")
        await stores.outbox.claim("telegram", "new", wait_s=0)

        workers = client.xinfo_consumers("sk:{s0}:q:vlm:high", "workers")
        bots = client.xinfo_consumers("sk:{s0}:out:telegram", "delivery")
    assert {row["name"] for row in workers} - {b"new"} == {b"w0"}
    assert {row["name"] for row in bots} - {b"new"} == set()


async def test_dead_letters_are_kept(over: OverServer, each_server: RedisServer) -> None:
    """A job that failed for good leaves a note for the operator, without words of anybody."""
    stores = over(each_server)
    await stores.cases.accept(asks("q1"))
    (lease,) = await take(stores)

    await stores.cases.complete(Completion(job=lease.job, attempt=1, outcome="failed"))

    with redis.Redis(port=each_server.port) as client:
        ((_, letter),) = client.xrange("sk:{s0}:dead")
    assert letter == {
        b"job": b"q1",
        b"case": case_id().encode(),
        b"kind": b"answer",
        b"attempt": b"1",
    }


async def test_a_restarted_server_needs_no_help(over: OverServer, each_server: RedisServer) -> None:
    """Scripts that the server forgot are sent again."""
    stores = over(each_server)
    await stores.cases.accept(asks("q1"))
    with redis.Redis(port=each_server.port) as client:
        client.script_flush()

    assert await stores.cases.accept(asks("q2")) == "accepted"


async def test_the_photo_bytes_of_an_album_stay_out_of_redis(
    over: OverServer, redis_server: RedisServer
) -> None:
    """A part of an album is kept by the keys of its photos."""
    stores = over(redis_server)
    command = Command(name="new")
    incoming: Incoming = replace(part(1), command=command, photos=(b"x" * 100_000,))

    await stores.albums.add(incoming, case_id=case_id(), blobs=[photo(1)])

    assert max(len(value) for value in dump(redis_server).values()) < 5000
    album = await stores.albums.due(0)
    assert album is not None
    assert album.parts == (replace(incoming, photos=()),)


async def test_a_job_outside_a_case_is_refused(over: OverServer, redis_server: RedisServer) -> None:
    """A job belongs to a case; anything else is a mistake of the caller and stores nothing."""
    stores = over(redis_server)

    with pytest.raises(ValueError, match="case"):
        await stores.cases.accept(Acceptance(keys=("k",), chat=CHAT, job=answer_job("q1")))

    assert dump(redis_server) == {}
    assert await stores.cases.accept(Acceptance(keys=("k",), chat=CHAT, head=head())) == "accepted"


async def test_names_leave_the_index_of_drawers(over: OverServer, each_server: RedisServer) -> None:
    """The name of a value that ended is not kept: names hold ids of persons."""
    stores = over(each_server)
    for number in range(30):
        await stores.drawer.put(f"once:{number}", "x", ttl_s=0.001)
    await stores.drawer.put("kept", "x", ttl_s=0.001)
    await stores.drawer.put("kept", "y")
    await asyncio.sleep(0.01)
    for _ in range(4):
        await stores.drawer.put("other", "x", ttl_s=60)

    with redis.Redis(port=each_server.port) as client:
        names = client.zrange("sk:{s0}:drawers", 0, -1)
    assert names == [b"kept", b"other"]


async def test_a_clock_that_is_set_back_does_not_reorder_a_board(
    over: OverServer, redis_server: RedisServer
) -> None:
    """What was posted later stands below, whatever time the server thinks it is."""
    board = over(redis_server).board
    await board.post("assistant", reply("first"))
    with redis.Redis(port=redis_server.port) as client:
        (key,) = client.scan_iter("*btime*")
        client.set(key, 99_999_999_999_999, ex=60)  # the clock was there, and went back

    await board.post("assistant", reply("second"))

    first, second = await board.read(reply("first").chat)
    assert second.at_s == 100_000_000_000.0
    assert first.at_s < second.at_s


async def test_a_clock_that_is_set_back_holds_up_no_throttle(
    over: OverServer, redis_server: RedisServer
) -> None:
    """What was taken at a time that has yet to come is forgotten; the windows hold again."""
    stores = over(redis_server)
    windows = [(1, 60.0)]
    assert await stores.throttle.wait_s("chat", windows) == 0
    with redis.Redis(port=redis_server.port) as client:
        (key,) = client.keys("*:limit:*")
        ((token, at_us),) = client.zrange(key, 0, -1, withscores=True)
        client.zadd(key, {token: at_us + 600e6})

    assert await stores.throttle.wait_s("chat", windows) == 0
    assert 0 < await stores.throttle.wait_s("chat", windows) <= 60


async def test_names_leave_the_bands_of_the_register(
    over: OverServer, redis_server: RedisServer
) -> None:
    """A look that all pictures share keeps no name of one that is forgotten."""
    register = over(redis_server).register
    short = replace(PICTURE, fingerprint=Fingerprint(sha256="b" * 64, look="0" * 64))
    await register.enter(short, ttl_s=0.05)
    await asyncio.sleep(0.1)

    await register.enter(PICTURE, ttl_s=60)

    with redis.Redis(port=redis_server.port) as client:
        found = [client.zrange(key, 0, -1) for key in client.scan_iter("*regband*")]
    assert found == [[("a" * 64).encode()]] * 16
