"""The smaller ports over Redis: albums, live text, boards, drawers, rate limits, the clock."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Final, Literal

import redis.exceptions
from pydantic import TypeAdapter

from core.adapters import codec
from core.adapters.redis_link import RedisLink, chat_digest, digest
from core.domain.cases import CasePhoto
from core.domain.errors import RecordUnreadable
from core.domain.messages import CaseId, ChatRef, Incoming
from core.domain.replies import Live, Reply
from core.ports import Album, BoardEntry

_log = logging.getLogger(__name__)

PUBLISH_S: Final = 1.0
"""How long live text may hold up its writer."""

_photos: TypeAdapter[tuple[CasePhoto, ...]] = TypeAdapter(tuple[CasePhoto, ...])


class SystemClock:
    """`core.ports.Clock` of this machine."""

    def now_s(self) -> float:
        """Return seconds since the epoch."""
        return time.time()


class RedisAlbums:
    """`core.ports.Albums` in one hash per album."""

    def __init__(self, link: RedisLink, *, keep_s: int = 86_400, lease_s: float = 30.0) -> None:
        self._link = link
        self._keep_s = keep_s
        self._lease_ms = int(lease_s * 1000)

    async def add(self, part: Incoming, *, case_id: CaseId, blobs: Sequence[CasePhoto]) -> bool:
        """Keep one part; its case id is that of the album's first part."""
        name = digest("album", part.chat.platform, part.chat.chat_id, part.album)
        photos = _photos.dump_python(tuple(blobs), mode="json")
        message = codec.incomings.dump(replace(part, photos=())).decode()
        raw = json.dumps({"case": case_id, "photos": photos, "part": message}).encode()
        sealed = self._link.master.seal(raw, f"album:{name}")
        key = digest(part.keys[0])
        return bool(await self._link.run("album_add", name, key, sealed, self._keep_s))

    async def due(self, quiet_s: float) -> Album | None:
        """Take a quiet album; see the port. One that cannot be read comes back later."""
        while True:
            found = await self._link.run("album_due", int(quiet_s * 1000), self._lease_ms)
            if not found:
                return None
            name = found[0].decode()
            try:
                return self._open(name, found[1:])
            except RecordUnreadable as error:
                _log.error("Album %s waits for a bot that can read it: %s", name, error)

    def _open(self, name: str, sealed: Sequence[bytes]) -> Album:
        rows = [json.loads(self._link.master.unseal(body, f"album:{name}")) for body in sealed]
        parts = [codec.incomings.load(row["part"]) for row in rows]
        order = sorted(range(len(rows)), key=lambda i: sent_order(parts[i]))
        return Album(
            name=name,
            case_id=CaseId(rows[order[0]]["case"]),
            parts=tuple(parts[i] for i in order),
            photos=tuple(p for i in order for p in _photos.validate_python(rows[i]["photos"])),
        )

    async def done(self, album: Album) -> None:
        """Forget what was accepted; a part that came meanwhile stays for later."""
        parts = [digest(part.keys[0]) for part in album.parts]
        await self._link.run("album_done", album.name, *parts)


def sent_order(part: Incoming) -> tuple[int, str]:
    """Return a sort key: platforms number their messages upwards."""
    return (int(part.message_id) if part.message_id.isdecimal() else 0, part.keys[0])


