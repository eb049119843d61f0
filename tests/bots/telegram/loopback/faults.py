"""Failures to order, by method."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "lost",  # carried out, then the connection breaks
    "dropped",  # the connection breaks and nothing was done
    "bad_gateway",  # 502, nothing was done
    "refused",  # 400, nothing was done
    "flood",  # 429 with ``seconds``
    "conflict",  # 409
    "late",  # the connection breaks at once, and it is carried out after `Faults.release`
    "hang",  # no answer until `Faults.release`
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One failure.

    Attributes:
        kind: What happens.
        seconds: ``retry_after`` of a flood.
        chat_id: Only calls for this chat; None hits any.
    """

    kind: Kind
    seconds: int = 1
    chat_id: int | None = None


class Faults:
    """Failures that wait for their call."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._released = asyncio.Event()

    def add(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method fail, one fault each."""
        self._waiting[method].extend(faults)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """Return the fault for a call that came in now."""
        waiting = self._waiting[method]
        if not waiting or waiting[0].chat_id not in {None, chat_id}:
            return None
        return waiting.popleft()

    def pending(self, method: str = "") -> int:
        """Return how many faults no call has met yet, of one method or of all."""
        if method:
            return len(self._waiting[method])
        return sum(len(waiting) for waiting in self._waiting.values())

    def release(self) -> None:
        """Let everything go on that hangs or is late."""
        self._released.set()
        self._released = asyncio.Event()

    async def released(self) -> None:
        """Wait for the next `release`."""
        await self._released.wait()
