"""Many turns without faults: ``python -m tests.faults.harness.soak --turns 50000``.

Resident memory, descriptors, threads and tasks of each process, and Redis's memory, connections and
keys without an end are looked at again and again. Memory is flat when the last quarter of the run
is at most 3 % above the second, and nothing leaks when the end has no more tasks, descriptors,
threads and connections than the second quarter had. Retention is counted in days and a soak in
minutes: so a key that nothing has touched for `KEEP_S` is told to expire, as it would after its
days. The last line is one JSON object.
"""

import argparse
import asyncio
import bisect
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import redis.asyncio

from tests.faults.harness.crowd import Crowd
from tests.faults.harness.run import Run, _settled
from tests.faults.harness.strikes import Strikes
from tests.redis_servers import free_port
from tests.stage.actor import Actor
from tests.stage.theatre import Theatre

FLAT = 0.03
BOUNDED = 0.1
"""What Redis may keep more for each turn in the last quarter; the pace of a run changes."""

LEAK = 0.1
LEAST_LEAK = 4
"""Tasks, descriptors, threads or connections more in the end that are a leak: pools grow now and
then by one, and a leak of one in a thousand turns is three dozen in three quarters of 50,000."""

LOOKS = 200
KEEP_S = 420
"""What retention is shortened to."""
AGE_EVERY_S = 20.0
LONG_S = 1000
"""Keys that live shorter than this end by themselves during a run."""
OPERATOR = {"drawers", "drawer:web:secret", "drawer:telegram:moved"}
"""Kinds of keys that belong to the installation, not to a person, and so have no end."""


