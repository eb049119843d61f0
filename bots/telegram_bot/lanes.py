"""Handles updates of many chats at once, and those of one chat in their order."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from telegram import Bot

from bots.telegram_bot.intake import Intake
from bots.telegram_bot.updates import Event, album_of, chat_of, is_private, read
from core.domain.errors import InfrastructureError

PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Pauses between attempts to make an update durable; the last one stays."""

AT_ONCE: Final = 32
"""Updates handled at the same time, so that a burst leaves connections to the store for replies."""

MOST_WAITING: Final = 20
"""Messages of one private chat that may wait; more would hide others' from the next poll.

A poll shows a hundred updates, and what is not durable yet comes again with each.
"""

_log = logging.getLogger(__name__)


class _Ticket:
    """A place in a lane; ``album`` is empty for what must go alone."""

    def __init__(self, album: str) -> None:
        self.album = album
        self.called = asyncio.Event()


class Lanes:
    """One lane per chat. Parts of one album go together: a slow one must not keep back the rest."""

    def __init__(
        self, bot: Bot, intake: Intake, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._bot = bot
        self._intake = intake
        self._sleep = sleep
        self._lines: dict[str, list[_Ticket]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def handle(self, raw: Mapping[str, Any], *, insist: bool) -> None:
        """Handle one update, after all earlier ones of its chat; turn it away if those are many.

        Args:
            raw: The update as it came over the wire.
            insist: Whether to try until it is durable, keeping the lane.

        Raises:
            InfrastructureError: It is not durable, and nobody insisted.
        """
        event = read(raw, self._bot)
        update_id = int(raw.get("update_id", 0))
        lane = chat_of(event) or f"update:{update_id}"
        if len(self._lines.get(lane, ())) >= MOST_WAITING and is_private(event):
            return await self._intake.turn_away(event, MOST_WAITING)
        async with self._lane(lane, album_of(event)):
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
    async def _lane(self, key: str, album: str) -> AsyncGenerator[None, None]:
        line = self._lines.setdefault(key, [])
        ticket = _Ticket(album)
        line.append(ticket)
        _call(line)
        try:
            await ticket.called.wait()
            yield
        finally:
            line.remove(ticket)
            _call(line)
            if not line:
                self._lines.pop(key, None)


def _call(line: list[_Ticket]) -> None:
    """Let the first in line go, and with it the parts of the same album right behind."""
    for ticket in line:
        if ticket is not line[0] and (not ticket.album or ticket.album != line[0].album):
            return
        ticket.called.set()
