"""Long polling that loses nothing: an update is confirmed only after it is durable.

python-telegram-bot's own updater keeps updates in memory and confirms them before they are
handled, so a crash loses them. Here the offset moves over an update when its handling has ended,
and updates of other chats are fetched meanwhile. Updates are taken as plain JSON and read one by
one, so that one that the library cannot read does not hold up the rest.

A poll that does not come back in time is a dead connection: the pool is built anew. That also heals
the case where the library's pool is wedged, which it reports on debug level only (its issue 4405).
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError
from telegram.ext import ExtBot
from telegram.request import BaseRequest

from bots.telegram_bot.connection import TOKEN_REFUSED, FloodWait
from bots.telegram_bot.lanes import Lanes
from bots.telegram_bot.pacing import Patience
from bots.telegram_bot.updates import HANDLED
from core.domain.errors import InfrastructureError
from core.ports import Drawer

PAUSES_S: Final = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Pauses after failed polls; the last one stays."""

GRACE_S: Final = 10.0
"""How much longer than asked for a poll may take on its way."""

_AT_ONCE: Final = 100
_RECHECK_S: Final = 0.5
_OFFSET_LIFE_S: Final = 86_400.0
"""After a week without updates their ids start anew, perhaps lower; so an old offset is forgotten.

Source: https://core.telegram.org/bots/api#update
"""

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Poller:
    """Fetches updates until cancelled.

    Attributes:
        bot: Names the token and address.
        request: A pool of connections of its own.
        lanes: Where updates go.
        drawer: Keeps the offset over a restart.
        timeout_s: How long Telegram may hold a poll.
        stuck_s: A poll that takes longer is given up and all connections with it.
        clock: Monotonic seconds.
        sleep: Waits after failures.
    """

    bot: ExtBot[Patience]
    request: BaseRequest
    lanes: Lanes
    drawer: Drawer
    timeout_s: int
    stuck_s: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _open: set[int] = field(default_factory=set, init=False)
    _done: set[int] = field(default_factory=set, init=False)
    _next: int | None = field(default=None, init=False)
    _stored: int | None = field(default=None, init=False)
    _last_news_s: float = field(default=0.0, init=False)
    _ended: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _failures: int = field(default=0, init=False)
    _answered_s: float = field(default=0.0, init=False)

    async def run(self) -> None:
        """Poll for ever."""
        self._last_news_s = self._answered_s = self.clock()
        await self._quietly_delete_webhook()
        self._next = self._stored = await self._kept()
        async with asyncio.TaskGroup() as group:
            while True:
                # Ids restore an order that was lost on the way, says Telegram of `Update`.
                for raw in sorted(await self._poll(), key=lambda raw: int(raw["update_id"])):
                    self._begin(raw, group)
                await self._breathe()

    def trouble(self) -> str:
        """Return for how long Telegram has not answered, once that is longer than a poll."""
        silent_s = self.clock() - self._answered_s
        if silent_s <= self.stuck_s:
            return ""
        return f"Telegram has not answered a poll for {silent_s:.0f} s"

    @property
    def _key(self) -> str:
        return f"telegram:offset:{self.bot.id}"

    def _begin(self, raw: dict[str, Any], group: asyncio.TaskGroup) -> None:
        update_id = int(raw["update_id"])
        self._last_news_s = self.clock()
        if update_id in self._open or update_id in self._done:
            return
        self._open.add(update_id)
        group.create_task(self._handle(raw, update_id))

    async def _handle(self, raw: dict[str, Any], update_id: int) -> None:
        await self.lanes.handle(raw, insist=True)
        self._open.remove(update_id)
        self._done.add(update_id)
        self._ended.set()

    async def _breathe(self) -> None:
        """Move the offset; while old updates are open, do not ask for them in a tight loop."""
        if self._open:
            self._ended.clear()
            try:
                async with asyncio.timeout(_RECHECK_S):
                    await self._ended.wait()
            except TimeoutError:
                pass
        await self._confirm()

    async def _confirm(self) -> None:
        if self._done or self._open:
            self._next = min(self._open, default=max(self._done, default=0) + 1)
            self._done = {done for done in self._done if done >= self._next}
        elif self.clock() - self._last_news_s > _OFFSET_LIFE_S:
            self._next = None
        if self._next is not None and self._next != self._stored:
            await self._keep(self._next)

    async def _kept(self) -> int | None:
        try:
            stored = await self.drawer.get(self._key)
        except InfrastructureError as error:
            _log.warning("the offset is not known: %s", error)
            return None
        return int(stored) if stored else None

    async def _keep(self, offset: int) -> None:
        # Telegram keeps the offset, too; ours only saves looking at some updates twice.
        try:
            await self.drawer.put(self._key, str(offset), ttl_s=_OFFSET_LIFE_S)
            self._stored = offset
        except InfrastructureError as error:
            _log.warning("the offset was not kept: %s", error)

    async def _poll(self) -> list[dict[str, Any]]:
        try:
            async with asyncio.timeout(self.stuck_s):
                updates = await self._fetch()
        except TimeoutError:
            await self._heal(f"no answer for {self.stuck_s:.0f} s")
        except TelegramError as error:
            await self._failed(error)
        else:
            self._failures = 0
            self._answered_s = self.clock()
            return updates
        return []

    async def _fetch(self) -> list[dict[str, Any]]:
        """Ask for updates. With open ones nothing is waited for: they come back at once anyway."""
        query: dict[str, str | int] = {
            "timeout": 0 if self._open else self.timeout_s,
            "limit": _AT_ONCE,
            "allowed_updates": json.dumps(HANDLED),
        }
        if self._next is not None:
            query["offset"] = self._next
        url = f"{self.bot.base_url}/getUpdates?{urlencode(query)}"
        result: Any = await self.request.post(url, read_timeout=self.timeout_s + GRACE_S)
        return list(result)

    async def _failed(self, error: TelegramError) -> None:
        pause_s = PAUSES_S[min(self._failures, len(PAUSES_S) - 1)]
        self._failures += 1
        match error:
            case Conflict():
                await self._conflict(error)
            case InvalidToken():
                _log.error(TOKEN_REFUSED)
            case FloodWait():
                pause_s = max(pause_s, error.wait_s)
            case NetworkError():
                await self._heal(str(error))
            case _:
                _log.warning("a poll failed: %s", error)
        await self.sleep(pause_s)

    async def _conflict(self, error: Conflict) -> None:
        if "webhook" in str(error).casefold():
            _log.error("somebody set a webhook for this bot while it polls; it is removed now")
            await self._quietly_delete_webhook()
            return
        _log.error(
            "another program polls with the same token, and Telegram serves only one: "
            "stop the other one, or give each its own bot"
        )

    async def _quietly_delete_webhook(self) -> None:
        try:
            await self.bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            _log.warning("the webhook stays for now: %s", error)

    async def _heal(self, why: str) -> None:
        """Throw the connections away and make new ones."""
        _log.warning("polling starts over with new connections: %s", why)
        await self.request.shutdown()
        await self.request.initialize()
