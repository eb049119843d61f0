"""Socket Mode: broken and renewed connections."""

import asyncio

import pytest

from bots.slack_bot.transports import SocketTransport
from tests.bots.slack.loopback import Fault, Slack
from tests.bots.slack.loopback.world import FaultKind
from tests.bots.slack.stage import Bot, Recorder, Stores, serving


async def test_a_renewed_connection_has_one_handler(ear: Bot) -> None:
    """Slack asks to connect anew every few hours; afterwards each event is handled once."""
    slack = ear.slack
    for _ in range(3):
        await _renewed(slack)
        await slack.say("U1", slack.direct("U1"), "hello")
    assert len(ear.received) == 3


async def _renewed(slack: Slack) -> None:
    old = slack.links.sockets[-1]
    await slack.links.refresh()
    await slack.until(lambda: slack.links.sockets and old not in slack.links.sockets)


async def test_a_broken_connection_heals(slack: Slack, stores: Stores) -> None:
    """After a break events arrive again, once each, without a restart."""
    async with serving(slack, stores, Recorder()) as bot:
        slack.links.tries = 20
        slack.links.ack_s = 1.0
        for socket in list(slack.links.sockets):
            await socket.close()
        await slack.say("U1", slack.direct("U1"), "hello")
        assert {incoming.text for incoming in bot.received} == {"hello"}
        await slack.say("U1", slack.direct("U1"), "again")
        assert [incoming.text for incoming in bot.received].count("again") == 1


async def test_the_watch_connects_when_the_sdk_does_not() -> None:
    """A client whose own monitor gave up is connected anew by the watch."""

    class Sleeper:
        def __init__(self) -> None:
            self.connects = 0
            self.twice = asyncio.Event()

        async def is_connected(self) -> bool:
            return False

        async def connect_to_new_endpoint(self, *, force: bool) -> None:
            self.connects += force
            if self.connects == 1:
                raise ConnectionError
            self.twice.set()

    transport = SocketTransport("xapp", lambda: None, watch_s=0.01)  # type: ignore[arg-type]
    client = Sleeper()
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(transport._watch(client))  # type: ignore[arg-type]
        await client.twice.wait()
        watching.cancel()


async def test_leaving_ends_all_connections(slack: Slack, stores: Stores) -> None:
    """When the frontend stops, no handler stays behind."""
    async with serving(slack, stores, Recorder()):
        assert len(slack.links.sockets) == 1
    await slack.until(lambda: not slack.links.sockets)


async def test_a_slow_connection_address_is_asked_again(slack: Slack, stores: Stores) -> None:
    """A failed ``apps.connections.open`` is repeated until there is a connection."""
    slack.fail("apps.connections.open", Fault("ratelimited", seconds=1))
    async with serving(slack, stores, Recorder()) as bot:
        await slack.say("U1", slack.direct("U1"), "hello")
        assert len(bot.received) == 1


@pytest.mark.parametrize("kind", ["http500", "ratelimited"])
async def test_a_frontend_that_starts_while_slack_is_down_waits_for_it(
    slack: Slack, stores: Stores, kind: FaultKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that a supervisor starts in the middle of an outage does not end."""
    monkeypatch.setattr("bots.slack_bot.frontend.PAUSE_S", 0.0)
    slack.fail("auth.test", Fault(kind, seconds=1))
    async with serving(slack, stores, Recorder()) as bot:
        await slack.say("U1", slack.direct("U1"), "hello")
        assert len(bot.received) == 1
