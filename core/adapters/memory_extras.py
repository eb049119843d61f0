"""The smaller ports in one process; see `core.adapters.memory`."""

import asyncio
import secrets
import time
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Literal

from core.domain.cases import CasePhoto
from core.domain.messages import BlobKey, CaseId, ChatRef, Incoming
from core.domain.replies import Live, Reply
from core.ports import Album, BoardEntry


class MemoryBlobs:
    """`core.ports.BlobStore` in a dict."""

    def __init__(self) -> None:
        self._blobs: dict[BlobKey, tuple[float, bytes]] = {}

    async def put(self, case_id: CaseId, data: bytes) -> BlobKey:
        key = BlobKey(f"{case_id}/{secrets.token_hex(16)}")
        self._blobs[key] = (time.time(), data)
        return key

    async def get(self, key: BlobKey) -> bytes | None:
        found = self._blobs.get(key)
        return None if found is None else found[1]

    async def erase(self, case_id: CaseId) -> int:
        return self._drop([key for key in self._blobs if key.startswith(f"{case_id}/")])

    async def sweep(self, older_than_s: float) -> int:
        oldest_s = time.time() - older_than_s
        return self._drop([key for key, (at_s, _) in self._blobs.items() if at_s < oldest_s])

    def _drop(self, keys: Sequence[BlobKey]) -> int:
        for key in keys:
            del self._blobs[key]
        return len(keys)


class MemoryAlbums:
    """`core.ports.Albums` in dicts."""

    def __init__(self, *, lease_s: float = 30.0) -> None:
        self._lease_s = lease_s
        self._parts: dict[str, dict[str, tuple[Incoming, CaseId, tuple[CasePhoto, ...]]]] = {}
        self._changed_s: dict[str, float] = {}
        self._accepted: set[str] = set()

    async def add(self, part: Incoming, *, case_id: CaseId, blobs: Sequence[CasePhoto]) -> bool:
        name = f"{part.chat.platform}/{part.chat.chat_id}/{part.album}"
        key = part.keys[0]
        if key in self._accepted or key in self._parts.get(name, {}):
            return False
        parts = self._parts.setdefault(name, {})
        parts[key] = (replace(part, photos=()), case_id, tuple(blobs))
        # A part that comes late does not take the album from whoever is at it.
        self._changed_s[name] = max(time.monotonic(), self._changed_s.get(name, 0.0))
        return True

    async def due(self, quiet_s: float) -> Album | None:
        now = time.monotonic()
        for name, changed_s in self._changed_s.items():
            if now - changed_s >= quiet_s:
                self._changed_s[name] = now + self._lease_s
                rows = sorted(self._parts[name].values(), key=lambda row: _order(row[0]))
                return Album(
                    name=name,
                    case_id=rows[0][1],
                    parts=tuple(row[0] for row in rows),
                    photos=tuple(photo for row in rows for photo in row[2]),
                )
        return None

    async def done(self, album: Album) -> None:
        parts = self._parts.get(album.name, {})
        for part in album.parts:
            self._accepted.add(part.keys[0])
            parts.pop(part.keys[0], None)
        if parts:
            self._changed_s[album.name] = time.monotonic()
        else:
            self._parts.pop(album.name, None)
            self._changed_s.pop(album.name, None)


def _order(part: Incoming) -> tuple[int, str]:
    return (int(part.message_id) if part.message_id.isdecimal() else 0, part.keys[0])


class MemoryLiveText:
    """`core.ports.LiveText` over queues."""

    def __init__(self) -> None:
        self._ears: defaultdict[str, list[asyncio.Queue[Live]]] = defaultdict(list)

    async def publish(self, live: Live) -> None:
        for ear in self._ears[live.chat.platform]:
            ear.put_nowait(live)

    async def listen(self, platform: str) -> AsyncGenerator[Live, None]:
        ear: asyncio.Queue[Live] = asyncio.Queue()
        self._ears[platform].append(ear)
        try:
            while True:
                yield await ear.get()
        finally:
            self._ears[platform].remove(ear)


class MemoryBoard:
    """`core.ports.Board` in dicts."""

    def __init__(self) -> None:
        self._entries: defaultdict[ChatRef, dict[str, BoardEntry]] = defaultdict(dict)
        self._newest: defaultdict[ChatRef, int] = defaultdict(int)
        self._posted = asyncio.Condition()

    async def post(self, author: Literal["user", "assistant"], reply: Reply) -> BoardEntry:
        async with self._posted:
            self._newest[reply.chat] += 1
            known = self._entries[reply.chat].get(reply.slot)
            entry = BoardEntry(
                sequence=self._newest[reply.chat],
                slot=reply.slot,
                author=author,
                reply=reply,
                at_s=known.at_s if known else time.time(),
            )
            self._entries[reply.chat][reply.slot] = entry
            self._posted.notify_all()
        return entry

    async def read(self, chat: ChatRef, *, after: int = 0) -> tuple[BoardEntry, ...]:
        return tuple(entry for entry in self._entries[chat].values() if entry.sequence > after)

    async def wait(self, chat: ChatRef, *, after: int, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s), self._posted:
                await self._posted.wait_for(lambda: self._newest[chat] > after)
        except TimeoutError:
            return False
        return True

    async def take_back(self, chat: ChatRef, slot: str) -> None:
        self._entries[chat].pop(slot, None)

    async def erase(self, chat: ChatRef) -> None:
        self._entries.pop(chat, None)


class MemoryDrawer:
    """`core.ports.Drawer` in a dict."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[float, str]] = {}

    async def get(self, key: str) -> str | None:
        until_s, value = self._values.get(key, (0.0, ""))
        return value if until_s > time.monotonic() else None

    async def put(self, key: str, value: str, *, ttl_s: float | None = None) -> None:
        until_s = float("inf") if ttl_s is None else time.monotonic() + ttl_s
        self._values[key] = (until_s, value)

    async def erase(self, key: str) -> bool:
        return self._values.pop(key, None) is not None

    async def keys(self, prefix: str) -> tuple[str, ...]:
        now = time.monotonic()
        live = (key for key, (until_s, _) in self._values.items() if until_s > now)
        return tuple(sorted(key for key in live if key.startswith(prefix)))


class MemoryThrottle:
    """`core.ports.Throttle`: the times of what was granted, per key."""

    def __init__(self) -> None:
        self._granted: defaultdict[str, deque[float]] = defaultdict(deque)

    async def wait_s(self, key: str, limits: Sequence[tuple[int, float]]) -> float:
        now = time.monotonic()
        granted = self._granted[key]
        longest_s = max(span for _, span in limits)
        while granted and granted[0] <= now - longest_s:
            granted.popleft()
        # The token that has to leave a window before there is room for another one.
        waits = [granted[-count] + span - now for count, span in limits if len(granted) >= count]
        wait_s = max(waits, default=0.0)
        if wait_s > 0:
            return wait_s
        granted.append(now)
        return 0.0
