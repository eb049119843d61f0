"""A new master key for everything that is stored, while everything goes on.

What cases hold is encrypted with keys of their own, so only those keys are wrapped anew; the few
records outside cases are sealed anew. Each value is swapped on its own, if it is still what was
read: nothing is lost to a writer who is faster, a second run goes on where the first one ended,
and the old key opens what was not yet swapped.

Not known here: where master keys come from (`core.adapters.key_file`), and backups.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.adapters.redis_link import RedisLink
from core.domain.errors import RecordUnreadable

PASSES: Final = 20
"""Values that were written with the old key meanwhile are found by another pass."""

_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """How a rotation went.

    Attributes:
        moved: Values that are under the newest key now and were not before.
        left: Values that were still changing under an old key at the last look.
        unreadable: Values under keys that are not configured; they were left as they are.
    """

    moved: int
    left: int
    unreadable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """One value under a master key, and how to write it anew."""

    key: bytes
    field: bytes
    value: bytes
    key_id: bytes
    renew: Callable[[], bytes]


class RedisRotation:
    """Moves a shard's values to the newest master key."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def run(self) -> Rotated:
        """Move everything; repeat it after any failure.

        Raises:
            StoreUnavailable: Redis did not answer; what was moved stays moved.
        """
        moved = left = unreadable = 0
        for _ in range(PASSES):
            left = unreadable = 0
            before = moved
            async for stored in self._all():
                if self._link.master.is_newest(stored.key_id):
                    continue
                try:
                    fresh = stored.renew()
                except RecordUnreadable:
                    unreadable += 1
                    continue
                swapped = await self._link.run(
                    "swap", stored.key, stored.field, stored.value, fresh
                )
                moved += swapped
                left += not swapped
            if moved == before and not left:
                break
        return Rotated(moved=moved, left=left, unreadable=unreadable)

    async def _all(self) -> AsyncIterator[_Stored]:
        link = self._link
        async for key in self._keys():
            kind, _, name = key.decode().removeprefix(link.prefix).partition(":")
            match kind:
                case "key" | "drawer" | "reg":
                    value = await link.call(partial(link.client.get, key))
                    if value is not None:
                        yield self._plain(key, kind, name, value)
                case "person" | "album" | "board" | "row" | "slot":
                    entries = await link.call(partial(link.client.hgetall, key))
                    if kind == "row":  # what belongs to a case is under the case's key
                        entries = {} if entries.get(b"case") else {b"body": entries.get(b"body")}
                    if kind == "slot":  # ids of messages are in the clear
                        entries = {b"at": entries.get(b"at")}
                    for field, value in entries.items():
                        if value is not None:
                            yield self._field(key, kind, name, (field, value))
                case _:
                    continue  # under no master key

    async def _keys(self) -> AsyncIterator[bytes]:
        link, cursor = self._link, 0
        while True:
            page = partial(link.client.scan, cursor, match=f"{link.prefix}*", count=_PAGE)
            cursor, keys = await link.call(page)
            for key in keys:
                yield key
            if not cursor:
                return

    def _plain(self, key: bytes, kind: str, name: str, value: bytes) -> _Stored:
        master = self._link.master

        def renew() -> bytes:
            if kind == "key":
                return master.rewrap(value.decode()).encode()
            return master.reseal(value, f"{'register' if kind == 'reg' else kind}:{name}")

        return _Stored(key=key, field=b"", value=value, key_id=value, renew=renew)

    def _field(self, key: bytes, kind: str, name: str, entry: tuple[bytes, bytes]) -> _Stored:
        field, value = entry
        called = f"{kind}:{name}"
        before, sealed = b"", value
        if kind == "person":
            called += f":{field.decode()}"
        elif kind == "board":  # its place and time stand before it
            before = b":".join(value.split(b":", 3)[:3]) + b":"
            sealed = value.removeprefix(before)
        master = self._link.master
        return _Stored(
            key=key,
            field=field,
            value=value,
            key_id=sealed,
            renew=lambda: before + master.reseal(sealed, called),
        )
