"""All adapters of one process over one Redis and one folder; used by composition roots."""

from dataclasses import dataclass
from pathlib import Path

from core.adapters.file_blobs import FileBlobs
from core.adapters.redis_cases import Limits, RedisCases
from core.adapters.redis_extras import (
    RedisAlbums,
    RedisBoard,
    RedisDrawer,
    RedisLiveText,
    RedisThrottle,
    SystemClock,
)
from core.adapters.redis_jobs import LeasePolicy, RedisJobs
from core.adapters.redis_link import RedisLink, connect
from core.adapters.redis_outbox import RedisOutbox
from core.adapters.vault import MasterKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The adapters of every port, sharing one client."""

    link: RedisLink
    cases: RedisCases
    blobs: FileBlobs
    jobs: RedisJobs
    albums: RedisAlbums
    outbox: RedisOutbox
    live: RedisLiveText
    board: RedisBoard
    drawer: RedisDrawer
    throttle: RedisThrottle
    clock: SystemClock

    async def close(self) -> None:
        """Close the connections."""
        await self.link.close()


def assemble(
    url: str,
    *,
    password: str | None,
    master: MasterKeys,
    folder: Path,
    limits: Limits,
    leases: LeasePolicy,
) -> Stores:
    """Build the adapters; nothing connects before their first use.

    Args:
        url: Of the Redis or Valkey server.
        password: Its password, where the URL has none.
        master: Keys that wrap the cases' data keys.
        folder: Where blobs are kept.
        limits: Bounds of what is stored.
        leases: When a claimed job counts as abandoned.
    """
    link = RedisLink(connect(url, password=password), master)
    return Stores(
        link=link,
        cases=RedisCases(link, limits),
        blobs=FileBlobs(folder, link),
        jobs=RedisJobs(link, leases),
        albums=RedisAlbums(link),
        outbox=RedisOutbox(link, ledger_ttl_s=limits.retention_s),
        live=RedisLiveText(link),
        board=RedisBoard(link, ttl_s=limits.retention_s),
        drawer=RedisDrawer(link),
        throttle=RedisThrottle(link),
        clock=SystemClock(),
    )
