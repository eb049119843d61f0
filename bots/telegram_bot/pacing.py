"""Keeps every call within Telegram's flood limits, chat by chat.

python-telegram-bot's own limiter halts the whole bot after one refusal, and lets it go early (its
issue 5338). Here a refusal halts the one chat it was about, until the very moment Telegram named;
all other chats go on. A call that would have to wait longer than its caller's patience is refused
at once with `FloodWait`, so that nobody sleeps while others could be served.

Source of the limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from telegram.ext import BaseRateLimiter

from bots.telegram_bot.connection import FloodWait
from bots.telegram_bot.settings import Settings
from core.ports import Drawer, Throttle

JSON = bool | dict[str, Any] | list[dict[str, Any]]
Sleep = Callable[[float], Awaitable[None]]

_SENDS: Final = frozenset({"sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup"})
_EDITS: Final = frozenset(
    {"editMessageText", "editMessageMedia", "editMessageCaption", "sendMessageDraft"}
)
STRETCH: Final = 1.12
"""Windows are this much longer than Telegram's: calls that left in time may bunch on the way."""

_HALT_KEY: Final = "telegram:halt:"
_WORTH_KEEPING_S: Final = 5.0
_BUSY_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How a caller stands in line.

    Attributes:
        longest_s: Longest wait before giving up with `FloodWait`.
        live: True for progress, which must leave room for answers.
    """

    longest_s: float = 1.5
    live: bool = False


class Pacer(BaseRateLimiter[Patience]):
    """The line before the Bot API."""

    def __init__(
        self,
        settings: Settings,
        throttle: Throttle,
        drawer: Drawer,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Make a line; nothing connects.

        Args:
            settings: The limits.
            throttle: Counts calls over all processes.
            drawer: Keeps long halts over a restart.
            clock: Seconds since the epoch.
            sleep: Waits.
        """
        self._settings = settings
        self._throttle = throttle
        self._drawer = drawer
        self._clock = clock
        self._sleep = sleep
        self._halts: dict[str, float] = {}
        self._lines = {f"telegram:{kind}": asyncio.Lock() for kind in ("send", "edit", "live")}

    async def initialize(self) -> None:
        """Remember the halts of an earlier process."""
        for key in await self._drawer.keys(_HALT_KEY):
            if until := await self._drawer.get(key):
                self._halts[key.removeprefix(_HALT_KEY)] = float(until)

    async def shutdown(self) -> None:
        """Do nothing: there is nothing to release."""

    def halted_s(self, chat_id: str) -> float:
        """Return how long Telegram wants no calls for a chat; 0 if it does not mind."""
        left = self._halts.get(chat_id, 0.0) - self._clock()
        if left <= 0:
            self._halts.pop(chat_id, None)
        return max(0.0, left)

    def halted_chats(self) -> int:
        """Return how many chats are halted now."""
        return sum(self.halted_s(chat_id) > 0 for chat_id in tuple(self._halts))

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, JSON]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Patience | None,
    ) -> JSON:
        """Wait for the call's turn and make it.

        Raises:
            FloodWait: Its turn is further away than its patience, or Telegram refused it.
        """
        chat_id = str(data.get("chat_id", ""))
        await self._wait(chat_id, endpoint, rate_limit_args or Patience())
        try:
            return await callback(*args, **kwargs)
        except FloodWait as refusal:
            if chat_id:
                await self._halt(chat_id, refusal.wait_s)
            raise

    async def _wait(self, chat_id: str, endpoint: str, patience: Patience) -> None:
        left_s = await self._spend(self.halted_s(chat_id), patience.longest_s)
        for key, limits in self._windows(chat_id, endpoint, live=patience.live):
            line = self._lines.get(key)
            if line is None:
                left_s = await self._take(key, limits, left_s)
                continue
            left_s = await self._stand_in(line, left_s)
            try:
                left_s = await self._take(key, limits, left_s)
            finally:
                line.release()

    async def _stand_in(self, line: asyncio.Lock, left_s: float) -> float:
        """Let one caller at a time ask for a window, in order: all at once would ask in vain."""
        began_s = self._clock()
        if line.locked() and left_s <= 0:
            raise FloodWait(_BUSY_S)
        try:
            async with asyncio.timeout(max(left_s, _BUSY_S)):
                await line.acquire()
        except TimeoutError:
            raise FloodWait(_BUSY_S) from None
        return left_s - (self._clock() - began_s)

    async def _take(self, key: str, limits: list[tuple[int, float]], left_s: float) -> float:
        while wait_s := await self._throttle.wait_s(key, limits):
            left_s = await self._spend(wait_s, left_s)
        return left_s

    async def _spend(self, wait_s: float, left_s: float) -> float:
        if wait_s <= 0:
            return left_s
        if wait_s > left_s:
            raise FloodWait(wait_s)
        await self._sleep(wait_s)
        return left_s - wait_s

    def _windows(
        self, chat_id: str, endpoint: str, *, live: bool
    ) -> list[tuple[str, list[tuple[int, float]]]]:
        """Return the windows of a call, the narrowest first: who waits there takes nothing else."""
        if endpoint not in _SENDS | _EDITS:
            return []
        kind = "send" if endpoint in _SENDS else "edit"
        per_chat = (1, self._settings.chat_interval_s * STRETCH)
        overall = self._settings.messages_per_s if kind == "send" else self._settings.edits_per_s
        windows = [(f"telegram:{kind}:{chat_id}", [per_chat])]
        if chat_id.startswith("-"):
            windows.append(
                (f"telegram:group:{chat_id}", [(self._settings.group_per_min, 60.0 * STRETCH)])
            )
        if live:
            windows.append(("telegram:live", [(max(1, overall * 2 // 3), STRETCH)]))
        return [*windows, (f"telegram:{kind}", [(overall, STRETCH)])]

    async def _halt(self, chat_id: str, seconds: float) -> None:
        self._halts[chat_id] = max(self._halts.get(chat_id, 0.0), self._clock() + seconds)
        if seconds >= _WORTH_KEEPING_S:
            until = str(self._halts[chat_id])
            await self._drawer.put(_HALT_KEY + chat_id, until, ttl_s=seconds)
