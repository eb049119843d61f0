"""Replies on their way out, in deques; see `core.adapters.memory`."""

import time
from collections import deque
from collections.abc import Callable

from core.adapters.memory_state import MemoryState, Row
from core.domain.errors import LeaseLost
from core.domain.messages import ChatRef
from core.ports import Ledger, Parcel


class MemoryLedger:
    """`core.ports.Ledger` in a dict, of which each ledger knows what it held at the last write."""

    def __init__(self, fields: dict[str, str], held: Callable[[], bool] = lambda: True) -> None:
        self._shared = fields
        self._fields = dict(fields)
        self._held = held

    def message_id(self, part: str) -> str | None:
        return self._fields.get(f"m:{part}")

    def intended(self, part: str) -> bool:
        return f"i:{part}" in self._fields and f"m:{part}" not in self._fields

    async def intend(self, part: str) -> None:
        self._put(f"i:{part}", "1")

    async def record(self, part: str, message_id: str) -> None:
        self._put(f"m:{part}", message_id)

    def _put(self, field: str, value: str) -> None:
        held = self._held()
        if held:
            self._shared[field] = value
        self._fields = dict(self._shared)
        if not held:
            raise LeaseLost("the reply is delivered by somebody else")

    async def forget(self) -> None:
        self._shared.clear()
        self._fields.clear()

    def parts(self) -> dict[str, str]:
        return {name[2:]: value for name, value in self._fields.items() if name[:2] == "m:"}


class MemoryOutbox:
    """`core.ports.Outbox` in deques, one per chat."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._chats: dict[str, ChatRef] = {}

    async def claim(self, platform: str, consumer: str, *, wait_s: float) -> Parcel | None:  # noqa: ARG002 - names matter between processes
        until_s = time.monotonic() + wait_s
        while True:
            parcel = self._claim(platform)
            now = time.monotonic()
            if parcel is not None or now >= until_s:
                return parcel
            due = [s - now for s in (*self._state.paused.values(), *self._state.taken.values())]
            await self._state.wait(min([until_s - now, *(s for s in due if s > 0)]))

    def _claim(self, platform: str) -> Parcel | None:
        state, now = self._state, time.monotonic()
        for chat, due_s in sorted(state.paused.items(), key=lambda item: item[1]):
            if due_s <= now:
                del state.paused[chat]
                state.offer(chat)
        abandoned = [chat for chat, until_s in state.taken.items() if until_s <= now]
        for chat in (*abandoned, *sorted(state.offered, key=state.offered.__getitem__)):
            if chat.platform == platform:
                parcel = self._take(chat, now)
                if parcel is not None:
                    return parcel
        return None

    def _take(self, chat: ChatRef, now: float) -> Parcel | None:
        state, rows = self._state, self._state.lanes[chat]
        state.offered.pop(chat, None)
        while len(rows) > 1 and _superseded(rows):
            rows.popleft()
        if not rows:
            state.taken.pop(chat, None)
            return None
        state.taken[chat] = now + state.delivery_lease_s
        return self._parcel(chat, rows[0])

    def _parcel(self, chat: ChatRef, row: Row) -> Parcel:
        state = self._state
        row.attempt += 1
        lane = f"{chat.platform}/{chat.chat_id}/{chat.thread_id}"
        self._chats[lane] = chat
        erased = row.case_id is not None and (
            row.case_id not in state.heads or state.epochs[row.case_id] != row.epoch
        )
        attempt = row.attempt
        return Parcel(
            reply=None if erased else row.reply,
            ledger=MemoryLedger(
                state.ledgers[row.reply.slot], lambda: self._holds(chat, row, attempt)
            ),
            row=str(row.id),
            lane=lane,
            attempt=row.attempt,
        )

    def _holds(self, chat: ChatRef, row: Row, attempt: int) -> bool:
        rows = self._state.lanes[chat]
        return chat in self._state.taken and bool(rows) and (rows[0], row.attempt) == (row, attempt)

    def _held(self, parcel: Parcel) -> deque[Row] | None:
        """Return the lane's rows if it still belongs to whoever claimed this parcel."""
        chat = self._chats[parcel.lane]
        rows = self._state.lanes[chat]
        if chat not in self._state.taken or not rows:
            return None
        same = str(rows[0].id) == parcel.row and rows[0].attempt == parcel.attempt
        return rows if same else None

    async def done(self, parcel: Parcel) -> None:
        rows = self._held(parcel)
        if rows is None:
            return
        chat = self._chats[parcel.lane]
        del self._state.taken[chat]
        rows.popleft()
        if rows:
            self._state.offer(chat)

    async def later(self, parcel: Parcel, after_s: float, *, spent: bool = True) -> None:
        rows = self._held(parcel)
        if rows is None:
            return
        chat = self._chats[parcel.lane]
        del self._state.taken[chat]
        rows[0].attempt -= not spent
        self._state.paused[chat] = time.monotonic() + after_s
        self._state.ring()

    async def renew(self, parcel: Parcel) -> None:
        if self._held(parcel) is not None:
            until_s = time.monotonic() + self._state.delivery_lease_s
            self._state.taken[self._chats[parcel.lane]] = until_s

    async def ledger(self, slot: str) -> Ledger:
        return MemoryLedger(self._state.ledgers[slot])


def _superseded(rows: deque[Row]) -> bool:
    head, follower = rows[0], rows[1]
    # With other rows between it must be shown: it keeps the answer's place above them.
    return head.reply.stage == "waiting" and follower.reply.slot == head.reply.slot