class RedisLiveText:
    """`core.ports.LiveText` over publish/subscribe: nothing of it is ever on disk."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def publish(self, live: Live) -> None:
        """Tell whoever listens now; trouble is no loss, and does not hold up the writer."""
        channel = self._link.key("live", live.chat.platform)
        sealed = self._link.master.seal(codec.lives.dump(live), "live")
        try:
            async with asyncio.timeout(PUBLISH_S):
                await self._link.client.publish(channel, sealed)
        except (redis.exceptions.RedisError, OSError):
            return

    async def listen(self, platform: str) -> AsyncGenerator[Live, None]:
        """Yield what is published from now on; reconnects by itself."""
        while True:
            try:
                async with self._link.client.pubsub() as channel:
                    await channel.subscribe(self._link.key("live", platform))
                    while True:
                        message = await channel.get_message(
                            ignore_subscribe_messages=True, timeout=5.0
                        )
                        live = None if message is None else self._open(message["data"])
                        if live is not None:
                            yield live
            except (redis.exceptions.RedisError, OSError):
                await asyncio.sleep(0.5)

    def _open(self, sealed: bytes) -> Live | None:
        try:
            return codec.lives.load(self._link.master.unseal(sealed, "live"))
        except RecordUnreadable:
            return None  # of another version: live text is lossy


class RedisBoard:
    """`core.ports.Board`: a hash of entries, each with the number of its first posting."""

    def __init__(self, link: RedisLink, *, ttl_s: int = 2_592_000) -> None:
        self._link = link
        self._ttl_s = ttl_s

    async def post(self, author: Literal["user", "assistant"], reply: Reply) -> BoardEntry:
        """Add a message, or replace the one in the same slot."""
        link, name = self._link, chat_digest(reply.chat)
        entry = BoardEntry(sequence=0, slot=reply.slot, author=author, reply=reply, at_s=0.0)
        sealed = link.master.seal(codec.entries.dump(entry), f"board:{name}")
        sequence, at_ms = await link.run("board_post", name, reply.slot, sealed, self._ttl_s)
        return replace(entry, sequence=sequence, at_s=int(at_ms) / 1000)

    async def read(self, chat: ChatRef, *, after: int = 0) -> tuple[BoardEntry, ...]:
        """Return entries with a sequence above ``after``."""
        link, name = self._link, chat_digest(chat)
        stored = await link.call(lambda: link.client.hvals(link.key("board", name)))
        rows = []
        for item in stored:
            first, at_ms, sequence, sealed = item.split(b":", 3)
            if int(sequence) > after:
                rows.append((int(first), int(at_ms), int(sequence), sealed))
        return tuple(
            replace(
                codec.entries.load(link.master.unseal(sealed, f"board:{name}")),
                sequence=sequence,
                at_s=at_ms / 1000,
            )
            for _, at_ms, sequence, sealed in sorted(rows)
        )

    async def wait(self, chat: ChatRef, *, after: int, timeout_s: float) -> bool:
        """Return True as soon as there is an entry above ``after``."""
        deadline_s = time.monotonic() + timeout_s

        async def listen() -> bool:
            async with self._link.client.pubsub() as channel:
                await channel.subscribe(self._link.key("posted", chat_digest(chat)))
                while await self._newest(chat) <= after:
                    left_s = deadline_s - time.monotonic()
                    if left_s <= 0:
                        return False
                    await channel.get_message(timeout=min(left_s, 5.0))
                return True

        return await self._link.call(listen)

    async def _newest(self, chat: ChatRef) -> int:
        link = self._link
        newest = await link.client.get(link.key("bseq", chat_digest(chat)))
        return int(newest or 0)

    async def take_back(self, chat: ChatRef, slot: str) -> None:
        """Remove one entry."""
        await self._link.run("board_take_back", chat_digest(chat), slot)

    async def erase(self, chat: ChatRef) -> None:
        """Remove all entries. The counter stays: a reader's position must not repeat."""
        await self._link.run("board_erase", chat_digest(chat))


class RedisDrawer:
    """`core.ports.Drawer`: encrypted strings under readable keys of a frontend."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def get(self, key: str) -> str | None:
        """Return a value, or None."""
        link = self._link
        sealed = await link.call(lambda: link.client.get(link.key("drawer", key)))
        return None if sealed is None else link.master.unseal(sealed, f"drawer:{key}").decode()

    async def put(self, key: str, value: str, *, ttl_s: float | None = None) -> None:
        """Keep a value, for ever or for a time."""
        sealed = self._link.master.seal(value.encode(), f"drawer:{key}")
        ttl_ms = 0 if ttl_s is None else max(1, int(ttl_s * 1000))
        await self._link.run("drawer_put", key, sealed, ttl_ms)

    async def erase(self, key: str) -> bool:
        """Remove a value."""
        return bool(await self._link.run("drawer_erase", key))

    async def keys(self, prefix: str) -> tuple[str, ...]:
        """Return the keys that start with ``prefix``, sorted."""
        return tuple(name.decode() for name in await self._link.run("drawer_keys", prefix))


class RedisThrottle:
    """`core.ports.Throttle`: one script over all windows of a key, exact across processes."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def wait_s(self, key: str, limits: Sequence[tuple[int, float]]) -> float:
        """Take one token from every window, or from none. A key always has the same windows."""
        windows = [part for count, span_s in limits for part in (count, int(span_s * 1_000_000))]
        wait_us = await self._link.run("throttle", digest(key), *windows)
        return float(wait_us) / 1_000_000
