"""Ten times more than the model can do: ``python -m tests.faults.harness.overload``.

A model of a known speed answers people in Telegram. First one person asks while nobody else does,
then while somebody sends 200 texts, then while somebody sends 60 photos. Then everybody asks at ten
times the model's pace. What they were promised, what they got and how long it took is read from
what their chats show. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from tests.faults.harness.overload_figures import Asked, delays, rush_figures, verdict
from tests.faults.harness.overload_watch import PATIENCE_S, Watch
from tests.faults.harness.record import Turn
from tests.faults.harness.telegram_people import TelegramPerson
from tests.stage.theatre import Theatre, theatre

CALM = 4
"""Nothing was there for so many looks: all is done."""

START_S = 5.0
"""A worker whose settings are wrong has ended by then."""

BATCH = 4
PAUSE_S = 2.0
"""The model takes this long for a batch, so it does two turns a second."""

CAPACITY = BATCH / PAUSE_S
TIMES = 10
BOUND = 30
SAMPLES = 5
"""Of each wait, alone and beside a rush."""

QUIET, TALKATIVE = 900, 901
_MODELS = f"""[vlm.paced]
backend = "instant"
pause_ms = {PAUSE_S * 1000:.0f}

[generator.paced]
backend = "instant"

[localizer.classical]
backend = "classical"
"""


async def left(client: "Redis") -> list[bytes]:
    """Return keys of all jobs, replies and albums that are not done."""
    kinds = ("job", "row", "album")
    return [key for kind in kinds async for key in client.scan_iter(f"sk:*:{kind}:*", count=1000)]


@dataclass
class Overload:
    """The whole measurement."""

    stage: Theatre
    watch: Watch
    crowd: int = 40
    load_s: float = 30.0
    people: dict[int, TelegramPerson] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    deepest: int = 0
    offered_per_s: float = 0.0

    async def prepare(self) -> None:
        """Let everybody agree and have a case with a photo."""
        for number in (*range(self.crowd), QUIET, TALKATIVE):
            self.people[number] = TelegramPerson(self.stage.api, number)
        async with asyncio.TaskGroup() as group:
            for person in self.people.values():
                group.create_task(person.agree())
        for number in self.people:
            await self.ask(number, photo=True)
            await self.watch.until(self._few)
        await self.watch.until(lambda: all(one.took_s for one in self.watch.asked.values()))
        self.watch.forget()

    def _few(self) -> bool:
        return sum(not one.took_s for one in self.watch.asked.values()) < BATCH

    async def ask(self, number: int, *, photo: bool = False) -> Asked:
        """Let somebody ask."""
        count = self.numbers[number] = self.numbers.get(number, 0) + 1
        turn = Turn(number=count, token=f"w{number}n{count}", looks="f0f0f0" if photo else "")
        asked = self.watch.asked[turn.token] = Asked(turn)
        await self.people[number].send(turn)
        return asked

    async def quiet(self, *, photo: bool = False) -> Asked:
        """Let the quiet person ask now, and be answered."""
        asked = await self.ask(QUIET, photo=photo)
        await self.watch.until(lambda: bool(asked.took_s))
        return asked

    async def alone(self, *, photo: bool = False) -> list[Asked]:
        """Let the quiet person ask while nobody else does."""
        found = []
        for _ in range(SAMPLES):
            found.append(await self.quiet(photo=photo))
            await self.drained()
        return found

    async def beside(self, count: int, *, photo: bool = False) -> list[Asked]:
        """Let the quiet person ask right after each of some rushes."""
        found = []
        for _ in range(SAMPLES):
            await self.rush(count, photo=photo)
            await asyncio.sleep(0.5)
            found.append(await self.quiet(photo=photo))
            await self.drained()
        return found

    async def rush(self, count: int, *, photo: bool = False) -> None:
        """Let the talkative person send a lot at once."""
        for _ in range(count):
            await self.ask(TALKATIVE, photo=photo)

    def told_of_rest(self) -> int:
        """Return how often the talkative person was told that the rest is left out."""
        return sum("a lot at once" in seen.text for seen in self.people[TALKATIVE].look())

    async def drained(self) -> None:
        """Wait until everything was answered or refused.

        Raises:
            TimeoutError: Something is still there after a long time.
        """
        quiet = 0
        async with self.stage.client() as client, asyncio.timeout(PATIENCE_S):
            while quiet < CALM:
                idle = not self.stage.api.world.updates and not await left(client)
                quiet = quiet + 1 if idle else 0
                await asyncio.sleep(0.5)

    async def load(self) -> None:
        """Let everybody ask at ten times the model's pace."""
        gap_s = 1 / (CAPACITY * TIMES)
        begun_s = time.monotonic()
        count = round(self.load_s / gap_s)
        async with asyncio.TaskGroup() as group:
            deep = group.create_task(self._sound())
            for n in range(count):
                await self.ask(n % self.crowd)
                await asyncio.sleep(max(0.0, begun_s + (n + 1) * gap_s - time.monotonic()))
            self.offered_per_s = count / (time.monotonic() - begun_s)
            deep.cancel()

    async def _sound(self) -> None:
        """Note again and again how many jobs wait; those that a worker has do not."""
        async with self.stage.client() as client:
            while True:
                jobs = [key async for key in client.scan_iter("sk:*:job:*", count=1000)]
                states = await asyncio.gather(*(client.hget(job, "state") for job in jobs))
                waiting = sum(state not in {None, b"running"} for state in states)
                self.deepest = max(self.deepest, waiting)
                await asyncio.sleep(0.5)


