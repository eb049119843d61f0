"""From the outbox to the screen: claims rows, calls the frontend, keeps or drops them.

Rows of one chat come strictly in order, chats do not wait for each other, and a row stays at the
head of its chat until the frontend has shown it or given it up. Knows no platform.
"""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakValueDictionary

from bots import Frontend, GiveUp, TryLater
from core import metrics, tracing
from core.domain.errors import InfrastructureError, LeaseLost, StoreUnavailable
from core.domain.replies import Live
from core.ports import LiveText, Outbox, Parcel

logger = logging.getLogger(__name__)

BACKOFF_S: Final = (0.5, 1, 2, 5, 10, 30, 60)
REMEMBERED: Final = 4096
_STORE_PAUSE_S: Final = 2.0
"""Pause of a reply that could not be shown because the store was away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Delivers one platform's replies.

    Attributes:
        frontend: Shows them.
        outbox: Where they wait.
        live: Answers in the making.
        lanes: Chats delivered to at the same time.
        claimers: Loops that claim rows: one alone waits for the store between any two rows.
        max_attempts: A row that fails at this attempt is given up. Claims of processes that died
            count, since nobody knows how far they came; waiting for an absent platform or store
            does not.
        renew_s: How often rows in hand are renewed; well below their lease.
        name: Of this process among the consumers.
        finals: Slots whose whole answer was shown not long ago.
        in_hand: Rows being shown now, by their id and attempt.
        turns: Locks of slots: whoever was frozen for longer than its lease may find that this very
            process has claimed its row again, and would send what the other is about to send.
    """

    frontend: Frontend
    outbox: Outbox
    live: LiveText
    lanes: int = 32
    claimers: int = 4
    max_attempts: int = 12
    renew_s: float = 10.0
    name: str = field(default_factory=lambda: f"d-{secrets.token_hex(6)}")
    finals: "OrderedDict[str, None]" = field(default_factory=OrderedDict)
    in_hand: dict[tuple[str, int], Parcel] = field(default_factory=dict)
    turns: "WeakValueDictionary[str, asyncio.Lock]" = field(default_factory=WeakValueDictionary)

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._keep())
            free = asyncio.Semaphore(self.lanes)
            for _ in range(self.claimers):
                tasks.create_task(self._take(tasks, free))

    async def _take(self, tasks: asyncio.TaskGroup, free: asyncio.Semaphore) -> None:
        """Claim rows and show each in a task of its own, while lanes are free."""
        while True:
            await free.acquire()
            parcel = await self._claim()
            if parcel is None:
                free.release()
                continue
            shown = tasks.create_task(self.deliver(parcel))
            shown.add_done_callback(lambda _: free.release())

    async def _claim(self) -> Parcel | None:
        try:
            return await self.outbox.claim(self.frontend.platform, self.name, wait_s=1.0)
        except InfrastructureError as error:
            logger.warning("outbox unavailable", extra={"error": str(error)})
            await asyncio.sleep(1.0)
            return None

    async def deliver(self, parcel: Parcel) -> None:
        """Show one row and settle it, whatever happens."""
        began = time.monotonic()
        with tracing.span("deliver", parcel.reply.trace if parcel.reply else ""):
            outcome = await self._delivered(parcel)
        self._told(parcel, outcome, time.monotonic() - began)

    async def _delivered(self, parcel: Parcel) -> str:
        try:
            return await self._settle(parcel, await self._attempt(parcel))
        except InfrastructureError as error:
            # The row is still claimed; its lease runs out and it is offered again.
            logger.warning("delivery not settled", extra={"error": str(error)})
            return "unsettled"

    def _told(self, parcel: Parcel, outcome: str, took_s: float) -> None:
        metrics.DELIVERIES.labels(self.frontend.platform, outcome).inc()
        metrics.STAGE_SECONDS.labels("deliver").observe(took_s)
        logger.info(
            "delivered",
            extra={
                "platform": self.frontend.platform,
                "outcome": outcome,
                "attempt": parcel.attempt,
                "duration_ms": round(took_s * 1000),
            },
        )

    async def _attempt(self, parcel: Parcel) -> TryLater | GiveUp | None:
        if parcel.reply is None:
            return None
        if parcel.reply.stage == "final":
            self._remember(parcel.reply.slot)
        mine = parcel.row, parcel.attempt
        self.in_hand[mine] = parcel
        try:
            async with self.turns.setdefault(parcel.reply.slot, asyncio.Lock()):
                await self.frontend.show(parcel.reply, parcel.ledger)
        except (TryLater, GiveUp) as trouble:
            return trouble
        except LeaseLost:
            # Its successor shows it; what this attempt still wanted to do is not ours to do.
            return TryLater(_backoff(parcel.attempt))
        except StoreUnavailable as error:
            # The reply is as good as it was: it must not be dropped because the store was away.
            logger.warning("delivery waits", extra={"error": str(error)})
            return TryLater(_STORE_PAUSE_S, spent=False)
        except Exception:  # the frontend's top handler: one bad row must not end the process
            logger.exception("delivery failed")
            metrics.ERRORS.labels("delivery", "unexpected").inc()
            return TryLater(_backoff(parcel.attempt))
        finally:
            self.in_hand.pop(mine, None)
        return None

    async def _keep(self) -> None:
        """Renew the lanes of slow deliveries, such as those that wait for a flood limit."""
        while True:
            await asyncio.sleep(self.renew_s)
            for parcel in list(self.in_hand.values()):
                try:
                    await self.outbox.renew(parcel)
                except InfrastructureError:
                    break

    async def _settle(self, parcel: Parcel, trouble: TryLater | GiveUp | None) -> str:
        if isinstance(trouble, TryLater) and (
            parcel.attempt < self.max_attempts or not trouble.spent
        ):
            await self.outbox.later(parcel, trouble.after_s, spent=trouble.spent)
            if not trouble.spent:
                metrics.FLOOD_WAIT_SECONDS.labels(self.frontend.platform).inc(trouble.after_s)
            return "later"
        if parcel.reply is not None and not parcel.reply.blocks:
            await parcel.ledger.forget()
        await self.outbox.done(parcel)
        if trouble is None:
            return "shown"
        logger.warning("reply dropped", extra={"reason": str(trouble)})
        return "dropped"

    async def _follow(self) -> None:
        async for live in self.live.listen(self.frontend.platform):
            await self._progress(live)

    async def _progress(self, live: Live) -> None:
        if live.slot in self.finals:
            return  # the whole answer is on its way; a late fragment must not replace it
        try:
            ledger = await self.outbox.ledger(live.slot)
            await self.frontend.progress(live, ledger)
        except InfrastructureError:
            return
        except Exception:  # progress is a courtesy: its failure costs nothing
            logger.exception("progress failed")

    def _remember(self, slot: str) -> None:
        self.finals[slot] = None
        while len(self.finals) > REMEMBERED:
            self.finals.popitem(last=False)


def _backoff(attempt: int) -> float:
    return BACKOFF_S[min(attempt, len(BACKOFF_S)) - 1]
