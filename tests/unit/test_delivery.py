"""Delivery: in order, until shown or given up, and never a late fragment over a whole answer."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bots import GiveUp, TryLater
from bots.delivery import Delivery
from core.adapters.memory import MemoryCases, MemoryOutbox, MemoryState
from core.adapters.memory_extras import MemoryLiveText
from core.domain.errors import StoreUnavailable
from core.domain.jobs import Acceptance
from core.domain.messages import ChatRef
from core.domain.replies import Live, Paragraph, Reply
from core.ports import Ledger

CHAT = ChatRef(platform="p", chat_id="1")
OTHER = ChatRef(platform="p", chat_id="2")


@dataclass
class Moody:
    """A frontend that does what a test tells it, then shows."""

    platform: str = "p"
    troubles: list[Exception] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    slow_s: float = 0.0
    at_once: int = 0
    most_at_once: int = 0

    async def serve(self) -> None:
        await asyncio.Event().wait()

    async def show(self, reply: Reply, ledger: Ledger) -> None:
        if reply.chat == CHAT and self.troubles:
            raise self.troubles.pop(0)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.slow_s)
        self.at_once -= 1
        self.shown.append(reply.slot)
        self.news.set()

    async def progress(self, live: Live, ledger: Ledger) -> None:
        self.told.append(live.text)
        self.news.set()


@dataclass
class Desk:
    """Handles for a test."""

    frontend: Moody
    cases: MemoryCases
    live: MemoryLiveText
    sent: int = 0

    async def put(self, slot: str, chat: ChatRef = CHAT) -> None:
        """Put a reply in the outbox."""
        self.sent += 1
        reply = Reply(slot=slot, chat=chat, blocks=(Paragraph(text=slot),))
        keys = (f"k{self.sent}",)
        await self.cases.accept(Acceptance(keys=keys, chat=chat, replies=(reply,)))

    async def until_shown(self, count: int) -> list[str]:
        """Wait until so many rows were shown."""
        async with asyncio.timeout(10):
            while len(self.frontend.shown) < count:
                self.frontend.news.clear()
                await self.frontend.news.wait()
        return self.frontend.shown


@asynccontextmanager
async def desk(
    *troubles: Exception, max_attempts: int = 12, lease_s: float = 30.0
) -> AsyncGenerator[Desk, None]:
    """Give a running delivery."""
    state, live = MemoryState(delivery_lease_s=lease_s), MemoryLiveText()
    frontend = Moody(troubles=list(troubles))
    delivery = Delivery(
        frontend=frontend, outbox=MemoryOutbox(state), live=live, max_attempts=max_attempts
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(delivery.run())
        yield Desk(frontend, MemoryCases(state), live)
        running.cancel()


async def test_rows_of_a_chat_are_shown_in_order() -> None:
    """First in, first shown."""
    async with desk() as bot:
        for slot in ("a", "b", "c"):
            await bot.put(slot)

        assert await bot.until_shown(3) == ["a", "b", "c"]


async def test_a_row_waits_for_the_platform_and_keeps_its_place() -> None:
    """A flood limit delays the chat, in order, and no other chat."""
    async with desk(TryLater(0.3)) as bot:
        await bot.put("a")
        await bot.put("b")
        await bot.put("x", OTHER)

        assert await bot.until_shown(3) == ["x", "a", "b"]


async def test_a_blocked_chat_costs_only_its_row() -> None:
    """What can never be delivered is dropped, and the next row goes out."""
    async with desk(GiveUp("blocked")) as bot:
        await bot.put("a")
        await bot.put("b")

        assert await bot.until_shown(1) == ["b"]


async def test_a_row_that_always_has_to_wait_is_given_up() -> None:
    """After the attempts that the operator allows, the next row goes out."""
    async with desk(TryLater(0.01), TryLater(0.01), max_attempts=2) as bot:
        await bot.put("a")
        await bot.put("b")

        assert await bot.until_shown(1) == ["b"]


async def test_waiting_for_platform_or_store_gives_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long they are away: only failures of the row itself are counted."""
    monkeypatch.setattr("bots.delivery._STORE_PAUSE_S", 0.01)
    away = [TryLater(0.01, spent=False), StoreUnavailable("no memory left")] * 3
    async with desk(*away, TryLater(0.01), *away, max_attempts=2) as bot:
        await bot.put("a")

        assert await bot.until_shown(1) == ["a"]


async def test_a_row_that_was_claimed_again_waits_for_the_first_attempt() -> None:
    """A process that lost a lease may claim the same row: it does not show it twice at a time."""
    async with desk(lease_s=0.1) as bot:
        bot.frontend.slow_s = 0.3
        await bot.put("a")

        await bot.until_shown(2)
        assert bot.frontend.most_at_once == 1


async def test_an_unknown_error_is_retried() -> None:
    """A fault of the frontend neither ends delivery nor loses the row."""
    async with desk(RuntimeError("boom")) as bot:
        await bot.put("a")

        assert await bot.until_shown(1) == ["a"]


async def test_late_progress_never_replaces_an_answer() -> None:
    """Text in the making is dropped once the whole answer was shown."""
    async with desk() as bot:
        await bot.put("a")
        await bot.until_shown(1)
        await bot.live.publish(Live(slot="a", chat=CHAT, text="late"))
        await bot.live.publish(Live(slot="b", chat=CHAT, text="welcome"))
        async with asyncio.timeout(10):
            while not bot.frontend.told:
                bot.frontend.news.clear()
                await bot.frontend.news.wait()

        assert bot.frontend.told == ["welcome"]
