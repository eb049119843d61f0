"""Replies on their way out: a lane per chat, a stream of lanes per platform, a ledger per slot."""

import logging
import time
from dataclasses import dataclass, replace
from typing import Any, Final

from core.adapters import codec
from core.adapters.redis_link import RedisLink
from core.domain.errors import LeaseLost, RecordUnreadable
from core.domain.replies import Reply
from core.ports import Ledger, Parcel

_log = logging.getLogger(__name__)

UNREADABLE_PAUSE_S: Final = 30.0
"""How long a lane rests whose row cannot be read here; nothing of it is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisParcel(Parcel):
    """A parcel that knows its place in the stream.

    Attributes:
        platform: Whose stream it is.
        consumer: Who claimed it.
        sid: The stream entry of its lane.
    """

    platform: str
    consumer: str
    sid: str


class RedisLedger:
    """`core.ports.Ledger` in one hash; ``m:part`` holds a message id, ``i:part`` an intent.

    The ledger of a claimed row is written only while the row is held: a delivery that was frozen
    for longer than its lease would otherwise overwrite what its successor noted, and both would
    show the reply. ``hold`` says by what the script knows the claim.
    """

    def __init__(
        self,
        link: RedisLink,
        slot: str,
        fields: dict[str, str],
        ttl_s: int,
        hold: tuple[str | int, ...] = (),
    ) -> None:
        self._link = link
        self._slot = slot
        self._fields = fields
        self._ttl_s = ttl_s
        self._hold = hold

    def message_id(self, part: str) -> str | None:
        """Return the platform's id of a part."""
        return self._fields.get(f"m:{part}")

    def intended(self, part: str) -> bool:
        """Return whether a send was begun and never recorded."""
        return f"i:{part}" in self._fields and f"m:{part}" not in self._fields

    async def intend(self, part: str) -> None:
        """Record that a send begins."""
        await self._put(f"i:{part}", "1")

    async def record(self, part: str, message_id: str) -> None:
        """Record the id of a part."""
        await self._put(f"m:{part}", message_id)

    def parts(self) -> dict[str, str]:
        """Return all recorded parts."""
        return {name[2:]: value for name, value in self._fields.items() if name.startswith("m:")}

    async def forget(self) -> None:
        """Forget everything about the slot."""
        await self._link.run("slot_forget", self._slot)
        self._fields.clear()

    async def _put(self, field: str, value: str) -> None:
        args = (self._slot, field, value, self._ttl_s, *self._hold)
        held, *found = await self._link.run("ledger_put", *args)
        self._fields = _decoded(dict(zip(found[::2], found[1::2], strict=True)))
        if not held:
            raise LeaseLost(f"slot {self._slot} is delivered by somebody else")


class RedisOutbox:
    """`core.ports.Outbox` over Redis Streams."""

    def __init__(
        self, link: RedisLink, *, lease_s: float = 30.0, ledger_ttl_s: int = 2_592_000
    ) -> None:
        self._link = link
        self._lease_s = lease_s
        self._ttl_s = ledger_ttl_s

    async def claim(self, platform: str, consumer: str, *, wait_s: float) -> Parcel | None:
        """Take the first row of a free lane; see the port."""
        until_s = time.monotonic() + wait_s
        while True:
            found = await self._link.run("out_claim", platform, consumer, int(self._lease_s * 1000))
            if len(found) > 1:
                parcel = await self._open(platform, consumer, found)
                if parcel is not None:
                    return parcel
                continue
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return None
            due_s = found[0] / 1000 if found[0] >= 0 else left_s
            await self._link.ring_wait(f"outbell:{platform}", min(left_s, due_s, self._lease_s))

    async def _open(self, platform: str, consumer: str, found: list[Any]) -> Parcel | None:
        sid, lane, row, body, slot, case_id, attempt, alive = found
        parcel = RedisParcel(
            reply=None,
            ledger=await self._ledger(
                slot.decode(), (platform, consumer, sid.decode(), row.decode(), attempt)
            ),
            row=row.decode(),
            lane=lane.decode(),
            attempt=attempt,
            platform=platform,
            consumer=consumer,
            sid=sid.decode(),
        )
        try:
            reply = await self._read(case_id.decode(), body, parcel.row) if alive else None
        except RecordUnreadable as error:
            _log.error("Reply %s waits for a bot that can read it: %s", parcel.row, error)
            await self.later(parcel, UNREADABLE_PAUSE_S, spent=False)
            return None
        return replace(parcel, reply=reply)

    async def _read(self, case_id: str, body: bytes, row: str) -> Reply | None:
        raw = await self._link.open_record(case_id, body, f"row:{row}")
        return None if raw is None else codec.replies.load(raw)

    async def done(self, parcel: Parcel) -> None:
        """Remove a row and let the chat's next one go."""
        await self._end(parcel, "done")

    async def later(self, parcel: Parcel, after_s: float, *, spent: bool = True) -> None:
        """Keep a row at the head of its lane and offer it again after a pause."""
        await self._end(parcel, "later" if spent else "unspent", after_s)

    async def renew(self, parcel: Parcel) -> None:
        """Keep the lane of a slow delivery."""
        await self._end(parcel, "renew")

    async def _end(self, parcel: Parcel, what: str, after_s: float = 0.0) -> None:
        if not isinstance(parcel, RedisParcel):
            raise TypeError("This parcel was claimed from another outbox.")
        await self._link.run(
            "out_end",
            parcel.platform,
            parcel.consumer,
            parcel.sid,
            parcel.lane,
            parcel.row,
            parcel.attempt,
            what,
            int(after_s * 1000),
        )

    async def ledger(self, slot: str) -> Ledger:
        """Return the ledger of a slot."""
        return await self._ledger(slot)

    async def _ledger(self, slot: str, hold: tuple[str | int, ...] = ()) -> Ledger:
        link = self._link
        fields = await link.call(lambda: link.client.hgetall(link.key("slot", slot)))
        return RedisLedger(link, slot, _decoded(fields), self._ttl_s, hold)


def _decoded(fields: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fields.items() if name[1:2] == b":"}
