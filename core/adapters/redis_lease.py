"""Leases of claimed jobs, kept alive from a thread of their own."""

import threading
from collections.abc import Sequence
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.adapters.redis_address import SYNC_TWINS
from core.adapters.redis_link import RedisLink, script
from core.domain.jobs import Lease

_KEPT: Final = (
    "host",
    "port",
    "db",
    "path",
    "username",
    "password",
    "credential_provider",
    "protocol",
    "directory",
)

STOP_S: Final = 1.0


class RedisHold:
    """One lease as its worker sees it; flags are set by the heartbeat thread."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self._cancelled = threading.Event()
        self._lost = threading.Event()
        if lease.cancelled:
            self._cancelled.set()

    def cancelled(self) -> bool:
        """Return whether Stop was pressed."""
        return self._cancelled.is_set()

    def lost(self) -> bool:
        """Return whether the lease is gone."""
        return self._lost.is_set()

    def learn(self, state: bytes) -> None:
        """Take note of what the heartbeat found."""
        if state == b"cancel":
            self._cancelled.set()
        elif state == b"lost":
            self._lost.set()


class Heart(threading.Thread):
    """Renews leases at a steady beat over its own connection."""

    def __init__(self, link: RedisLink, holds: Sequence[RedisHold], beat_s: float) -> None:
        super().__init__(name="lease-heartbeat", daemon=True)
        self._pool = link.client.connection_pool
        self._prefix = link.prefix
        self._holds = holds
        self._beat_s = beat_s
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the thread, without waiting long for a Redis that hangs; a late beat is harmless."""
        self._stopped.set()
        self.join(STOP_S)

    def run(self) -> None:
        """Beat until stopped. A Redis that is away is asked again at the next beat."""
        client = sync_twin(self._pool)
        try:
            while not self._stopped.wait(self._beat_s):
                self._beat(client)
        finally:
            client.close()

    def _beat(self, client: "redis.Redis") -> None:
        held = [hold for hold in self._holds if not hold.lost()]
        if not held:
            return
        args: list[str] = [held[0].lease.worker]
        for hold in held:
            args += [hold.lease.job.id, str(hold.lease.attempt)]
        try:
            states: Any = client.eval(script("beat"), 1, self._prefix, *args)
        except (redis.exceptions.RedisError, OSError):
            return
        for hold, state in zip(held, states, strict=True):
            hold.learn(state)


def sync_twin(pool: Any) -> "redis.Redis":
    """Return a blocking client to the same server, TLS and all.

    An event loop's connection cannot serve a thread.
    """
    options = {
        name: value
        for name, value in pool.connection_kwargs.items()
        if value is not None and (name in _KEPT or name.startswith("ssl_"))
    }
    # The classes of both worlds share their names, but for ours.
    kind = SYNC_TWINS.get(pool.connection_class) or getattr(
        redis.connection, pool.connection_class.__name__
    )
    return redis.Redis.from_pool(
        redis.ConnectionPool(
            connection_class=kind,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=3,
            socket_connect_timeout=3,
            **options,
        )
    )
