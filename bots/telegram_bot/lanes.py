"""Handles updates of many chats at once, and those of one chat in their order."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from telegram import Bot

from bots.telegram_bot.intake import Intake
from bots.telegram_bot.updates import Event, chat_of, read
from core.domain.errors import InfrastructureError

PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Pauses between attempts to make an update durable; the last one stays."""

AT_ONCE: Final = 32
"""Updates handled at the same time, so that a burst leaves connections to the store for replies."""

_log = logging.getLogger(__name__)


class Lanes:
    """One lane per chat."""

    def __init__(
        self, bot: Bot, intake: Intake, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._bot = bot
        self._intake = intake
        self._sleep = sleep
        self._lanes: dict[str, tuple[asyncio.Lock, int]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def handle(self, raw: Mapping[str, Any], *, insist: bool) -> None:
        """Handle one update, after all earlier ones of its chat.

        Args:
            raw: The update as it came over the wire.
            insist: Whether to try until it is durable, keeping the lane.

        Raises:
            InfrastructureError: It is not durable, and nobody insisted.
        """
        event = read(raw, self._bot)
        update_id = int(raw.get("update_id", 0))
        async with self._lane(chat_of(event) or f"update:{update_id}"):
            attempt = 0
            while True:
                try:
                    return await self._once(event, update_id)
                except InfrastructureError as error:
                    if not insist:
                        raise
                    pause_s = PAUSES_S[min(attempt, len(PAUSES_S) - 1)]
                    _log.warning("update %d waits %.1f s: %s", update_id, pause_s, error)
                attempt += 1
                await self._sleep(pause_s)

    async def _once(self, event: Event, update_id: int) -> None:
        try:
            async with self._slots:
                await self._intake.handle(event, update_id)
        except InfrastructureError:
            raise
        except Exception:  # noqa: BLE001 (one poisonous update must not hold up a bot for ever)
            _log.exception("update %d was dropped", update_id)
            await self._intake.apologise(event, update_id)

    @asynccontextmanager
    async def _lane(self, key: str) -> AsyncGenerator[None, None]:
        lock, users = self._lanes.get(key, (asyncio.Lock(), 0))
        self._lanes[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._lanes.pop(key)
            if users > 1:
                self._lanes[key] = (lock, users - 1)
