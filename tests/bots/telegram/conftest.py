"""Fixtures of the Telegram tests."""

from collections.abc import AsyncGenerator

import pytest

from tests.bots.telegram.harness import ANN, Bench
from tests.bots.telegram.loopback import BotApi


@pytest.fixture
async def api() -> AsyncGenerator[BotApi, None]:
    """Give a Bot API with one private chat; a request that the real one does not know fails."""
    async with BotApi() as server:
        server.world.chat(ANN)
        yield server
        assert server.violations == []


@pytest.fixture
def bench(api: BotApi) -> Bench:
    """Give everything around a frontend."""
    return Bench(api)
