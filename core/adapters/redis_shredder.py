"""Erasure that holds for the server's log, too.

Redis appends every command to a file: what was deleted stays there, wrapped keys and all, until the
file is rewritten. Erasures are counted (`erased` in the scripts); here the file is rewritten soon
after one, for many of them at once.

Not known here: replicas, snapshots and backups, which docs/privacy.md is about.
"""

import asyncio
import logging
from typing import Any, Final

import redis.exceptions

from core.adapters.redis_link import RedisLink
from core.domain.errors import StoreUnavailable

_log = logging.getLogger(__name__)

PAUSE_S: Final = 60.0
"""Least time between two rewrites."""

REWRITE_S: Final = 600.0
"""How long a rewrite may take before it is asked for anew."""

_LOOK_S: Final = 0.25


class RedisShredder:
    """Rewrites the append-only file after erasures."""

    def __init__(self, link: RedisLink, *, pause_s: float = PAUSE_S) -> None:
        self._link = link
        self._pause_ms = int(pause_s * 1000)

    async def shred(self) -> bool:
        """Rewrite the file if something was erased and it is time; True when that is done.

        Raises:
            StoreUnavailable: The server does not answer, or refuses; it is tried again later.
        """
        newest = await self._link.run("shred_due", self._pause_ms)
        if not newest:
            return False
        if await self._keeps_a_log():
            await self._rewrite()
        await self._link.run("shred_done", newest)
        return True

    async def _persistence(self) -> dict[str, Any]:
        info: dict[str, Any] = await self._link.call(lambda: self._link.client.info("persistence"))
        return info

    async def _keeps_a_log(self) -> bool:
        return bool((await self._persistence()).get("aof_enabled"))

    async def _rewrite(self) -> None:
        """Have the file rewritten, from a moment after the erasure on, and wait for it."""
        try:
            async with asyncio.timeout(REWRITE_S):
                # One that began before the erasure may still hold it.
                await self._idle()
                await self._link.client.bgrewriteaof()
                state = await self._idle()
        except TimeoutError as error:
            raise StoreUnavailable("The append-only file is not rewritten in time.") from error
        except (redis.exceptions.RedisError, OSError) as error:
            raise StoreUnavailable(
                "The append-only file could not be rewritten; erased records stay in it, "
                f"unreadable without the master key: {error}"
            ) from error
        if state.get("aof_last_bgrewrite_status") != "ok":
            raise StoreUnavailable("The append-only file could not be rewritten; see Redis's log.")

    async def _idle(self) -> dict[str, Any]:
        while True:
            state = await self._persistence()
            if not (state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"]):
                return state
            await asyncio.sleep(_LOOK_S)