@dataclass(kw_only=True)
class Soak(Run):
    """A run without faults that is looked at again and again."""

    every: int = 0
    word_ms: int = 0
    leaving: bool = True
    samples: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def _talk(self, stage: Theatre, crowd: Crowd, strikes: Strikes, plan: list[Any]) -> None:
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look(stage, crowd))
            ageing = group.create_task(_age(stage))
            await super()._talk(stage, crowd, strikes, plan)
            looking.cancel()
            ageing.cancel()
        await _settled(stage)
        await self._sample(stage, crowd)
        self.endless = await _endless(stage)

    def __post_init__(self) -> None:
        """Begin with nothing found."""
        self.endless: list[str] = []
        self._ports: dict[str, int] = {}

    def dress(self, actor: Actor) -> None:
        """Let a process tell how many tasks it has."""
        self._ports[actor.name] = free_port()
        actor.settings["SKINGEN_OPS_PORT"] = str(self._ports[actor.name])

    async def _look(self, stage: Theatre, crowd: Crowd) -> None:
        """Sample after equal numbers of turns, so that a quarter is a quarter of the work."""
        step = max(1, self.turns // LOOKS)
        while True:
            until = crowd.sent + step
            while crowd.sent < until:
                crowd.progress.clear()
                await crowd.progress.wait()
            await self._sample(stage, crowd)

    async def _sample(self, stage: Theatre, crowd: Crowd) -> None:
        self.samples["run.seconds"].append(time.monotonic())
        self.samples["run.sent"].append(crowd.sent)
        for name, actor in stage.actors.items():
            for what, value in actor.usage().items():
                self.samples[f"{name}.{what}"].append(value)
            self.samples[f"{name}.tasks"].append(await _tasks(self._ports[name]))
        client = stage.client()
        try:
            facts = await client.info()
            self.samples["redis.memory_kib"].append(facts["used_memory"] // 1024)
            self.samples["redis.connections"].append(facts["connected_clients"])
            self.samples["redis.keys"].append(await client.dbsize())
        finally:
            await client.aclose()

    def kept_kib(self) -> list[float]:
        """Return Redis's memory for each turn that is not too old to be kept, at each sample."""
        at_s, sent = self.samples["run.seconds"], self.samples["run.sent"]
        memory = self.samples["redis.memory_kib"]
        # Before that nothing had to go yet.
        late = [n for n, s in enumerate(at_s) if s > at_s[0] + KEEP_S]
        began = [sent[bisect.bisect(at_s, at_s[n] - KEEP_S) - 1] for n in late]
        return [memory[n] / max(1, sent[n] - sent0) for n, sent0 in zip(late, began, strict=True)]

    @property
    def bounded(self) -> bool:
        """Whether Redis keeps no more for a turn than it did, as far as anything had to go."""
        return _growth(self.kept_kib()) <= BOUNDED

    def leaks(self) -> dict[str, list[float]]:
        """Return what there is more of in the end than in the second quarter: then and now.

        In the end everybody has their answers, so what is there then is there for good.
        """
        counted = (".tasks", ".descriptors", ".threads", ".connections")
        found = {}
        for name, values in self.samples.items():
            then, now = _quarters(values)[0], values[-1]
            if name.endswith(counted) and now - then > max(LEAST_LEAK, then * LEAK):
                found[name] = [then, now]
        return found

    def figures(self) -> dict[str, Any]:
        """Return what grew."""
        growth = {name: _growth(values) for name, values in self.samples.items()}
        memory = {n.partition(".")[0]: g for n, g in growth.items() if n.endswith(".rss_kib")}
        lines = self.samples["redis.connections"]
        return {
            **self.summary(),
            "seconds": round(self.seconds),
            "memory_growth": memory,
            "memory_flat": all(one <= FLAT for one in memory.values()),
            "memory_mib": {
                name.partition(".")[0]: round(values[-1] / 1024)
                for name, values in self.samples.items()
                if name.endswith(".rss_kib")
            },
            "descriptors": {
                name.partition(".")[0]: [int(values[0]), int(values[-1])]
                for name, values in self.samples.items()
                if name.endswith(".descriptors")
            },
            "tasks": {
                name.partition(".")[0]: [int(values[0]), int(values[-1])]
                for name, values in self.samples.items()
                if name.endswith(".tasks")
            },
            "redis_connections": [int(lines[0]), int(lines[-1])],
            "redis_growth": {
                what: growth[f"redis.{what}"] for what in ("memory_kib", "keys", "connections")
            },
            "leaks": self.leaks(),
            "redis_kept_growth": _growth(self.kept_kib()),
            "redis_mib": round(self.samples["redis.memory_kib"][-1] / 1024),
            "kept_s": KEEP_S,
            "samples": len(lines),
            "curves": {name: _twentieths(self.samples[name]) for name in sorted(self.samples)},
            "keys_without_end": self.endless,
        }


def _quarters(values: list[float]) -> tuple[float, float]:
    """Return the medians of the second and of the last quarter."""
    quarter = max(1, len(values) // 4)
    second, last = values[quarter : 2 * quarter] or values, values[-quarter:]
    return statistics.median(second), statistics.median(last)


def _growth(values: list[float]) -> float:
    if not values:
        return 0.0
    second, last = _quarters(values)
    return round(last / max(1e-9, second) - 1, 4)


async def _tasks(port: int) -> int:
    """Return how many tasks the event loop of a process has."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        page = await answer.text()
    (line,) = [line for line in page.splitlines() if line.startswith("skingen_tasks ")]
    return int(float(line.split()[1]))


def _twentieths(values: list[float]) -> list[int]:
    """Return the medians of twenty equal shares of a run."""
    cuts = [len(values) * share // 20 for share in range(21)]
    return [
        int(statistics.median(values[begin:end]))
        for begin, end in itertools.pairwise(cuts)
        if end > begin
    ]


async def _age(stage: Theatre) -> None:
    """Let what nothing has touched for `KEEP_S` expire, for ever."""
    client = stage.client()
    full: dict[bytes, int] = {}
    try:
        while True:
            await asyncio.sleep(AGE_EVERY_S)
            keys = [key async for key in client.scan_iter(count=5000)]
            async with client.pipeline(transaction=False) as asking:
                for key in keys:
                    asking.ttl(key)
                left = dict(zip(keys, await asking.execute(), strict=True))
            full = {key: max(ttl_s, full.get(key, 0)) for key, ttl_s in left.items()}
            async with client.pipeline(transaction=False) as telling:
                for key, ttl_s in left.items():
                    if LONG_S < full[key] > ttl_s + KEEP_S and ttl_s > 1:
                        telling.expire(key, 1)
                await telling.execute()
            await _age_names(client, keys)
    finally:
        await client.aclose()


async def _age_names(client: "redis.asyncio.Redis", keys: list[bytes]) -> None:
    """Let indexes know that what they name has ended: their scores still tell of years."""
    for index in keys:
        prefix, kind, _ = index.decode().partition(":regband:")
        named = "reg:" if kind else "drawer:"
        if not kind:
            prefix, kind, _ = index.decode().partition(":drawerends")
        if not kind:
            continue
        names = [name.decode() for name in await client.zrange(index, 0, -1)]
        async with client.pipeline(transaction=False) as asking:
            for name in names:
                asking.exists(f"{prefix}:{named}{name}")
            there = await asking.execute()
        gone = {name: 0 for name, is_there in zip(names, there, strict=True) if not is_there}
        if gone:
            await client.zadd(index, gone, xx=True)


async def _endless(stage: Theatre) -> list[str]:
    """Return the kinds of keys that never expire."""
    client = stage.client()
    kinds: set[str] = set()
    try:
        async for key in client.scan_iter(count=1000):
            if await client.ttl(key) == -1:
                kinds.add(":".join(key.decode(errors="replace").split(":")[2:5]))
    finally:
        await client.aclose()
    return sorted(kinds - OPERATOR)


def main() -> int:
    """Soak and print; 1 when something grew, was lost or never ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.harness.soak")
    parser.add_argument("--turns", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    soak = Soak(turns=given.turns, seed=given.seed)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        asyncio.run(soak.go(Path(folder)))
    for note in soak.verdict.notes[:20]:
        sys.stderr.write(f"{note}\n")
    figures = soak.figures()
    sys.stdout.write(json.dumps(figures) + "\n")
    flat = figures["memory_flat"] and soak.bounded
    return 0 if soak.clean and flat and not soak.endless and not figures["leaks"] else 1


if __name__ == "__main__":
    sys.exit(main())
