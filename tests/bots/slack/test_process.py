"""The bot as an operator starts it, and as a bad night ends it."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bots.slack.loopback import Fault, Slack
from tests.bots.slack.loopback.world import APP_TOKEN, TOKEN, Message
from tests.bots.slack.stage import WORDS
from tests.redis_servers import RedisServer

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = [f"U{number}" for number in range(1, 7)]


class Night:
    """A bot in a process of its own, that is killed and started again."""

    def __init__(self, slack: Slack, redis: RedisServer, folder: Path) -> None:
        self._environment = os.environ | {
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            "SKINGEN_DATA_FOLDER": str(folder),
            "SKINGEN_SLACK_BOT_TOKEN": TOKEN,
            "SKINGEN_SLACK_APP_TOKEN": APP_TOKEN,
            "SKINGEN_SLACK_API_URL": slack.api_url,
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the bot."""
        command = [sys.executable, "-m", "bots", "slack"]
        self._process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=self._environment, stderr=asyncio.subprocess.DEVNULL
        )

    async def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        if self._process is None:
            return -1
        self._process.terminate()
        return await self._process.wait()


@asynccontextmanager
async def _night(slack: Slack, redis: RedisServer, folder: Path) -> AsyncGenerator[Night, None]:
    night = Night(slack, redis, folder)
    slack.links.tries = 40
    await night.start()
    try:
        yield night
    finally:
        await night.kill()


async def _agree(slack: Slack, user: str) -> None:
    direct = slack.direct(user)
    asked = await slack.say(user, direct, "hello")
    await slack.until(lambda: slack.seen(direct, thread=asked.ts), patience_s=60)
    (card,) = slack.seen(direct, thread=asked.ts)
    await slack.press(user, card, WORDS.text("en", "button-agree"))
    await slack.until(lambda: len(slack.seen(direct, thread=asked.ts)) == 2, patience_s=60)


async def test_the_bot_starts_answers_and_ends(
    slack: Slack, redis_server: RedisServer, tmp_path: Path
) -> None:
    """``python -m bots slack`` connects, asks for consent, and ends well when told to."""
    async with _night(slack, redis_server, tmp_path) as night:
        await _agree(slack, "U1")
        assert await night.stop() == 0


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_doubled_in_a_night_of_kills(
    slack: Slack, redis_server: RedisServer, tmp_path: Path
) -> None:
    """Under kill -9, lost receipts and full redelivery every message is answered exactly once."""
    slack.links.twice = True
    asked: list[Message] = []

    async def talk(user: str) -> None:
        for number in range(6):
            message = slack.write(user, slack.direct(user), f"question {number}")
            asked.append(message)
            await slack.tell(message)

    async with _night(slack, redis_server, tmp_path) as night:
        for user in PEOPLE:
            await _agree(slack, user)
        slack.fail("chat.postMessage", Fault("lost_reply", times=3, after=2))
        slack.fail("chat.postMessage", Fault("lost_request", times=2, after=6))
        async with asyncio.TaskGroup() as group:
            for user in PEOPLE:
                group.create_task(talk(user))
            for _ in range(4):
                await asyncio.sleep(random.uniform(1.0, 4.0))
                await night.kill()
                await night.start()
        await slack.until(lambda: all(_answers(slack, message) for message in asked), 180)
        await asyncio.sleep(5)
    assert {len(_answers(slack, message)) for message in asked} == {1}


def _answers(slack: Slack, message: Message) -> list[Message]:
    return slack.seen(message.channel, thread=message.ts)
