"""Carries out what the schedule says."""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import redis.exceptions

from tests.bots.slack.loopback import Fault as SlackFault
from tests.bots.telegram.loopback import Fault as TelegramFault
from tests.faults.harness.crowd import Crowd
from tests.faults.harness.schedule import Strike
from tests.stage.theatre import Theatre

MOST_PENDING = 3
"""Failures of a method that may wait for its next calls: one that is seldom called would else fail
dozens of times in a row."""
DOWN_S = 0.3
"""How long a killed process stays away."""


@dataclass
class Strikes:
    """The faults of one run.

    Attributes:
        stage: What they hit.
        disk: Mount point of a small disk with Redis on it; None where none could be mounted.
        done: How often each kind struck.
        kills: How often a process was killed.
        left_out: Kinds that this machine cannot do.
    """

    stage: Theatre
    disk: Path | None = None
    done: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    left_out: set[str] = field(default_factory=set)
    at_redis: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, schedule: Sequence[Strike], crowd: Crowd) -> None:
        """Strike whenever the crowd has sent enough; long faults overlap."""
        async with asyncio.TaskGroup() as group:
            for strike in schedule:
                while crowd.sent < strike.turn:
                    crowd.progress.clear()
                    await crowd.progress.wait()
                group.create_task(self._strike(strike))

    async def _strike(self, strike: Strike) -> None:
        struck = await getattr(self, f"_{strike.kind}")(strike)
        self.done["left out: others wait" if struck is False else strike.kind] += 1

    async def _kill(self, strike: Strike) -> None:
        self.kills += 1
        if strike.target == "redis":
            await self._redis_again(kill=True)
            return
        actor = self.stage.actors[strike.target]
        await actor.kill()
        await asyncio.sleep(DOWN_S)
        if not actor.alive:
            await actor.start()

    async def _restart_redis(self, strike: Strike) -> None:
        await self._redis_again(kill=False)

    async def _redis_again(self, *, kill: bool) -> None:
        async with self.at_redis:
            server = self.stage.redis
            await asyncio.to_thread(server.kill if kill else server.stop)
            await asyncio.sleep(DOWN_S)
            await self._start_redis()

    async def _start_redis(self) -> None:
        try:
            await asyncio.to_thread(self.stage.redis.start)
        except AssertionError:
            self.done["redis did not start"] += 1  # such as on a full disk; it is tried again

    async def keep_redis(self) -> None:
        """Start Redis again when it ended by itself, as any supervisor does; for ever."""
        while True:
            await asyncio.sleep(1.0)
            async with self.at_redis:
                if not self.stage.redis.alive:
                    self.done["redis ended by itself"] += 1
                    await self._start_redis()

    async def _freeze(self, strike: Strike) -> None:
        if strike.target == "redis":
            self.stage.redis.freeze()
            await asyncio.sleep(strike.seconds)
            self.stage.redis.thaw()
            return
        actor = self.stage.actors[strike.target]
        actor.freeze()
        await asyncio.sleep(strike.seconds)
        actor.thaw()

    async def _cut(self, strike: Strike) -> None:
        self.stage.wires[strike.target].cut()

    async def _slow(self, strike: Strike) -> None:
        wire = self.stage.wires[strike.target]
        wire.delay_s = 0.2
        await asyncio.sleep(strike.seconds)
        wire.delay_s = 0.0

    async def _block(self, strike: Strike) -> None:
        wire = self.stage.wires[strike.target]
        wire.blocked = True
        wire.cut()
        await asyncio.sleep(strike.seconds)
        wire.blocked = False

    async def _telegram(self, strike: Strike) -> bool:
        faults = self.stage.api.faults
        if room := faults.pending(strike.target) < MOST_PENDING:
            faults.add(strike.target, TelegramFault(kind=strike.detail))  # type: ignore[arg-type]
        return room

    async def _slack(self, strike: Strike) -> bool:
        slack = self.stage.slack
        if room := slack.pending(strike.target) < MOST_PENDING:
            slack.fail(strike.target, SlackFault(strike.detail))  # type: ignore[arg-type]
        return room

    async def _replay(self, strike: Strike) -> None:
        if strike.target == "telegram":
            self.stage.api.replay()
            return
        self.stage.slack.links.twice = True
        await asyncio.sleep(strike.seconds)
        self.stage.slack.links.twice = False

    async def _shuffle(self, strike: Strike) -> None:
        self.stage.api.shuffled = True
        await asyncio.sleep(strike.seconds)
        self.stage.api.shuffled = False

    async def _clock(self, strike: Strike) -> None:
        clock = self.stage.clock
        if not clock.library:
            self.left_out.add("clock")
            return
        clock.set(clock.offset_s + int(strike.detail))
        await asyncio.sleep(strike.seconds)
        if strike.detail.startswith("-"):
            clock.set(clock.offset_s - int(strike.detail))

    async def _out_of_memory(self, strike: Strike) -> None:
        client = self.stage.client()
        try:
            await client.config_set("maxmemory", 1)
            await asyncio.sleep(strike.seconds)
        except (redis.exceptions.RedisError, OSError):
            pass  # somebody killed the server; it comes back with room
        finally:
            await client.aclose()
            await self._room()

    async def _room(self) -> None:
        for _ in range(100):
            client = self.stage.client()
            try:
                await client.config_set("maxmemory", 0)
            except (redis.exceptions.RedisError, OSError):
                await asyncio.sleep(0.2)
            else:
                return
            finally:
                await client.aclose()

    async def _full_disk(self, strike: Strike) -> None:
        """Let the disk fill up: a server that cannot write its log ends itself, by design."""
        if self.disk is None:
            self.left_out.add("full_disk")
            return
        filler = self.disk / "filler"
        await asyncio.to_thread(_fill, filler)
        await asyncio.sleep(strike.seconds)
        filler.unlink()
        if not self.stage.redis.alive:
            await self._redis_again(kill=True)


def _fill(path: Path) -> None:
    chunk = b"\0" * 65_536
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(chunk)
        except OSError:
            os.fsync(file.fileno())
