"""The connection that all Redis adapters share: scripts, retries, keys, encryption.

redis-py's own retry could turn one command into two, so it is off. What is sent here is either a
read or a script that may run twice without harm, and is repeated for a short while when the
connection breaks (a restarting Redis); after that, `StoreUnavailable` says so.

Names of chats and persons in keys are digests. They keep strange characters out and are no secret:
who knows an id can compute its digest.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, TypeVar

import redis.asyncio
import redis.exceptions
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from core.adapters.redis_address import (
    FollowingConnection,
    FollowingSSLConnection,
    directory_of,
)
from core.adapters.vault import DataKey, KeyCache, MasterKeys, unseal
from core.domain.errors import StoreUnavailable
from core.domain.messages import ChatRef, Person

T = TypeVar("T")

SHARD: Final = "s0"

PATIENCE_S: Final = 1.5
"""How long a broken connection is tried again: a server that restarts is back by then."""

ANSWER_S: Final = 10.0
"""How long a connected server may take to answer; longer than any wait for a bell."""

BELL_S: Final = 5.0
"""Longest sleep at a bell. Abandoned work rings none, so sleepers look around this often."""

NEW_KEY_S: Final = 172_800
"""How long the key of a case is kept that was not opened yet: longer than any album waits."""

_DURABLE: Final = frozenset({"accept", "complete", "album_add"})
"""Scripts after which a platform or a worker forgets what it handed over."""

_COPY_MS: Final = 2000

_MOVED: Final = (
    redis.exceptions.ReadOnlyError,
    redis.exceptions.MovedError,
    redis.exceptions.AskError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.MasterDownError,
)

PLUMBING_S: Final = 63_072_000
"""Life of keys that hold only counters, as in the scripts."""

_TROUBLE: Final = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    OSError,
)


@cache
def script(name: str) -> str:
    """Return a Lua script with the shared prelude before it."""
    folder = resources.files("core.adapters") / "lua"
    return (folder / "prelude.lua").read_text() + (folder / f"{name}.lua").read_text()


@cache
def script_sha(name: str) -> str:
    """Return the name by which Redis knows a script."""
    return hashlib.sha1(script(name).encode(), usedforsecurity=False).hexdigest()


def digest(*parts: str) -> str:
    """Return a name for keys, 32 hexadecimal digits, the same for the same parts."""
    whole = "\x00".join(parts).encode(errors="backslashreplace")
    return hashlib.sha256(whole).hexdigest()[:32]


def chat_digest(chat: ChatRef) -> str:
    """Name a chat in keys."""
    return digest("chat", chat.platform, chat.chat_id, chat.thread_id)


def person_digest(person: Person) -> str:
    """Name a person in keys."""
    return digest("person", person.platform, person.user_id)


MOST_CONNECTIONS: Final = 128
"""Of one process: commands under way at once, sleepers at bells and listeners included."""


def connect(url: str, *, password: str | None = None, shard: str = SHARD) -> redis.asyncio.Redis:
    """Make a client that does not repeat commands by itself. Nothing connects yet.

    Args:
        url: One server, or ``redis+sentinel://`` or ``redis+cluster://``, see `redis_address`.
        password: Where the URL has none.
        shard: Decides the node of a cluster.

    Raises:
        StoreUnavailable: The address is not one of a Redis.
    """
    usual: dict[str, Any] = {
        # A burst waits for a connection; the ordinary pool would refuse it.
        "max_connections": MOST_CONNECTIONS,
        "timeout": ANSWER_S,
        "retry": Retry(NoBackoff(), 0),
        "socket_connect_timeout": 3,
        "socket_timeout": ANSWER_S,
        "health_check_interval": 20,  # a listener notices a connection that died silently
        "protocol": 2,
    }
    blocking = redis.asyncio.BlockingConnectionPool
    try:
        directory = directory_of(url, password=password, prefix=_prefix(shard))
        if directory is None:
            return redis.asyncio.Redis.from_pool(blocking.from_url(url, password=password, **usual))
        following = FollowingSSLConnection if directory.tls else FollowingConnection
        usual |= directory.options
        return redis.asyncio.Redis.from_pool(
            blocking(connection_class=following, directory=directory, **usual)
        )
    except ValueError as error:
        raise StoreUnavailable(
            "The address of Redis must look like redis://host:6379/0, rediss://…, unix:///path, "
            "redis+sentinel://host:26379/master or redis+cluster://host:6379."
        ) from error


def _prefix(shard: str) -> str:
    return f"sk:{{{shard}}}:"


class RedisLink:
    """A client, the shard's prefix and the keys.

    Attributes:
        prefix: Starts every key; its hash tag keeps a shard on one node of a cluster.
        replicas: Copies that must hold what was accepted before it counts as stored. Redis
            replicates asynchronously: with 0 a failover may lose the newest messages.
    """

    def __init__(
        self,
        client: redis.asyncio.Redis,
        master: MasterKeys,
        *,
        shard: str = SHARD,
        replicas: int = 0,
    ) -> None:
        self.client: Any = client  # redis-py's stubs mix sync and async return types
        self.master = master
        self.prefix = _prefix(shard)
        self.replicas = replicas
        self.cache = KeyCache()

    def key(self, *parts: str) -> str:
        """Return a key of this shard."""
        return self.prefix + ":".join(parts)

    async def close(self) -> None:
        """Close all connections."""
        await self.client.aclose()

    async def call(self, do: Callable[[], Awaitable[T]]) -> T:
        """Run a command that may be repeated.

        Raises:
            StoreUnavailable: Redis did not answer for a while, or refused.
        """
        give_up_s, pause_s = time.monotonic() + PATIENCE_S, 0.05
        while True:
            try:
                return await do()
            except redis.exceptions.AuthenticationError as error:
                raise StoreUnavailable(f"Redis refused the password: {one_line(error)}") from error
            except (*_MOVED, *_TROUBLE) as error:
                if isinstance(error, _MOVED):
                    # After a failover these connections lead to the wrong node.
                    await self.client.connection_pool.disconnect(inuse_connections=False)
                if time.monotonic() + pause_s > give_up_s:
                    raise StoreUnavailable(f"Redis does not answer: {one_line(error)}") from error
                await asyncio.sleep(pause_s)
                pause_s *= 2
            except redis.exceptions.RedisError as error:
                # Out of memory, disk full, read-only: a script's first write is what is refused.
                raise StoreUnavailable(f"Redis refused: {one_line(error)}") from error

    async def run(self, name: str, *args: str | bytes | float) -> Any:
        """Run a script by name.

        Raises:
            StoreUnavailable: Redis did not answer for a while, or refused.
        """

        async def once() -> Any:
            try:
                return await self._script("EVALSHA", script_sha(name), name, args)
            except redis.exceptions.NoScriptError:
                return await self._script("EVAL", script(name), name, args)

        return await self.call(once)

    async def _script(
        self, command: str, body: str, name: str, args: Sequence[str | bytes | float]
    ) -> Any:
        """Run a script, and wait for its copies if it made something durable."""
        if not self.replicas or name not in _DURABLE:
            return await self.client.execute_command(command, body, 1, self.prefix, *args)
        async with self.client.pipeline(transaction=False) as pipe:
            pipe.execute_command(command, body, 1, self.prefix, *args)
            pipe.execute_command("WAIT", self.replicas, _COPY_MS)
            answer, copies = await pipe.execute()
        if copies < self.replicas:
            # It may be stored all the same: whoever asked again is told so as a duplicate is.
            raise StoreUnavailable(
                f"Only {copies} of {self.replicas} replicas hold it; it counts as not stored."
            )
        return answer

    async def data_key(self, case_id: str) -> DataKey | None:
        """Return a case's key, or None when the case is unknown or erased.

        Raises:
            RecordUnreadable: Its master key is not among ours.
        """
        cached = self.cache.get(case_id)
        if cached is not None:
            return cached
        wrapped = await self.call(lambda: self.client.get(self.key("key", case_id)))
        return None if wrapped is None else self._unwrap(case_id, wrapped)

    async def data_key_or_new(self, case_id: str) -> DataKey:
        """Return a case's key as it is now, making one for a case that is about to be opened.

        Photos are stored before their case is, and albums wait between: the key is durable first.
        """
        made = self.master.new_data_key()
        return self._unwrap(case_id, await self.run("new_key", case_id, made.wrapped, NEW_KEY_S))

    async def has_data_key(self, case_id: str) -> bool:
        """Return whether a case stands, or is about to be opened."""
        return bool(await self.call(lambda: self.client.exists(self.key("key", case_id))))

    def _unwrap(self, case_id: str, wrapped: bytes) -> DataKey:
        key = self.master.unwrap(wrapped.decode())
        self.cache.put(case_id, key)
        return key

    async def open_record(self, case_id: str, sealed: bytes, name: str) -> bytes | None:
        """Decrypt a record of a case (``""``: of no case); None when the case was erased.

        Raises:
            RecordUnreadable: It was written with another key.
        """
        if not case_id:
            return self.master.unseal(sealed, name)
        key = await self.data_key(case_id)
        return None if key is None else unseal(key.plain, sealed, name)

    async def ring_wait(self, bell: str, wait_s: float) -> None:
        """Sleep until a bell rings, at most ``wait_s`` and at most `BELL_S`.

        A lost ring costs only that time.
        """
        key, timeout_s = self.key(bell), max(0.01, min(wait_s, BELL_S))
        await self.call(lambda: self.client.blpop([key], timeout=timeout_s))


def one_line(error: BaseException) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
