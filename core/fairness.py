"""Turns at something scarce: who asks for much does not make the others wait for all of it.

Knows no store: this is fairness inside one process. The queue shares out jobs for the models.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class FairGate:
    """Lets ``width`` callers pass at a time; owners who wait take turns, one place each."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, owner: str) -> AsyncGenerator[None, None]:
        """Wait for a place and keep it while the context is open."""
        await self._enter(owner)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, owner: str) -> None:
        if self._free and not self._lines:
            self._free -= 1
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(owner, deque()).append(called)
        self._call()
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._leave()  # the place came together with the cancellation
            raise

    def _leave(self) -> None:
        self._free += 1
        self._call()

    def _call(self) -> None:
        """Give free places to the first of each line in turn; those who left are skipped."""
        while self._free and self._lines:
            owner, line = self._lines.popitem(last=False)
            called = line.popleft()
            if line:
                self._lines[owner] = line  # to the end: everybody else is first now
            if not called.done():
                self._free -= 1
                called.set_result(None)
