"""The embedded server: one per folder, whoever starts, dies or leaves, and in whatever order."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import redis

from core.adapters import embedded_redis, redis_program
from core.adapters.embedded_redis import EmbeddedRedis
from core.domain.errors import StoreUnavailable
from tests.redis_servers import KINDS, binary_of

ROOT = Path(__file__).resolve().parents[2]

USER = """
import sys
from pathlib import Path
from core.adapters.embedded_redis import EmbeddedRedis
print(EmbeddedRedis(Path(sys.argv[1])).open(), flush=True)
sys.stdin.read()
"""
"""A process that starts or adopts a server, says where it is, and waits."""


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Use each kind of server in turn."""
    use(request.param, monkeypatch)
    return str(request.param)


def use(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next server be of one kind."""
    binary = binary_of(kind)
    if binary is None:
        pytest.skip(f"There is no {kind} server here.")
    monkeypatch.setattr(redis_program, "server_program", lambda: binary)


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Give a folder with a difficult name, and end any server that a test leaves on it."""
    place = tmp_path / 'my "data" folder'
    yield place
    for process in servers_on(place):
        process.kill()


def servers_on(folder: Path) -> list[psutil.Process]:
    """Return the servers whose working folder this is."""
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        name, cwd = process.info["name"] or "", process.info["cwd"]
        if name.endswith("-server") and cwd == str(folder.resolve()):
            found.append(process)
    return found


@contextmanager
def client_of(url: str):  # noqa: ANN201 - redis-py's own type is a union
    """Give a client."""
    with redis.Redis.from_url(url) as client:
        yield client


@contextmanager
def user_of(folder: Path):  # noqa: ANN201
    """Run another process that uses the server; gives it and the URL it printed."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


async def test_data_survives_a_restart(kind: str, folder: Path) -> None:
    """What was written before the last stop is there after the next start, at the same address."""
    async with EmbeddedRedis(folder) as first:
        with client_of(first) as client:
            client.set("k", kind)
        assert len(servers_on(folder)) == 1
    assert not servers_on(folder)

    async with EmbeddedRedis(folder) as second:
        with client_of(second) as client:
            assert client.get("k") == kind.encode()
        assert second == first


async def test_a_second_start_adopts_the_server(kind: str, folder: Path) -> None:
    """Two processes on one folder use one server; it stops when the last one leaves."""
    assert kind
    one, two = EmbeddedRedis(folder), EmbeddedRedis(folder)
    url = await one.start()
    assert await two.start() == url
    assert len(servers_on(folder)) == 1

    await one.stop()
    with client_of(url) as client:
        assert client.ping()
    await two.stop()
    await two.stop()

    assert not servers_on(folder)


async def test_many_starts_at_once_make_one_server(kind: str, folder: Path) -> None:
    """However many start at the same moment, there is one server and everybody has its address."""
    assert kind
    users = [EmbeddedRedis(folder) for _ in range(6)]

    async with asyncio.TaskGroup() as group:
        starts = [group.create_task(user.start()) for user in users]

    assert len({start.result() for start in starts}) == 1
    assert len(servers_on(folder)) == 1
    async with asyncio.TaskGroup() as group:
        for user in users:
            group.create_task(user.stop())
    assert not servers_on(folder)


async def test_starts_and_stops_at_once_never_make_two_servers(kind: str, folder: Path) -> None:
    """Who starts while the last user leaves gets a server that stays."""
    assert kind

    async def come_and_go() -> None:
        for _ in range(4):
            async with EmbeddedRedis(folder) as url:
                with client_of(url) as client:
                    client.incr("visits")
                assert len(servers_on(folder)) == 1

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(come_and_go())

    async with EmbeddedRedis(folder) as url:
        with client_of(url) as client:
            assert client.get("visits") == b"12"


async def test_an_orphan_is_adopted(folder: Path) -> None:
    """A server whose starter was killed goes on, is adopted, and stops with its adopter."""
    with user_of(folder) as (process, url):
        with client_of(url) as client:
            client.set("k", "v")
        process.kill()
        process.wait()
    (server,) = servers_on(folder)

    async with EmbeddedRedis(folder) as adopted:
        assert adopted == url
        assert servers_on(folder) == [server]
        with client_of(adopted) as client:
            assert client.get("k") == b"v"

    assert not servers_on(folder)


async def test_a_server_stays_while_another_process_uses_it(folder: Path) -> None:
    """The starter may leave first."""
    async with EmbeddedRedis(folder) as url:
        with user_of(folder) as (_, adopted):
            assert adopted == url
    # The other process was killed before we left: we were the last one.
    assert not servers_on(folder)

    with user_of(folder) as (_, started):
        async with EmbeddedRedis(folder) as url:
            assert url == started
        with client_of(url) as client:
            assert client.ping()


async def test_a_killed_server_leaves_no_lock(kind: str, folder: Path) -> None:
    """After a power cut the next start finds what was acknowledged."""
    assert kind
    user = EmbeddedRedis(folder)
    url = await user.start()
    with client_of(url) as client:
        client.set("k", "v")
    (server,) = servers_on(folder)
    server.kill()
    server.wait(10)

    async with EmbeddedRedis(folder) as again:
        assert again == url
        with client_of(again) as client:
            assert client.get("k") == b"v"
        await user.stop()
        assert len(servers_on(folder)) == 1


async def test_a_server_that_dies_comes_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that dies is started again at the same address, with its data."""
    monkeypatch.setattr(embedded_redis, "WATCH_S", 0.02)
    async with EmbeddedRedis(folder) as url:
        with client_of(url) as client:
            client.set("k", "v")
        (server,) = servers_on(folder)
        server.kill()

        async with asyncio.timeout(30):
            while not [other for other in servers_on(folder) if other.pid != server.pid]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

        assert await asyncio.to_thread(EmbeddedRedis(folder)._serve) == url
        with client_of(url) as client:
            assert client.get("k") == b"v"
    assert not servers_on(folder)


async def test_a_server_that_does_not_answer_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No second server is started beside one that hangs; the sentence says what to do."""
    user = EmbeddedRedis(folder)
    await user.start()
    (server,) = servers_on(folder)
    server.suspend()
    monkeypatch.setattr(embedded_redis, "START_S", 0.1)
    try:
        with pytest.raises(StoreUnavailable, match="in use by a Redis that does not answer"):
            await EmbeddedRedis(folder).start()
        assert servers_on(folder) == [server]
    finally:
        server.resume()
    await user.stop()
    assert not servers_on(folder)


async def test_a_server_that_hangs_is_ended_at_last(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopping ends a hanging server, too; nothing acknowledged is lost by that."""
    monkeypatch.setattr(embedded_redis, "STOP_S", 0.2)
    user = EmbeddedRedis(folder)
    with client_of(await user.start()) as client:
        client.set("k", "v")
    (server,) = servers_on(folder)
    server.suspend()

    await user.stop()

    assert not servers_on(folder)


async def test_a_taken_port_is_no_obstacle(folder: Path) -> None:
    """When another program took the last address meanwhile, a new one is found."""
    async with EmbeddedRedis(folder) as url:
        port = int(url.rsplit(":", 1)[1].partition("/")[0])
    squatter = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)

    async with EmbeddedRedis(folder) as other:
        assert other != url
        with client_of(other) as client:
            assert client.ping()

    squatter.close()
    await squatter.wait_closed()


