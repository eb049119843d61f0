"""What a frontend needs before it can serve may not be there yet: it waits."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from core.domain.errors import StoreUnavailable

PAUSE_S: Final = 2.0
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


async def when_stored(do: Callable[[], Awaitable[_T]]) -> _T:
    """Do something that reads the store, again and again until the store answers.

    A process that was started while Redis restarts must not end: nobody may be there to start it
    once more.
    """
    while True:
        try:
            return await do()
        except StoreUnavailable as error:
            _log.warning("not yet serving, next try in %.0f s: %s", PAUSE_S, error)
            await asyncio.sleep(PAUSE_S)
