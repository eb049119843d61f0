"""Which server holds our shard: one by name, a Sentinel's master, the owner of a cluster's slot.

All keys of a shard hash to one slot (`core.adapters.redis_link.RedisLink.prefix`), so one node at a
time holds everything that a script touches, on a cluster, too. An address is looked up for every
new connection, as redis-py's own Sentinel pool does; after a failover the old connections break or
answer READONLY or MOVED, and the next ones find the new master. So scripts, transactions, blocking
reads and subscriptions are the same on all three.

What is not promised here: Redis replicates asynchronously, so a failover may lose the last writes
unless ``replicas`` (see `RedisLink`) waits for copies.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

import redis
import redis.asyncio
from redis.asyncio.connection import Connection, SSLConnection
from redis.backoff import NoBackoff
from redis.connection import Connection as SyncConnection
from redis.connection import SSLConnection as SyncSSLConnection
from redis.crc import key_slot
from redis.retry import Retry

Kind = Literal["sentinel", "cluster"]

_ASK_S: Final = 3.0
_PORTS: Final[dict[Kind, int]] = {"sentinel": 26379, "cluster": 6379}


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Who knows the address.

    Attributes:
        kind: Sentinels, or nodes of a cluster.
        seeds: Whom to ask, in order; one that answers is enough.
        master: Name of the master that the Sentinels watch.
        slot: Hash slot of the shard.
        tls: Whether seeds and nodes speak TLS.
        options: Credentials for nodes; Sentinels have their own, and need none here.
    """

    kind: Kind
    seeds: tuple[tuple[str, int], ...]
    master: str
    slot: int
    tls: bool
    options: dict[str, Any]

    @property
    def question(self) -> tuple[str, ...]:
        """Return what to ask a seed."""
        if self.kind == "sentinel":
            return ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.master)
        return ("CLUSTER", "SLOTS")

    def answer(self, seed: tuple[str, int], said: Any) -> tuple[str, int] | None:
        """Return the address in a seed's answer; None when it does not know."""
        if self.kind == "sentinel":
            return None if not said else (_text(said[0]), int(said[1]))
        for first, last, node, *_ in said:
            if first <= self.slot <= last:
                # A node that does not know its own name means: the one that you asked.
                return (_text(node[0]) or seed[0], int(node[1]))
        return None

    @property
    def asking(self) -> dict[str, Any]:
        """Return options of the connection to a seed."""
        secret = ("username", "password")
        kept = {k: v for k, v in self.options.items() if self.kind == "cluster" or k not in secret}
        return {
            **kept,
            "ssl": self.tls,
            "protocol": 2,
            "socket_timeout": _ASK_S,
            "socket_connect_timeout": _ASK_S,
            "retry": Retry(NoBackoff(), 0),
        }

    def nobody(self) -> redis.exceptions.ConnectionError:
        """Return the error when no seed knows."""
        names = ", ".join(f"{host}:{port}" for host, port in self.seeds)
        whose = f"master {self.master!r}" if self.kind == "sentinel" else f"slot {self.slot}"
        return redis.exceptions.ConnectionError(f"none of {names} knows the {whose}")


async def found(directory: Directory) -> tuple[str, int]:
    """Return the address of our shard now.

    Raises:
        redis.exceptions.ConnectionError: Nobody knows.
    """
    for seed in directory.seeds:
        client: Any = redis.asyncio.Redis(host=seed[0], port=seed[1], **directory.asking)
        try:
            said = await client.execute_command(*directory.question)
        except (redis.exceptions.RedisError, OSError):
            continue
        finally:
            await client.aclose()
        if (address := directory.answer(seed, said)) is not None:
            return address
    raise directory.nobody()


def found_now(directory: Directory) -> tuple[str, int]:
    """Return the same, for a thread.

    Raises:
        redis.exceptions.ConnectionError: Nobody knows.
    """
    for seed in directory.seeds:
        made: Any = redis.Redis(host=seed[0], port=seed[1], **directory.asking)
        with made as client:
            try:
                said = client.execute_command(*directory.question)
            except (redis.exceptions.RedisError, OSError):
                continue
        if (address := directory.answer(seed, said)) is not None:
            return address
    raise directory.nobody()


class _Following:
    """Looks its address up before it connects."""

    host: str
    port: int

    def __init__(self, *, directory: Directory, **options: Any) -> None:
        super().__init__(**options)
        self.directory = directory

    async def _connect(self) -> None:
        self.host, self.port = await found(self.directory)
        await super()._connect()  # type: ignore[misc]  # of the connection mixed in


class FollowingConnection(_Following, Connection):
    """A plain connection to wherever the shard is."""


class FollowingSSLConnection(_Following, SSLConnection):
    """The same over TLS."""


class _FollowingNow:
    """The same for a thread."""

    host: str
    port: int

    def __init__(self, *, directory: Directory, **options: Any) -> None:
        super().__init__(**options)
        self.directory = directory

    def _connect(self) -> Any:
        self.host, self.port = found_now(self.directory)
        return super()._connect()  # type: ignore[misc]  # of the connection mixed in


class SyncFollowingConnection(_FollowingNow, SyncConnection):
    """A plain connection to wherever the shard is."""


class SyncFollowingSSLConnection(_FollowingNow, SyncSSLConnection):
    """The same over TLS."""


SYNC_TWINS: Final = {
    FollowingConnection: SyncFollowingConnection,
    FollowingSSLConnection: SyncFollowingSSLConnection,
}


def directory_of(url: str, *, password: str | None, prefix: str) -> Directory | None:
    """Read ``redis+sentinel://[user:password@]host:port,…/master`` or ``redis+cluster://host,…``.

    ``rediss+…`` means TLS. Returns None for any other address, which names its server itself.

    Args:
        url: Of the setting ``REDIS_URL``.
        password: Where the URL has none.
        prefix: Starts every key; its hash tag decides the slot.

    Raises:
        ValueError: No host, a port that is none, or no master.
    """
    parts = urlsplit(url)
    scheme, _, kind = parts.scheme.partition("+")
    if scheme not in {"redis", "rediss"} or kind not in _PORTS:
        return None
    chosen: Kind = "sentinel" if kind == "sentinel" else "cluster"
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, secret = credentials.partition(":")
    master = parts.path.strip("/")
    if chosen == "sentinel" and not master:
        raise ValueError("the address of Sentinels ends in the name of their master")
    options: dict[str, Any] = {}
    if user:
        options["username"] = unquote(user)
    if secret or password:
        options["password"] = unquote(secret) or password
    return Directory(
        kind=chosen,
        seeds=tuple(_seed(host, _PORTS[chosen]) for host in hosts.split(",")),
        master=master,
        slot=key_slot(prefix.encode()),
        tls=scheme == "rediss",
        options=options,
    )


def _seed(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("an address without a host")
    return parts.hostname, parts.port or port


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
