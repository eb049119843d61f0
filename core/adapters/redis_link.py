"""The connection that all Redis adapters share: scripts, retries, keys, encryption.

redis-py's own retry could turn one command into two, so it is off. What is sent here is either a
read or a script that may run twice without harm, and is repeated for a short while when the
connection breaks (a restarting Redis); after that, `StoreUnavailable` says so.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from importlib import resources
from typing import Any, Final, TypeVar

import redis.asyncio
import redis.exceptions
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from core.adapters.vault import DataKey, KeyCache, MasterKeys, unseal
from core.domain.errors import StoreUnavailable
from core.domain.messages import ChatRef, Person

T = TypeVar("T")

RETRY_PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
_TROUBLE: Final = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    redis.exceptions.BusyLoadingError,
    OSError,
)


@cache
def script(name: str) -> str:
    """Return a Lua script with the shared prelude before it."""
    folder = resources.files("core.adapters") / "lua"
    return (folder / "prelude.lua").read_text() + (folder / f"{name}.lua").read_text()


def digest(*parts: str) -> str:
    """Return a name for keys that tells nothing of its parts and holds no strange character."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]


def chat_digest(chat: ChatRef) -> str:
    """Name a chat in keys."""
    return digest("chat", chat.platform, chat.chat_id, chat.thread_id)


def person_digest(person: Person) -> str:
    """Name a person in keys."""
    return digest("person", person.platform, person.user_id)


def connect(url: str, *, password: str | None = None) -> redis.asyncio.Redis:
    """Make a client that does not repeat commands by itself. Nothing connects yet."""
    return redis.asyncio.Redis.from_url(
        url,
        password=password,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=3,
        socket_timeout=30,
        health_check_interval=0,
        protocol=2,
    )


class RedisLink:
    """A client, the shard's prefix and the keys.

    Attributes:
        prefix: Starts every key; its hash tag keeps a shard on one node of a cluster.
    """

    def __init__(
        self, client: redis.asyncio.Redis, master: MasterKeys, *, shard: str = "s0"
    ) -> None:
        self.client: Any = client  # redis-py's stubs mix sync and async return types
        self.master = master
        self.prefix = f"sk:{{{shard}}}:"
        self.cache = KeyCache()

    def key(self, *parts: str) -> str:
        """Return a key of this shard."""
        return self.prefix + ":".join(parts)

    async def call(self, do: Callable[[], Awaitable[T]]) -> T:
        """Run a command that may be repeated.

        Raises:
            StoreUnavailable: Redis did not answer for about a second and a half, or refused.
        """
        for pause in (*RETRY_PAUSES_S, None):
            try:
                return await do()
            except _TROUBLE as error:
                if pause is None:
                    raise StoreUnavailable(f"Redis does not answer: {error}") from error
                await asyncio.sleep(pause)
            except redis.exceptions.RedisError as error:
                # OOM, MISCONF (disk full), READONLY: the script did not write anything.
                raise StoreUnavailable(f"Redis refused: {error}") from error
        raise AssertionError  # pragma: no cover - the loop returns or raises

    async def run(self, name: str, *args: str | bytes | float) -> Any:
        """Run a script by name."""
        text = script(name)
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

        async def once() -> Any:
            try:
                return await self.client.evalsha(sha, 1, self.prefix, *args)
            except redis.exceptions.NoScriptError:
                return await self.client.eval(text, 1, self.prefix, *args)

        return await self.call(once)

    async def data_key(self, case_id: str) -> DataKey | None:
        """Return a case's key, or None when the case is unknown or erased."""
        cached = self.cache.get(case_id)
        if cached is not None:
            return cached
        wrapped = await self.call(lambda: self.client.hget(self.key("case", case_id), "dek"))
        if wrapped is None:
            return None
        key = self.master.unwrap(wrapped.decode())
        self.cache.put(case_id, key)
        return key

    async def data_key_or_new(self, case_id: str) -> DataKey:
        """Return a case's key, making one for a case that is about to be opened.

        Photos are stored before the case is, so the new key is kept for a day under a name of its
        own; the script that opens the case takes it over.
        """
        key = await self.data_key(case_id)
        if key is not None:
            return key
        name, made = self.key("newdek", case_id), self.master.new_data_key()
        await self.call(lambda: self.client.set(name, made.wrapped, nx=True, ex=86_400))
        wrapped = await self.call(lambda: self.client.get(name))
        key = made if wrapped is None else self.master.unwrap(wrapped.decode())
        self.cache.put(case_id, key)
        return key

    async def open_record(self, case_id: str, sealed: bytes, name: str) -> bytes | None:
        """Decrypt a record of a case (``""``: of no case); None when the case was erased."""
        if not case_id:
            return self.master.unseal(sealed, name)
        key = await self.data_key(case_id)
        return None if key is None else unseal(key.plain, sealed, name)

    async def ring_wait(self, bell: str, wait_s: float) -> None:
        """Sleep until a bell rings, at most ``wait_s``. A lost ring costs only that time."""
        if wait_s <= 0:
            return
        key = self.key(bell)
        await self.call(lambda: self.client.blpop([key], timeout=max(wait_s, 0.01)))
