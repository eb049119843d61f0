"""Work that goes on after an event was acknowledged."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from bots.slack_bot.trouble import ERRORS, sort

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Chores:
    """Runs small tasks next to the connection, and ends with it."""

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Say in which group tasks run."""
        self._group = group

    def end(self) -> None:
        """Start no more tasks."""
        self._group = None

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Start a task; outside `begin` and `end` it is dropped, for the next start to repeat."""
        if self._group is None:
            work.close()
            return
        self._group.create_task(_quietly(work, name), name=name)

    async def within(self, work: Coroutine[Any, Any, T], patience_s: float) -> T:
        """Wait for work, but no longer than ``patience_s``; after that it goes on alone.

        Raises:
            TimeoutError: It is not done yet.
        """
        if self._group is None:
            async with asyncio.timeout(patience_s):
                return await work
        task = self._group.create_task(_kept(work), name="a durable step")
        done, _ = await asyncio.wait({task}, timeout=patience_s)
        if not done:
            _log.warning("a durable step takes long; Slack will deliver again")
            raise TimeoutError
        outcome = task.result()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


async def _kept(work: Coroutine[Any, Any, T]) -> T | Exception:
    """Return what went wrong instead of raising it: a failed step must not end the group."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001, it is raised where the step is waited for
        return error


async def _quietly(work: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await work
    except ERRORS as error:
        _log.warning("%s failed: %s", name, sort(error).code)
    except Exception:  # noqa: BLE001, the frontend's top handler
        # One failed courtesy must not end the frontend.
        _log.exception("%s failed", name)
