"""Work that goes on after an event was acknowledged."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bots.slack_bot.trouble import ERRORS, sort

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


async def _quietly(work: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await work
    except ERRORS as error:
        _log.warning("%s failed: %s", name, sort(error).code)
    except Exception:  # noqa: BLE001, the frontend's top handler
        # One failed courtesy must not end the frontend.
        _log.exception("%s failed", name)
