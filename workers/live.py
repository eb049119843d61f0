"""Answers in the making, told a few times a second."""

import asyncio
import logging
from asyncio import to_thread
from collections.abc import Callable
from typing import Final

from core.domain.errors import StoreUnavailable
from core.domain.jobs import AnswerJob, Job
from core.domain.replies import Live
from core.ports import LiveText

logger = logging.getLogger(__name__)

EVERY_S: Final = 0.2


class Typist:
    """Collects text from the model's thread and publishes the newest of each slot.

    A token costs a dictionary entry, never a round trip; what was overtaken is never sent.
    """

    def __init__(self, live: LiveText, every_s: float = EVERY_S) -> None:
        """Publish to ``live`` every ``every_s`` seconds at most."""
        self._live = live
        self._every_s = every_s
        self._newest: dict[str, Live | Callable[[], Live]] = {}

    def writer(self, job: AnswerJob) -> Callable[[str], None]:
        """Return what a model calls with the text so far; safe on any thread."""

        def write(text: str) -> None:
            self._newest[job.slot] = Live(slot=job.slot, chat=job.chat, text=text)

        return write

    def later(self, slot: str, compose: Callable[[], Live]) -> None:
        """Take note of something that is composed only when its time has come, off the loop."""
        self._newest[slot] = compose

    def forget(self, job: Job) -> None:
        """Drop what was not published yet; the final reply is on its way."""
        self._newest.pop(job.slot, None)

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            newest, self._newest = self._newest, {}
            # The model's thread may still hold the old dictionary for one write: read a copy.
            for live in list(newest.values()):
                await self._publish(live if isinstance(live, Live) else await to_thread(live))

    async def _publish(self, live: Live) -> None:
        try:
            await self._live.publish(live)
        except StoreUnavailable:
            logger.debug("live text dropped", extra={"slot": live.slot})
