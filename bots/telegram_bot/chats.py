"""What the frontend remembers of chats, in the drawer: moves, open doors, albums, marks.

When a group becomes a supergroup it gets a new id. Cases stay under the group's first id, its
*home*; only calls to Telegram use the newest one.
"""

import asyncio
import time
from collections import OrderedDict
from typing import Final

from core.domain.errors import InfrastructureError
from core.ports import Drawer

_MOVED: Final = "telegram:moved:"
_DOOR: Final = "telegram:door:"
_ALBUM: Final = "telegram:album:"
_ONCE: Final = "telegram:once:"
_NEWEST: Final = "telegram:newest"
_NEWEST_S: Final = 1.0
_ALBUM_S: Final = 120.0
_ONCE_S: Final = 86_400.0
_LOCALES: Final = 10_000
_DOOR_LIFE_S: Final = 30 * 86_400.0
_DOOR_FRESH_S: Final = 86_400.0
_REMEMBERED: Final = 10_000
_SENT: Final = 5_000
_SENT_TO: Final = "telegram:sent:"
_LISTED: Final = 80


class Chats:
    """Small facts on chats; moves are cached, since every reply asks for them."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer
        self._moved: dict[str, str] = {}
        self._open: dict[str, float] = {}
        self._locales: OrderedDict[str, str] = OrderedDict()
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._newest_kept_s = float("-inf")
        self._sent: OrderedDict[tuple[int, int], None] = OrderedDict()
        self._listing = asyncio.Lock()
        self._marking: set[str] = set()

    def saw(self, chat_id: str, message_id: int) -> None:
        """Remember the newest message that could be seen, whoever sent it."""
        line = _numbering(chat_id)
        self._newest[line] = max(message_id, self._newest.get(line, 0))
        self._newest.move_to_end(line)
        while len(self._newest) > _LOCALES:
            self._newest.popitem(last=False)

    async def sent(self, chat_id: int, message_id: int) -> None:
        """Remember a message of ours: for good in this process, the last of a chat for others."""
        self.saw(str(chat_id), message_id)
        self._sent[chat_id, message_id] = None
        while len(self._sent) > _SENT:
            self._sent.popitem(last=False)
        async with self._listing:
            ids = sorted({*await self.sent_to(chat_id), message_id})[-_LISTED:]
            await self._drawer.put(f"{_SENT_TO}{chat_id}", ",".join(map(str, ids)), ttl_s=_ONCE_S)

    async def sent_to(self, chat_id: int) -> list[int]:
        """Return the newest messages that any process has sent to a chat in the last day."""
        listed = await self._drawer.get(f"{_SENT_TO}{chat_id}")
        return [int(one) for one in listed.split(",")] if listed else []

    def knows(self, chat_id: int, message_id: int) -> bool:
        """Return whether a message is one that this process has sent."""
        return (chat_id, message_id) in self._sent

    def newest(self, chat_id: str) -> int:
        """Return the newest id that was known where a chat gets its ids from; 0 if none was."""
        return self._newest.get(_numbering(chat_id), 0)

    async def keep_newest(self) -> None:
        """Let the next process know it, too, now and then: a lower number is as true."""
        now_s, before_s = time.monotonic(), self._newest_kept_s
        if now_s - before_s < _NEWEST_S:
            return
        self._newest_kept_s = now_s  # at once: a burst keeps it once
        try:
            await self._drawer.put(_NEWEST, str(self._newest.get("", 0)), ttl_s=_ONCE_S)
        except InfrastructureError:
            self._newest_kept_s = before_s
            raise

    def note_locale(self, user_id: str, locale: str) -> None:
        """Remember, until the process ends, which language a person's Telegram speaks."""
        self._locales[user_id] = locale
        self._locales.move_to_end(user_id)
        while len(self._locales) > _LOCALES:
            self._locales.popitem(last=False)

    def locale(self, user_id: str) -> str:
        """Return a person's language tag; English when unknown."""
        return self._locales.get(user_id, "en")

    async def load(self) -> None:
        """Read the known moves, and how far Telegram had counted."""
        self.saw("", int(await self._drawer.get(_NEWEST) or 0))
        for key in await self._drawer.keys(_MOVED):
            if new := await self._drawer.get(key):
                self._moved[key.removeprefix(_MOVED)] = new

    def home(self, chat_id: str) -> str:
        """Return the id under which a chat's cases are kept."""
        olds = {new: old for old, new in self._moved.items()}
        for _ in range(len(olds)):
            if chat_id not in olds:
                break
            chat_id = olds[chat_id]
        return chat_id

    def address(self, chat_id: str) -> str:
        """Return the id under which Telegram knows a chat today."""
        for _ in range(len(self._moved)):
            if chat_id not in self._moved:
                break
            chat_id = self._moved[chat_id]
        return chat_id

    async def move(self, old: str, new: str) -> None:
        """Remember that a group got a new id."""
        if self._moved.get(old) == new or old == new:
            return
        await self._drawer.put(_MOVED + old, new)
        self._moved[old] = new

    async def open_door(self, user_id: str) -> None:
        """Remember that a person has written in private, so that the bot may write there."""
        if self._open.get(user_id, 0.0) > time.monotonic():
            return
        await self._drawer.put(_DOOR + user_id, "open", ttl_s=_DOOR_LIFE_S)
        if len(self._open) >= _REMEMBERED:
            self._open.clear()
        self._open[user_id] = time.monotonic() + _DOOR_FRESH_S

    async def close_door(self, user_id: str) -> None:
        """Remember that a person blocked the bot."""
        self._open.pop(user_id, None)
        await self._drawer.erase(_DOOR + user_id)

    async def forget(self, user_id: str) -> None:
        """Forget a person who had everything erased."""
        self._locales.pop(user_id, None)
        await self._drawer.erase(f"{_SENT_TO}{user_id}")
        await self.close_door(user_id)

    async def door_is_open(self, user_id: str) -> bool:
        """Return whether the bot may write to a person in private."""
        return await self._drawer.get(_DOOR + user_id) is not None

    async def address_album(self, group_id: str) -> None:
        """Remember that one part of an album was addressed to the bot, so all of it is."""
        await self._drawer.put(_ALBUM + group_id, "ours", ttl_s=_ALBUM_S)

    async def album_is_ours(self, group_id: str) -> bool:
        """Return whether a part of the album was addressed to the bot before."""
        return await self._drawer.get(_ALBUM + group_id) is not None

    async def is_marked(self, mark: str) -> bool:
        """Return whether `first_time` was called with this mark."""
        return await self._drawer.get(_ONCE + mark) is not None

    async def first_time(self, mark: str, ttl_s: float = _ONCE_S) -> bool:
        """Return True for the first caller with this mark, and set it."""
        if mark in self._marking:
            return False  # a burst asks many times before the store has answered once
        self._marking.add(mark)
        try:
            if await self.is_marked(mark):
                return False
            await self._drawer.put(_ONCE + mark, "done", ttl_s=ttl_s)
        finally:
            self._marking.discard(mark)
        return True


def _numbering(chat_id: str) -> str:
    """Name what gives a chat its message ids: all private chats of a bot share one count.

    Source: https://docs.pyrogram.org/topics/message-identifiers
    """
    return chat_id if chat_id.startswith("-") else ""
