"""Calls keep Telegram's limits; a halted chat halts nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bots.telegram_bot import Settings
from bots.telegram_bot.connection import FloodWait
from bots.telegram_bot.pacing import STRETCH, Pacer, Patience
from core.adapters.memory_extras import MemoryDrawer
from tests.bots.telegram.loopback import TOKEN


@dataclass
class Lab:
    """A pacer with a clock that a test moves, and an exact throttle on that clock."""

    now_s: float = 1000.0
    granted: dict[str, list[float]] = field(default_factory=dict)
    made: list[tuple[float, str, str]] = field(default_factory=list)
    drawer: MemoryDrawer = field(default_factory=MemoryDrawer)

    def pacer(self) -> Pacer:
        """Return a pacer."""
        settings = Settings(token=TOKEN, _env_file=None)  # type: ignore[arg-type, call-arg]
        return Pacer(settings, self, self.drawer, clock=lambda: self.now_s, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.now_s += seconds

    async def wait_s(self, key: str, limits: Sequence[tuple[int, float]]) -> float:
        """Grant or say how long to wait, as `core.ports.Throttle`."""
        times = self.granted.setdefault(key, [])
        for count, span in limits:
            inside = [at for at in times if at > self.now_s - span + 1e-6]
            if len(inside) >= count:
                return inside[-count] + span - self.now_s
        times.append(self.now_s)
        return 0.0

    async def call(
        self, pacer: Pacer, chat: int, endpoint: str = "sendMessage", **patience: Any
    ) -> None:
        """Make a call."""

        async def callback() -> bool:
            self.made.append((self.now_s, endpoint, str(chat)))
            return True

        asked = Patience(**patience) if patience else None
        await pacer.process_request(callback, (), {}, endpoint, {"chat_id": chat}, asked)


async def refused(pacer: Pacer, chat: int, seconds: float) -> None:
    """Let Telegram refuse a call for a chat."""

    async def callback() -> bool:
        raise FloodWait(seconds)

    with pytest.raises(FloodWait):
        await pacer.process_request(callback, (), {}, "sendMessage", {"chat_id": chat}, None)


async def test_one_message_a_second_in_a_chat_and_thirty_over_all() -> None:
    """A burst is spread out; other chats are not behind it."""
    lab = Lab()
    pacer = lab.pacer()
    for _ in range(3):
        await lab.call(pacer, 1, longest_s=9)
    assert [at for at, _, _ in lab.made] == pytest.approx(
        [1000, 1000 + STRETCH, 1000 + 2 * STRETCH]
    )
    lab.made.clear()
    for chat in range(100, 160):
        await lab.call(pacer, chat, longest_s=9)
    times = [at for at, _, _ in lab.made]
    for start in times:
        assert sum(start <= at < start + 0.999 for at in times) <= 30


async def test_twenty_a_minute_in_a_group_edits_included() -> None:
    """A group gets at most twenty calls a minute, and an impatient one is turned away at once."""
    lab = Lab()
    pacer = lab.pacer()
    for n in range(20):
        await lab.call(pacer, -7, ("sendMessage", "editMessageText")[n % 2], longest_s=9)
    with pytest.raises(FloodWait) as wait:
        await lab.call(pacer, -7, longest_s=9)
    assert 40 < wait.value.wait_s <= 60 * STRETCH


async def test_progress_leaves_room_for_answers() -> None:
    """Progress edits take at most two thirds of the rate, and never wait."""
    lab = Lab()
    pacer = lab.pacer()
    shown = 0
    for chat in range(40):
        try:
            await lab.call(pacer, chat, "editMessageText", longest_s=0, live=True)
            shown += 1
        except FloodWait:
            pass
    assert (shown, lab.now_s) == (20, 1000)
    await lab.call(pacer, 99, "editMessageText")
    assert lab.now_s == 1000


async def test_a_halt_lasts_exactly_as_long_as_telegram_said_and_for_one_chat() -> None:
    """No call for the chat passes before, however many others end; then the first one does."""
    lab = Lab()
    pacer = lab.pacer()
    await refused(pacer, 1, 20)
    for chat in range(2, 12):
        await lab.call(pacer, chat)
    lab.now_s += 18
    assert pacer.halted_s("1") == pytest.approx(2)
    assert pacer.halted_chats() == 1
    with pytest.raises(FloodWait):
        await lab.call(pacer, 1)
    lab.now_s += 2
    await lab.call(pacer, 1)
    assert pacer.halted_chats() == 0


async def test_a_long_halt_outlives_the_process() -> None:
    """A restarted bot still leaves the chat alone."""
    lab = Lab()
    await refused(lab.pacer(), 1, 20)
    again = lab.pacer()
    await again.initialize()
    assert again.halted_s("1") == pytest.approx(20)
    await again.shutdown()


async def test_calls_that_show_nothing_are_not_counted() -> None:
    """Answering a button or asking for a file waits for no window."""
    lab = Lab()
    pacer = lab.pacer()
    for endpoint in ("answerCallbackQuery", "getFile", "sendChatAction"):
        for _ in range(50):
            await lab.call(pacer, 1, endpoint)
    assert lab.now_s == 1000
