"""Draws pictures one by one for whoever asks, and all of them together.

Each request is a coroutine of its own; on the model thread they share an easel. A new one joins
between two steps, a finished or stopped one leaves, and text passes in between.
"""

import asyncio
import logging
from asyncio import wrap_future
from collections import deque
from concurrent.futures import Future
from threading import Lock

from workers.batching import ModelThread, describe
from workers.generators import DrawingStopped, Drawn, DrawRequest, Generator
from workers.generators.support.easel import easel_of

logger = logging.getLogger(__name__)

_Ticket = tuple[DrawRequest, "Future[Drawn | Exception]"]


class Studio:
    """One generator, its easel, and the line in front of it."""

    def __init__(self, generator: Generator, thread: ModelThread, places: int = 4) -> None:
        """Draw at most ``places`` pictures in one pass."""
        self.generator = generator
        self.places = places
        self.thread = thread
        self._easel = easel_of(generator)
        self._line: deque[_Ticket] = deque()
        self._seated: dict[DrawRequest, Future[Drawn | Exception]] = {}
        self._lock = Lock()
        self._drawing = False
        self._asked = 0
        self._freed = asyncio.Event()

    async def draw(self, request: DrawRequest) -> Drawn | Exception:
        """Draw one picture, in whatever company there is; its failure is returned, not raised."""
        future: Future[Drawn | Exception] = Future()
        self._asked += 1
        with self._lock:
            self._line.append((request, future))
            begin, self._drawing = not self._drawing, True
        if begin:
            self.thread.post(self._turn, urgent=False)
        try:
            return await wrap_future(future)
        finally:
            self._asked -= 1
            self._freed.set()

    async def room(self) -> int:
        """Wait until a place is free; returns how many are."""
        while self._asked >= self.places:
            self._freed.clear()
            await self._freed.wait()
        return self.places - self._asked

    def _turn(self) -> None:
        """Take one step; runs on the model thread, which may do other work before the next."""
        try:
            self._seat()
            ended = self._easel.step() if len(self._easel) else []
        except Exception as error:  # noqa: BLE001 - an easel that breaks breaks for those on it only
            logger.error("easel broken", extra=describe(error))  # noqa: TRY400 - the message may quote a record
            ended = [(request, error) for request in self._seated]
            self._easel = easel_of(self.generator)
        for request, outcome in ended:
            self._seated.pop(request).set_result(outcome)
        with self._lock:
            self._drawing = bool(self._line or self._seated)
        if self._drawing:
            self.thread.post(self._turn, urgent=False)

    def _seat(self) -> None:
        """Let those who wait join while there are places; who has gone is let go."""
        with self._lock:
            waiting, self._line = self._line, deque()
            for request, future in waiting:
                stopped = request.stop()
                if not stopped and len(self._seated) >= self.places:
                    self._line.append((request, future))
                elif future.set_running_or_notify_cancel():
                    if stopped:
                        future.set_result(DrawingStopped())
                    else:
                        self._seated[request] = future
                        self._easel.join(request)
