"""Replies on their way out: a lane per chat, a stream of lanes per platform, a ledger per slot."""

from core.adapters import codec
from core.adapters.redis_link import RedisLink
from core.ports import Ledger, Parcel


class RedisLedger:
    """`core.ports.Ledger` in one hash; ``m:part`` holds a message id, ``i:part`` an intent."""

    def __init__(self, link: RedisLink, slot: str, fields: dict[str, str], ttl_s: int) -> None:
        self._link = link
        self._key = link.key("slot", slot)
        self._fields = fields
        self._ttl_s = ttl_s

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

    async def _put(self, field: str, value: str) -> None:
        client = self._link.client
        await self._link.call(lambda: client.hset(self._key, field, value))
        await self._link.call(lambda: client.expire(self._key, self._ttl_s))
        self._fields[field] = value


class RedisOutbox:
    """`core.ports.Outbox` over Redis Streams."""

    def __init__(
        self, link: RedisLink, *, lease_s: float = 30.0, ledger_ttl_s: int = 2_592_000
    ) -> None:
        self._link = link
        self._lease_ms = int(lease_s * 1000)
        self._ttl_s = ledger_ttl_s
        self._sids: dict[tuple[str, str], tuple[str, str, str]] = {}

    async def claim(self, platform: str, consumer: str, *, wait_s: float) -> Parcel | None:
        """Take the first row of a free lane; see the port."""
        found = await self._link.run("out_claim", platform, consumer, self._lease_ms)
        if len(found) == 1 and wait_s > 0:
            due_s = found[0] / 1000 if found[0] >= 0 else wait_s
            await self._link.ring_wait(f"outbell:{platform}", min(wait_s, due_s))
            found = await self._link.run("out_claim", platform, consumer, self._lease_ms)
        if len(found) == 1:
            return None
        sid, lane, row, body, slot, case_id, attempt = found
        raw = await self._link.open_record(case_id.decode(), body, f"row:{row.decode()}")
        parcel = Parcel(
            reply=None if raw is None else codec.replies.load(raw),
            ledger=await self.ledger(slot.decode()),
            row=row.decode(),
            lane=lane.decode(),
            attempt=attempt,
        )
        self._sids[parcel.lane, parcel.row] = (platform, consumer, sid.decode())
        return parcel

    async def done(self, parcel: Parcel) -> None:
        """Remove a row and let the chat's next one go."""
        await self._end(parcel, "done", 0)

    async def later(self, parcel: Parcel, after_s: float, *, spent: bool = True) -> None:
        """Keep a row at the head of its lane and offer it again after a pause."""
        await self._end(parcel, "later" if spent else "unspent", after_s)

    async def renew(self, parcel: Parcel) -> None:
        """Keep the lane of a slow delivery."""
        platform, consumer, sid = self._sids[parcel.lane, parcel.row]
        await self._link.run("out_end", platform, consumer, sid, parcel.lane, parcel.row, "renew")

    async def _end(self, parcel: Parcel, what: str, after_s: float) -> None:
        platform, consumer, sid = self._sids[parcel.lane, parcel.row]
        await self._link.run(
            "out_end",
            platform,
            consumer,
            sid,
            parcel.lane,
            parcel.row,
            what,
            int(after_s * 1000),
        )
        self._sids.pop((parcel.lane, parcel.row), None)

    async def ledger(self, slot: str) -> Ledger:
        """Return the ledger of a slot."""
        client = self._link.client
        fields = await self._link.call(lambda: client.hgetall(self._link.key("slot", slot)))
        decoded = {name.decode(): value.decode() for name, value in fields.items()}
        return RedisLedger(self._link, slot, decoded, self._ttl_s)
