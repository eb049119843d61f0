"""The smaller ports over Redis: albums, live text, boards, drawers, rate limits, the clock."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any, Literal

import redis.exceptions
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from pydantic import TypeAdapter

from core.adapters import codec
from core.adapters.redis_link import RedisLink, chat_digest, digest
from core.domain.cases import CasePhoto
from core.domain.errors import StoreUnavailable
from core.domain.messages import CaseId, ChatRef, Incoming
from core.domain.replies import Live, Reply
from core.ports import Album, BoardEntry

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
        name = digest("album", part.album)
        photos = _photos.dump_python(tuple(blobs), mode="json")
        message = codec.incomings.dump(replace(part, photos=())).decode()
        raw = json.dumps({"case": case_id, "photos": photos, "part": message}).encode()
        sealed = self._link.master.seal(raw, f"album:{name}")
        key = digest(part.keys[0])
        return bool(await self._link.run("album_add", name, key, sealed, self._keep_s))

    async def due(self, quiet_s: float) -> Album | None:
        """Take a quiet album; see the port."""
        found = await self._link.run("album_due", int(quiet_s * 1000), self._lease_ms)
        if not found:
            return None
        name = found[0].decode()
        bodies = [self._link.master.unseal(body, f"album:{name}") for body in found[1:]]
        rows = [json.loads(body) for body in bodies]
        parts = [codec.incomings.load(row["part"]) for row in rows]
        order = sorted(range(len(rows)), key=lambda i: _sent_order(parts[i]))
        return Album(
            name=name,
            case_id=CaseId(rows[order[0]]["case"]),
            parts=tuple(parts[i] for i in order),
            photos=tuple(p for i in order for p in _photos.validate_python(rows[i]["photos"])),
        )

    async def done(self, album: Album) -> None:
        """Forget an album that was accepted."""
        link = self._link
        await link.call(lambda: link.client.zrem(link.key("albums"), album.name))
        await link.call(lambda: link.client.delete(link.key("album", album.name)))


def _sent_order(part: Incoming) -> tuple[int, str]:
    return (int(part.message_id) if part.message_id.isdecimal() else 0, part.keys[0])


class RedisLiveText:
    """`core.ports.LiveText` over publish/subscribe: nothing of it is ever on disk."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def publish(self, live: Live) -> None:
        """Tell whoever listens now; trouble is no loss."""
        channel = self._link.key("live", live.chat.platform)
        raw = codec.lives.dump(live)
        try:
            await self._link.client.publish(channel, self._link.master.seal(raw, "live"))
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
                            ignore_subscribe_messages=True, timeout=10.0
                        )
                        if message is not None:
                            raw = self._link.master.unseal(message["data"], "live")
                            yield codec.lives.load(raw)
            except (redis.exceptions.RedisError, OSError):
                await asyncio.sleep(0.5)


class RedisBoard:
    """`core.ports.Board`: a hash of entries and a list of slots in order of first posting."""

    def __init__(self, link: RedisLink, *, ttl_s: int = 2_592_000) -> None:
        self._link = link
        self._ttl_s = ttl_s

    async def post(self, author: Literal["user", "assistant"], reply: Reply) -> BoardEntry:
        """Add a message, or replace the one in the same slot."""
        link, name = self._link, chat_digest(reply.chat)
        counter, slots, first = (link.key(part, name) for part in ("bseq", "board", "bfirst"))
        sequence = int(await link.call(lambda: link.client.incr(counter)))
        now = time.time()
        await link.call(lambda: link.client.zadd(first, {reply.slot: now}, nx=True))
        at_s = float(await link.call(lambda: link.client.zscore(first, reply.slot)))
        entry = BoardEntry(
            sequence=sequence, slot=reply.slot, author=author, reply=reply, at_s=at_s
        )
        sealed = link.master.seal(codec.entries.dump(entry), f"board:{name}")
        await link.call(lambda: link.client.hset(slots, reply.slot, sealed))
        for key in (counter, slots, first):
            await link.call(lambda key=key: link.client.expire(key, self._ttl_s))  # type: ignore[misc]
        await link.call(lambda: link.client.publish(link.key("posted", name), sequence))
        return entry

    async def read(self, chat: ChatRef, *, after: int = 0) -> tuple[BoardEntry, ...]:
        """Return entries with a sequence above ``after``."""
        link, name = self._link, chat_digest(chat)
        sealed = await link.call(lambda: link.client.hvals(link.key("board", name)))
        entries = [codec.entries.load(link.master.unseal(item, f"board:{name}")) for item in sealed]
        return tuple(
            sorted((e for e in entries if e.sequence > after), key=lambda e: (e.at_s, e.sequence))
        )

    async def wait(self, chat: ChatRef, *, after: int, timeout_s: float) -> bool:
        """Return True as soon as there is an entry above ``after``."""
        link, name = self._link, chat_digest(chat)
        async with link.client.pubsub() as channel:
            await channel.subscribe(link.key("posted", name))
            deadline = time.monotonic() + timeout_s
            while True:
                newest = await link.call(lambda: link.client.get(link.key("bseq", name)))
                if newest is not None and int(newest) > after:
                    return True
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                await channel.get_message(timeout=min(left, 5.0))

    async def erase(self, chat: ChatRef) -> None:
        """Remove all entries. The counter stays: a reader's position must not repeat."""
        link, name = self._link, chat_digest(chat)
        names = [link.key("board", name), link.key("bfirst", name)]
        await link.call(lambda: link.client.delete(*names))


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
        link = self._link
        sealed = link.master.seal(value.encode(), f"drawer:{key}")
        px = None if ttl_s is None else max(1, int(ttl_s * 1000))
        await link.call(lambda: link.client.set(link.key("drawer", key), sealed, px=px))

    async def erase(self, key: str) -> bool:
        """Remove a value."""
        link = self._link
        return bool(await link.call(lambda: link.client.delete(link.key("drawer", key))))

    async def keys(self, prefix: str) -> tuple[str, ...]:
        """Return the keys that start with ``prefix``, sorted."""
        link = self._link
        start = link.key("drawer", prefix)
        pattern = "".join(f"\\{c}" if c in "*?[]\\" else c for c in start) + "*"

        async def scan() -> list[str]:
            return [name.decode() async for name in link.client.scan_iter(match=pattern)]

        cut = len(link.key("drawer", ""))
        return tuple(sorted({name[cut:] for name in await link.call(scan)}))


class RedisThrottle:
    """`core.ports.Throttle` by the ``limits`` library: moving windows, exact across processes."""

    def __init__(self, link: RedisLink, url: str) -> None:
        self._link = link
        self._url = url
        self._limiter: MovingWindowRateLimiter | None = None

    def _connected(self) -> Any:
        if self._limiter is None:
            storage = RedisStorage(
                f"async+{self._url}", implementation="redispy", key_prefix=self._link.key("limit")
            )
            self._limiter = MovingWindowRateLimiter(storage)
        return self._limiter

    async def wait_s(self, key: str, limits: Sequence[tuple[int, float]]) -> float:
        """Take one token from every window, or from none."""
        limiter = self._connected()
        items = [RateLimitItemPerSecond(count, max(1, round(span))) for count, span in limits]
        try:
            for item in items:
                if not await limiter.test(item, key):
                    stats = await limiter.get_window_stats(item, key)
                    return max(0.05, float(stats.reset_time) - time.time())
            for item in items:
                if not await limiter.hit(item, key):
                    return 0.05  # another process took the last token in between
        except (redis.exceptions.RedisError, OSError) as error:
            raise StoreUnavailable(f"Redis does not answer: {error}") from error
        return 0.0
