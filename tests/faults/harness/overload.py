"""Ten times more than the model can do: ``python -m tests.faults.harness.overload``.

A model of a known speed answers people in Telegram. First one person asks while nobody else does,
then while somebody sends 200 texts, then while somebody sends 60 photos. Then everybody asks at ten
times the model's pace. What they were promised, what they got and how long it took is read from
what their chats show. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bots.telegram.loopback import Shown
from tests.faults.harness.record import Turn
from tests.faults.harness.telegram_people import TelegramPerson
from tests.stage.theatre import Theatre, theatre

START_S = 5.0
"""A worker whose settings are wrong has ended by then."""

BATCH = 4
PAUSE_S = 2.0
"""The model takes this long for a batch, so it does two turns a second."""

CAPACITY = BATCH / PAUSE_S
TIMES = 10
BOUND = 30
QUIET, TALKATIVE = 900, 901
_SECONDS = re.compile(r"about (\d+) second")
_MINUTES = re.compile(r"about (\d+) minute")
_BUSY = "Many people are asking right now"
_MODELS = f"""[vlm.paced]
backend = "instant"
pause_ms = {PAUSE_S * 1000:.0f}

[generator.paced]
backend = "instant"

[localizer.classical]
backend = "classical"
"""


@dataclass
class Asked:
    """One message and what became of it."""

    turn: Turn
    promise_s: float = 0.0
    placed: bool = False
    took_s: float = 0.0
    refusal: str = ""


@dataclass
class Watch:
    """Reads every change in every chat as it happens."""

    stage: Theatre
    asked: dict[str, Asked] = field(default_factory=dict)
    _promises: dict[int, tuple[float, bool]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Watch from now on."""
        self.stage.api.world.showed = self.showed  # type: ignore[method-assign]

    def showed(self, shown: Shown) -> None:
        """Take note of a change."""
        text = shown.text
        if any(button["text"] == "Stop" for button in shown.buttons):
            self._promises.setdefault(shown.id, (_promised_s(text), "before you" in text))
            return
        for token in set(re.findall(r"\b(w\d+n\d+)a\b", text)):
            one = self.asked.get(token)
            if one is not None and not one.took_s:
                one.took_s = time.monotonic() - one.turn.sent_s
                one.promise_s, one.placed = self._promises.get(shown.id, (0.0, False))
        self.news.set()

    async def until(self, enough: Callable[[], bool], patience_s: float) -> bool:
        """Wait until something is so; False when it never was."""
        try:
            async with asyncio.timeout(patience_s):
                while not enough():
                    self.news.clear()
                    try:
                        async with asyncio.timeout(1.0):
                            await self.news.wait()
                    except TimeoutError:
                        continue
        except TimeoutError:
            return False
        return True


