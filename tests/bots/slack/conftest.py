"""A loopback Slack for each test, and bots on it."""

from collections.abc import AsyncGenerator

import pytest

from tests.bots.slack.loopback import Slack
from tests.bots.slack.stage import Bot, Recorder, Stores, serving, whole


@pytest.fixture
async def slack() -> AsyncGenerator[Slack, None]:
    """A running Slack; at the end, nothing was asked of it that a real one would refuse."""
    async with Slack().running() as running:
        yield running
        assert running.problems == []


@pytest.fixture
def stores() -> Stores:
    """Stores in which two people have consented."""
    kept = Stores()
    kept.agree("U1", "U2")
    return kept


@pytest.fixture
async def ear(slack: Slack, stores: Stores) -> AsyncGenerator[Bot, None]:
    """A bot that writes down what it receives and answers nothing."""
    async with serving(slack, stores, Recorder()) as bot:
        yield bot


@pytest.fixture
async def bot(slack: Slack, stores: Stores) -> AsyncGenerator[Bot, None]:
    """The whole bot."""
    async with whole(slack, stores) as running:
        yield running
