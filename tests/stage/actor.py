"""A process of the product, started as an operator starts it."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
GRACE_S = 30.0
_OURS = ("SKINGEN_", "REDIS_")


@dataclass
class Actor:
    """One process and its log.

    Attributes:
        name: What schedules and reports call it.
        command: Arguments for Python: ``-m``, a module, its arguments.
        settings: Environment variables; nothing of ours is inherited.
        log: Where its standard error goes, over all its lives.
        lives: How often it was started.
    """

    name: str
    command: tuple[str, ...]
    settings: dict[str, str]
    log: Path
    lives: int = 0
    process: asyncio.subprocess.Process | None = None
    frozen: bool = False
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> None:
        """Start it, unless it runs; it is not waited for."""
        async with self.starting:
            if not self.alive:
                await self._start()

    async def _start(self) -> None:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        self.lives += 1
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.command,
                cwd=ROOT,
                env=inherited | self.settings,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.returncode is None

    @property
    def status(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self.process is None else self.process.returncode

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()
        self.frozen = False

    async def stop(self) -> int:
        """Ask it to end in good order; returns its exit status."""
        if self.process is None:
            return 0
        if self.process.returncode is None:
            self.process.terminate()
        try:
            async with asyncio.timeout(GRACE_S):
                return await self.process.wait()
        except TimeoutError:
            await self.kill()
            return -signal.SIGKILL

    def freeze(self) -> None:
        """Let it hold everything and do nothing."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGSTOP)
            self.frozen = True

    def thaw(self) -> None:
        """Let it go on, as if no time had passed."""
        if self.process is not None and self.process.returncode is None and self.frozen:
            self.process.send_signal(signal.SIGCONT)
        self.frozen = False

    def usage(self) -> dict[str, int]:
        """Return resident memory in KiB, open descriptors and threads, children not counted."""
        if self.process is None or self.process.returncode is not None:
            return {}
        one = psutil.Process(self.process.pid)
        with one.oneshot():
            return {
                "rss_kib": one.memory_info().rss // 1024,
                "descriptors": one.num_fds(),
                "threads": one.num_threads(),
            }
