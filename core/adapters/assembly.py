"""All adapters of one process over one Redis and one folder; used by composition roots."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.adapters.embedded_redis import EmbeddedRedis
from core.adapters.file_blobs import FileBlobs
from core.adapters.key_file import open_master_keys
from core.adapters.redis_cases import Limits, RedisCases
from core.adapters.redis_dead import RedisDeadLetters
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
from core.adapters.redis_register import RedisRegister
from core.adapters.redis_shredder import RedisShredder
from core.domain.errors import StoreUnavailable

_log = logging.getLogger(__name__)

START_TRIES: Final = 8
"""How often a server that does not answer is asked before the process gives up."""

START_PAUSE_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The adapters of every port, sharing one client."""

    link: RedisLink
    cases: RedisCases
    blobs: FileBlobs
    jobs: RedisJobs
    dead: RedisDeadLetters
    albums: RedisAlbums
    outbox: RedisOutbox
    live: RedisLiveText
    board: RedisBoard
    drawer: RedisDrawer
    throttle: RedisThrottle
    shredder: RedisShredder
    register: RedisRegister
    clock: SystemClock

    async def close(self) -> None:
        """Close the connections."""
        await self.link.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the stores are.

    Attributes:
        url: Of the Redis or Valkey server; None runs an embedded one in ``folder``.
        password: Its password, where the URL has none.
        keys: Master keys as text; None keeps a key file in ``folder``.
        folder: Data folder: blobs, the embedded server, the key file.
        replicas: Copies that must hold a message before it counts as stored.
    """

    url: str | None
    password: str | None
    keys: str | None
    folder: Path
    replicas: int = 0


@asynccontextmanager
async def redis_at(place: Place) -> AsyncGenerator[str, None]:
    """Give the URL of the configured server, or of an embedded one for as long as it is needed.

    Raises:
        StoreUnavailable: The embedded server cannot run.
    """
    if place.url is not None:
        yield place.url
        return
    async with EmbeddedRedis(place.folder / "redis") as url:
        yield url


@asynccontextmanager
async def open_stores(
    place: Place, *, limits: Limits, leases: LeasePolicy
) -> AsyncGenerator[Stores, None]:
    """Build the adapters and wait until the server answers.

    Raises:
        StoreUnavailable: The server does not answer, or there is no master key.
    """
    async with redis_at(place) as url:
        master = open_master_keys(place.keys, place.folder)
        client = connect(url, password=place.password)
        link = RedisLink(client, master, replicas=place.replicas)
        stores = assemble(link, folder=place.folder / "blobs", limits=limits, leases=leases)
        try:
            await _until_answers(link)
            yield stores
        finally:
            await stores.close()


async def _until_answers(link: RedisLink) -> None:
    for tries_left in reversed(range(START_TRIES)):
        try:
            await link.call(link.client.ping)
        except StoreUnavailable as error:
            if not tries_left:
                raise StoreUnavailable(
                    f"{error} Start it, or correct REDIS_URL; without REDIS_URL an embedded "
                    "server is used."
                ) from error
            _log.warning("waiting for redis", extra={"error": str(error)})
            await asyncio.sleep(START_PAUSE_S)
        else:
            return


def assemble(link: RedisLink, *, folder: Path, limits: Limits, leases: LeasePolicy) -> Stores:
    """Build the adapters; nothing connects before their first use.

    Args:
        link: The connection and the keys.
        folder: Where blobs are kept.
        limits: Bounds of what is stored.
        leases: When a claimed job counts as abandoned.
    """
    return Stores(
        link=link,
        cases=RedisCases(link, limits),
        blobs=FileBlobs(folder, link),
        jobs=RedisJobs(link, leases),
        dead=RedisDeadLetters(link),
        albums=RedisAlbums(link, lease_s=leases.delivery_s),
        outbox=RedisOutbox(link, lease_s=leases.delivery_s, ledger_ttl_s=limits.retention_s),
        live=RedisLiveText(link),
        board=RedisBoard(link, ttl_s=limits.retention_s),
        drawer=RedisDrawer(link),
        throttle=RedisThrottle(link),
        shredder=RedisShredder(link),
        register=RedisRegister(link),
        clock=SystemClock(),
    )
