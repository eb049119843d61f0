"""One backend after the other for every contract test."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from core.adapters.memory import MemoryState
from tests.conftest import emptied
from tests.contracts.stores.makers import MakeStores, Settings, Stores, memory_stores, redis_stores
from tests.redis_servers import RedisServer


@pytest.fixture(params=["memory", "redis", "valkey"])
async def make(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MakeStores]:
    """Give a maker of stores over each backend in turn, empty at first."""
    made: list[Stores] = []
    if request.param == "memory":
        state, shared = MemoryState(), dict[str, Any]()
        yield lambda **wanted: memory_stores(state, Settings(**wanted), shared)
        return
    server: RedisServer = emptied(request.getfixturevalue(f"{request.param}_session"))

    def over_redis(**wanted: Any) -> Stores:
        made.append(redis_stores(server.url, Settings(**wanted), tmp_path))
        return made[-1]

    yield over_redis
    await close_all(made)


@pytest.fixture
def stores(make: MakeStores) -> Stores:
    """Give all ports of each backend in turn, with usual settings."""
    return make()


@pytest.fixture
async def over(tmp_path: Path) -> AsyncIterator[Callable[..., Stores]]:
    """Give a maker of stores over a server that the test names."""
    made: list[Stores] = []

    def over_server(server: RedisServer, **wanted: Any) -> Stores:
        made.append(redis_stores(server.url, Settings(**wanted), tmp_path))
        return made[-1]

    yield over_server
    await close_all(made)


async def close_all(made: list[Stores]) -> None:
    """Close the connections that a test opened."""
    for stores in made:
        if stores.link is not None:
            await stores.link.close()