async def test_data_moves_between_redis_and_valkey(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installing another server later does not lose the data of the first."""
    for number, kind in enumerate(("valkey", "redis", "valkey")):
        use(kind, monkeypatch)
        async with EmbeddedRedis(folder) as url:
            with client_of(url) as client:
                assert client.xlen("stream") == number
                client.xadd("stream", {"n": number})
                client.bgrewriteaof()
                while client.info("persistence")["aof_rewrite_in_progress"]:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)


async def test_only_who_knows_the_password_gets_in(folder: Path) -> None:
    """The server listens on this machine only, asks for a password, and shows it nowhere."""
    async with EmbeddedRedis(folder) as url:
        (server,) = servers_on(folder)
        password = url.partition(":")[2].partition("@")[0].removeprefix("//:")
        assert {
            connection.laddr.ip
            for connection in server.net_connections()
            if connection.status == psutil.CONN_LISTEN
        } == {"127.0.0.1"}
        assert password not in " ".join(server.cmdline())
        with (
            client_of(url.replace(f":{password}@", "")) as client,
            pytest.raises(redis.exceptions.AuthenticationError),
        ):
            client.ping()
        for name in ("server.json", "server.lock", "users.lock"):
            assert (folder / name).stat().st_mode & 0o077 == 0


async def test_ctrl_c_does_not_end_the_server_before_its_users(folder: Path) -> None:
    """The server is in no process group of ours: a terminal's Ctrl-C does not reach it."""
    async with EmbeddedRedis(folder):
        (server,) = servers_on(folder)
        assert os.getpgid(server.pid) != os.getpgid(0)
        assert os.getsid(server.pid) != os.getsid(0)


async def test_nothing_to_start_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any server program the operator reads what to install."""
    monkeypatch.setattr(redis_program.shutil, "which", lambda _: None)
    monkeypatch.setattr(redis_program.util, "find_spec", lambda _: None)

    with pytest.raises(StoreUnavailable, match="set REDIS_URL, install valkey or redis 7"):
        await EmbeddedRedis(folder).start()
    assert not servers_on(folder)


async def test_an_old_redis_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that lacks commands we need is not used."""
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=6.0.16 sha=0'\n")
    old.chmod(0o755)
    monkeypatch.setattr(
        redis_program.shutil, "which", lambda name: str(old) if name == "redis-server" else None
    )

    assert redis_program.server_program() != old


async def test_broken_data_is_one_sentence(kind: str, folder: Path) -> None:
    """Data that no server can read is left as it is, and the server's own words are shown."""
    assert kind
    async with EmbeddedRedis(folder) as url:
        with client_of(url) as client:
            client.set("k", "v")
    (data,) = (folder / "appendonlydir").glob("*.incr.aof")
    data.write_bytes(b"this is no list of commands\r\n" * 20)
    before = data.read_bytes()

    with pytest.raises(StoreUnavailable, match=r"Redis does not start: .*[Aa][Oo][Ff]|append only"):
        await EmbeddedRedis(folder).start()

    assert data.read_bytes() == before
    assert not servers_on(folder)


async def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    """A wrong data folder is reported with its name."""
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(StoreUnavailable, match=r"file.* cannot be used"):
        await EmbeddedRedis(tmp_path / "file" / "data").start()


async def test_a_cancelled_start_leaves_no_user(folder: Path) -> None:
    """Ctrl-C while the server starts ends it again."""
    user = EmbeddedRedis(folder)
    async with asyncio.TaskGroup() as group:
        starting = group.create_task(user.start())
        await asyncio.sleep(0)
        starting.cancel()
    async with asyncio.timeout(30):
        while user._users is not None or servers_on(folder):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_sigterm_saves(folder: Path) -> None:
    """The server ends in good order on SIGTERM, by whomever it is sent."""
    user = EmbeddedRedis(folder)
    with client_of(await user.start()) as client:
        client.set("k", "v")
    (server,) = servers_on(folder)
    server.send_signal(signal.SIGTERM)
    server.wait(10)
    await user.stop()

    async with EmbeddedRedis(folder) as url:
        with client_of(url) as client:
            assert client.get("k") == b"v"