def _promised_s(text: str) -> float:
    if found := _SECONDS.search(text):
        return float(found[1])
    return float(found[1]) * 60 if (found := _MINUTES.search(text)) else 0.0


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

    async def prepare(self) -> None:
        """Let everybody agree and have a case with a photo."""
        for number in (*range(self.crowd), QUIET, TALKATIVE):
            self.people[number] = TelegramPerson(self.stage.api, number)
        async with asyncio.TaskGroup() as group:
            for person in self.people.values():
                group.create_task(person.agree())
        for number in self.people:
            await self.ask(number, photo=True)
            await self.watch.until(self._few, 120)
        await self.watch.until(lambda: all(one.took_s for one in self.watch.asked.values()), 300)
        self.watch.asked.clear()

    def _few(self) -> bool:
        return sum(not one.took_s for one in self.watch.asked.values()) < BATCH

    async def ask(self, number: int, *, photo: bool = False) -> Asked:
        """Let somebody ask."""
        count = self.numbers[number] = self.numbers.get(number, 0) + 1
        turn = Turn(number=count, token=f"w{number}n{count}", looks="f0f0f0" if photo else "")
        asked = self.watch.asked[turn.token] = Asked(turn)
        await self.people[number].send(turn)
        return asked

    async def quiet_s(self, *, photo: bool = False) -> float:
        """Return how long the quiet person waits now."""
        asked = await self.ask(QUIET, photo=photo)
        await self.watch.until(lambda: bool(asked.took_s), 300)
        return asked.took_s

    async def beside(self, rush: Awaitable[Any], *, photo: bool = False) -> float:
        """Return how long the quiet person waits right after somebody's rush."""
        await rush
        await asyncio.sleep(0.5)
        waited_s = await self.quiet_s(photo=photo)
        await self.drained()
        return waited_s

    async def rush(self, count: int, *, photo: bool = False) -> None:
        """Let the talkative person send a lot at once."""
        for _ in range(count):
            await self.ask(TALKATIVE, photo=photo)

    async def drained(self) -> None:
        """Wait until everything was answered or refused."""
        client = self.stage.client()
        quiet = 0
        while quiet < 4:
            jobs = [key async for key in client.scan_iter("sk:*:job:*", count=1000)]
            idle = not jobs and not self.stage.api.world.updates
            quiet = quiet + 1 if idle else 0
            await asyncio.sleep(0.5)
        await client.aclose()

    async def load(self) -> None:
        """Let everybody ask at ten times the model's pace."""
        gap_s = 1 / (CAPACITY * TIMES)
        async with asyncio.TaskGroup() as group:
            deep = group.create_task(self._sound())
            for n in range(round(self.load_s / gap_s)):
                await self.ask(n % self.crowd)
                await asyncio.sleep(gap_s)
            deep.cancel()

    async def _sound(self) -> None:
        client = self.stage.client()
        try:
            while True:
                jobs = [key async for key in client.scan_iter("sk:*:job:*", count=1000)]
                self.deepest = max(self.deepest, len(jobs))
                await asyncio.sleep(0.5)
        finally:
            await client.aclose()


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
        alone_s = statistics.median([await run.quiet_s() for _ in range(5)])
        alone_photo_s = statistics.median([await run.quiet_s(photo=True) for _ in range(3)])
        await run.drained()
        texts_s = await run.beside(run.rush(200))
        photos_s = await run.beside(run.rush(60, photo=True), photo=True)
        _tell("everybody asks")
        run.watch.asked.clear()
        before = {name: actor.usage()["rss_kib"] for name, actor in stage.actors.items()}
        await run.load()
        await run.drained()
        after = {name: actor.usage()["rss_kib"] for name, actor in stage.actors.items()}
        figures = _figures(run)
        return figures | {
            "fair_text_delay_s": round(texts_s - alone_s, 2),
            "fair_photo_delay_s": round(photos_s - alone_photo_s, 2),
            "batch_s": PAUSE_S,
            "memory_growth": {n: round(after[n] / before[n] - 1, 3) for n in before},
        }


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def _figures(run: Overload) -> dict[str, Any]:
    asked = list(run.watch.asked.values())
    texts = [seen.text for person in run.people.values() for seen in person.look()]
    refused = [text for text in texts if _BUSY in text]
    answered = [one for one in asked if one.took_s]
    promised = [one for one in answered if one.promise_s]
    ratios = sorted(one.took_s / one.promise_s for one in promised)
    return {
        "capacity_per_s": CAPACITY,
        "offered_per_s": CAPACITY * TIMES,
        "sent": len(asked),
        "accepted": len(answered),
        "refused": len(asked) - len(answered),
        "refused_told_when": sum(bool(_MINUTES.search(text)) for text in refused),
        "told_place": sum(one.placed for one in answered),
        "told_time": len(promised),
        "deepest": run.deepest,
        "bound": BOUND,
        "took_p99_s": round(_p99(sorted(one.took_s for one in answered)), 1),
        "p99_over_promise": round(_p99(ratios), 2),
    }


def _p99(values: list[float]) -> float:
    return values[min(len(values) - 1, int(len(values) * 0.99))] if values else 0.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.harness.overload")
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long all of them ask")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        figures = asyncio.run(measure(Path(folder), given.people, given.seconds))
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
