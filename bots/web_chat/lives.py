"""Answers in the making, handed from `Frontend.progress` to the tabs that watch them."""

import asyncio
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from core.domain.messages import ChatRef
from core.domain.replies import Live, Reply

_KEPT: Final = 1000
"""Unfinished answers whose text is kept for a tab that comes later, such as after a reload."""


class Lives:
    """In-process and lossy on purpose: what counts arrives on the board."""

    def __init__(self) -> None:
        self._watchers: dict[ChatRef, set[Watcher]] = {}
        self._latest: OrderedDict[tuple[ChatRef, str], Live] = OrderedDict()

    def publish(self, live: Live) -> None:
        """Show the text so far to whoever watches the chat."""
        key = (live.chat, live.slot)
        self._latest[key] = live
        self._latest.move_to_end(key)
        if len(self._latest) > _KEPT:
            self._latest.popitem(last=False)
        for watcher in self._watchers.get(live.chat, ()):
            watcher.put(live)

    def settle(self, reply: Reply) -> None:
        """Forget the text of an answer that has now arrived."""
        if reply.stage == "final":
            self._latest.pop((reply.chat, reply.slot), None)

    @contextmanager
    def watch(self, chat: ChatRef) -> Generator["Watcher", None, None]:
        """Watch a chat; begins with the latest text of every unfinished answer."""
        watcher = Watcher()
        for (where, _), live in self._latest.items():
            if where == chat:
                watcher.put(live)
        self._watchers.setdefault(chat, set()).add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[chat].discard(watcher)
            if not self._watchers[chat]:
                del self._watchers[chat]


class Watcher:
    """One tab. A slow one skips to the latest text instead of collecting old ones."""

    def __init__(self) -> None:
        self._waiting: dict[str, Live] = {}
        self._ready = asyncio.Event()

    def put(self, live: Live) -> None:
        """Offer a text; it replaces one of the same slot that was not taken yet."""
        self._waiting[live.slot] = live
        self._ready.set()

    async def take(self) -> tuple[Live, ...]:
        """Wait for news and take them."""
        await self._ready.wait()
        self._ready.clear()
        news = tuple(self._waiting.values())
        self._waiting.clear()
        return news