async def measure(folder: Path, crowd: int, load_s: float) -> dict[str, Any]:
    """Run everything and return the figures."""
    models = folder / "models.toml"
    models.write_text(_MODELS)
    settings = {
        "SKINGEN_WORKER_MODELS_FILE": str(models),
        "SKINGEN_WORKER_VLM": "paced",
        "SKINGEN_WORKER_GENERATOR": "paced",
        "SKINGEN_WORKER_LOCALIZER": "classical",
        "SKINGEN_WORKER_MAX_BATCH": str(BATCH),
        "SKINGEN_MAX_QUEUE": str(BOUND),
    }
    async with theatre(folder, platforms=("telegram",), workers=1, settings=settings) as stage:
        await asyncio.sleep(START_S)
        stage.all_alive()
        run = Overload(stage, Watch(stage), crowd, load_s)
        run.watch.start()
        _tell("everybody agrees")
        await run.prepare()
        await run.drained()
        _tell("one person asks alone, then beside a rush")
        alone, alone_photo = await run.alone(), await run.alone(photo=True)
        text_delays = delays(alone, await run.beside(200))
        photo_delays = delays(alone_photo, await run.beside(60, photo=True))
        _tell("everybody asks")
        run.watch.forget()
        before = {name: actor.usage()["rss_kib"] for name, actor in stage.actors.items()}
        await run.load()
        await run.drained()
        after = {name: actor.usage()["rss_kib"] for name, actor in stage.actors.items()}
        figures = {
            "capacity_per_s": CAPACITY,
            "offered_per_s": round(run.offered_per_s, 1),
            **rush_figures(
                list(run.watch.asked.values()), list(run.watch.refusals.values()), PAUSE_S
            ),
            "deepest": run.deepest,
            "bound": BOUND,
            "rest_left_out_told": run.told_of_rest(),
            "alone_text_s": [round(one.took_s, 2) for one in alone],
            "alone_photo_s": [round(one.took_s, 2) for one in alone_photo],
            "text_delays": text_delays,
            "photo_delays": photo_delays,
            "batch_s": PAUSE_S,
            "memory_growth": {n: round(after[n] / before[n] - 1, 3) for n in before},
            "load_average": round(os.getloadavg()[0], 1),
        }
        return figures | {"kept": verdict(figures)}


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.harness.overload")
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long all of them ask")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        figures = asyncio.run(measure(Path(folder), given.people, given.seconds))
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if all(figures["kept"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
