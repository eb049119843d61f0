"""Somebody sends more than the bot can take in."""

import asyncio

from bots.telegram_bot.chats import Chats
from bots.telegram_bot.lanes import MOST_WAITING
from core.adapters.memory_extras import MemoryDrawer
from tests.bots.telegram.harness import ANN, Bench

BEN = 502


async def test_who_sends_too_much_is_told_and_hides_nobody(bench: Bench) -> None:
    """The first messages are kept, one sentence says that the rest is not; others are heard."""
    async with bench.serving():
        bench.talk.gate.clear()
        for number in range(120):
            bench.api.world.say(ANN, f"number {number}")
        bench.api.world.say(BEN, "hello")
        told = bench.api.world.chat(ANN)
        await bench.api.until(lambda: bool(told.texts()))
        bench.talk.gate.set()
        await bench.confirmed()

    heard = [incoming.text for incoming in bench.talk.got]
    assert "hello" in heard
    kept = [f"number {number}" for number in range(MOST_WAITING)]
    assert [text for text in heard if text != "hello"][:MOST_WAITING] == kept
    assert heard.index("hello") < 2 * MOST_WAITING
    assert len(told.texts()) == 1
    assert "That was a lot at once" in told.texts()[0]


class _FarDrawer(MemoryDrawer):
    """Answers only after everybody else had a turn, as a store over a wire does."""

    async def get(self, key: str) -> str | None:
        found = await super().get(key)
        await asyncio.sleep(0)
        return found


async def test_of_a_burst_only_one_is_the_first() -> None:
    """Eighty messages that are turned away together make one sentence, not eighty."""
    chats = Chats(_FarDrawer())
    firsts = await asyncio.gather(*(chats.first_time("too-many") for _ in range(80)))
    assert sum(firsts) == 1
    assert not await chats.first_time("too-many")
    assert await chats.first_time("another")


async def test_updates_that_come_in_any_order_are_heard_in_theirs(bench: Bench) -> None:
    """Ids put the messages of a chat back into the order in which they were written."""
    bench.api.shuffled = True
    said = [f"number {number}" for number in range(12)]
    for text in said:
        bench.api.world.say(ANN, text)
    async with bench.serving():
        await bench.heard(len(said))
    assert [incoming.text for incoming in bench.talk.got] == said


async def test_updates_that_come_once_more_change_nothing(bench: Bench) -> None:
    """What was confirmed and is delivered again, as after a fault at Telegram, is dropped."""
    async with bench.serving():
        bench.api.world.say(ANN, "once")
        await bench.heard()
        await bench.confirmed()
        bench.api.replay()
        bench.api.world.say(ANN, "then")
        await bench.heard(2)
        await bench.confirmed()
    assert [incoming.text for incoming in bench.talk.got] == ["once", "then"]
