"""Reads from Telegram chats what people were promised, and when they got it."""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bots.telegram.loopback import Shown
from tests.faults.harness.overload_figures import BUSY, Asked, promised_s
from tests.stage.theatre import Theatre

PATIENCE_S = 300.0


@dataclass
class Watch:
    """Reads every change in every chat as it happens."""

    stage: Theatre
    asked: dict[str, Asked] = field(default_factory=dict)
    refusals: dict[int, str] = field(default_factory=dict)
    _promises: dict[int, tuple[float, bool, float]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Watch from now on."""
        self.stage.api.world.showed = self.showed  # type: ignore[method-assign]

    def showed(self, shown: Shown) -> None:
        """Take note of a change."""
        text = shown.text
        if any(button["text"] == "Stop" for button in shown.buttons):
            told = (promised_s(text), "before you" in text, time.monotonic())
            self._promises.setdefault(shown.id, told)
            return
        if BUSY in text:
            self.refusals[shown.id] = text
        for token in set(re.findall(r"\b(w\d+n\d+)a\b", text)):
            one = self.asked.get(token)
            if one is not None and not one.took_s:
                told = self._promises.get(shown.id, (0.0, False, time.monotonic()))
                one.promise_s, one.placed = told[:2]
                one.heard_s = told[2] - one.turn.sent_s
                one.took_s = time.monotonic() - one.turn.sent_s
        self.news.set()

    async def until(self, enough: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Wait until something is so.

        Raises:
            RuntimeError: It never was; what is still open is told.
        """
        end_s = time.monotonic() + patience_s
        while not enough():
            if time.monotonic() > end_s:
                still = [token for token, one in self.asked.items() if not one.took_s]
                raise RuntimeError(f"no answer to {still[:20]} in {patience_s:.0f} s")
            self.stage.all_alive()
            self.news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self.news.wait()

    def forget(self) -> None:
        """Count from now on."""
        self.asked.clear()
        self.refusals.clear()
