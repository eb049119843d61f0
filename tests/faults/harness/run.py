"""One run: the stage, the crowd, the faults, and the judgement."""

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.harness.checker import Verdict, check
from tests.faults.harness.crowd import Crowd
from tests.faults.harness.schedule import Strike, schedule
from tests.faults.harness.strikes import Strikes
from tests.stage.actor import Actor
from tests.stage.theatre import PLATFORMS, Theatre, theatre

KEYS = (
    "turns",
    "accepted",
    "answered",
    "lost",
    "duplicates",
    "out_of_order",
    "wrong_content",
    "orphans",
    "kills",
)
FAULTS = ("lost", "duplicates", "out_of_order", "wrong_content", "orphans")
ROOT = Path(__file__).parents[3]
_MODELS = """[vlm.growing]
backend = "instant"
word_ms = {word_ms}

[generator.instant]
backend = "instant"

[localizer.demo]
backend = "segmenter"
folder = "{root}/models/demo/segmenter"

[localizer.classical]
backend = "classical"
"""
DISK_MB = 96
TURNS_PER_MB = 20
"""The small disk grows with the run, so that only the fault fills it up."""
TELL_S = 20.0
STUCK_S = 180.0
"""Nothing new for so long: what is missing is lost."""


@dataclass(kw_only=True)
class Run:
    """What was asked for, and what came of it.

    Attributes:
        turns: How many messages people send.
        seed: Of the schedule, the people and their photos.
        every: Turns between two faults, on average; 0 for none.
        platforms: Which frontends take part.
        at_once: How many people talk at the same time.
        workers: How many workers there are.
        word_ms: How long the model takes for a word, so that answers are seen growing and can be
            stopped; 0 to have them at once.
        settings: Environment variables for all processes.
        stuck_s: Nothing new for so long: what is still missing is lost.
        leaving: Whether people go home when they have everything.
        errands: Whether they stop an answer, take a copy and have all erased at the end.
    """

    turns: int
    seed: int
    every: int = 10
    platforms: tuple[str, ...] = PLATFORMS
    at_once: int = 18
    workers: int = 2
    word_ms: int = 5
    settings: dict[str, str] = field(default_factory=dict)
    stuck_s: float = STUCK_S
    leaving: bool = False
    errands: bool = False
    verdict: Verdict = field(default_factory=Verdict)
    kills: int = 0
    seconds: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)
    ended_alone: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, int]:
        """Return the figures by their agreed names."""
        counts = self.verdict.counts | {"kills": self.kills}
        return {key: int(counts.get(key, 0)) for key in KEYS}

    @property
    def clean(self) -> bool:
        """Whether every accepted turn was answered once, rightly, in order, and nothing is left."""
        return not any(self.verdict.counts[kind] for kind in FAULTS)

    async def go(self, folder: Path) -> None:
        """Do it, in a folder for data and logs; SIGTERM and SIGINT end it early, with a verdict."""
        begun_s = time.monotonic()
        if self.word_ms:
            models = folder / "models.toml"
            models.write_text(_MODELS.format(word_ms=self.word_ms, root=ROOT))
            self.settings |= {
                "SKINGEN_WORKER_MODELS_FILE": str(models),
                "SKINGEN_WORKER_VLM": "growing",
            }
        plan = schedule(self.seed, self.turns, every=self.every) if self.every else []
        plan = [strike for strike in plan if self._plays(strike)]
        with _disk(folder / "redis", DISK_MB + self.turns // TURNS_PER_MB) as disk:
            async with theatre(
                folder,
                platforms=self.platforms,
                workers=self.workers,
                settings=self.settings,
                redis_folder=folder / "redis",
                dress=self.dress,
            ) as stage:
                crowd = Crowd(
                    stage,
                    self.seed,
                    self.platforms,
                    self.at_once,
                    leaving=self.leaving,
                    errands=self.errands,
                )
                for name in (signal.SIGTERM, signal.SIGINT):
                    asyncio.get_running_loop().add_signal_handler(name, crowd.last_orders)
                strikes = Strikes(stage, disk)
                await self._talk(stage, crowd, strikes, plan)
                self.kills += strikes.kills
                await stage.serving()
                left = await _settled(stage)
                left += await _not_erased(stage) if self.errands else []
                self.verdict = check(await crowd.reread())
                await crowd.close()
                self._judge_platforms(stage, left)
                self.details = {
                    "strikes": dict(strikes.done),
                    "left_out": sorted(strikes.left_out),
                    "ended_alone": self.ended_alone,
                    "lives": {name: actor.lives for name, actor in stage.actors.items()},
                    "platform_calls": {
                        **stage.api.calls,
                        **Counter(call.method for call in stage.slack.world.calls),
                    },
                }
        self.seconds = time.monotonic() - begun_s

    def dress(self, actor: Actor) -> None:
        """Change a process before its first start."""

    def _plays(self, strike: Strike) -> bool:
        absent = set(PLATFORMS) - set(self.platforms)
        if self.workers < 2:
            absent.add("worker2")
        return strike.target not in absent and strike.kind not in absent

    async def _talk(
        self, stage: Theatre, crowd: Crowd, strikes: Strikes, plan: list[Strike]
    ) -> None:
        async with asyncio.TaskGroup() as group:
            striking = group.create_task(strikes.run(plan, crowd))
            keeping = group.create_task(self._supervise(stage))
            caring = group.create_task(strikes.keep_redis())
            talking = group.create_task(crowd.talk(self.turns))
            group.create_task(self._cut_short(talking, crowd))
            for other in (striking, keeping, caring):
                talking.add_done_callback(lambda _, other=other: other.cancel())
        stage.healed()
        if not stage.redis.alive:
            await asyncio.to_thread(stage.redis.start)
        for actor in stage.actors.values():
            if not actor.alive:
                await actor.start()

    async def _cut_short(self, talking: "asyncio.Task[None]", crowd: Crowd) -> None:
        """End the talk when nothing new was answered for a long time."""
        best, told_s, since_s = "", 0.0, time.monotonic()
        while not talking.done():
            await asyncio.sleep(0.5)
            done, now_s = self.progress(crowd), time.monotonic()
            if now_s - told_s > TELL_S:
                told_s = now_s
                sys.stderr.write(f"{done}\n")
            if done != best:
                best, since_s = done, now_s
            elif now_s - since_s > self.stuck_s:
                _tell_stuck(crowd)
                talking.cancel()
                return

    def progress(self, crowd: Crowd) -> str:
        """Say how far it is."""
        turns = [turn for person in crowd.people for turn in person.chat.turns]
        answered = sum(turn.answered_s < float("inf") for turn in turns)
        return f"{crowd.sent} sent, {answered} answered"

    async def _supervise(self, stage: Theatre) -> None:
        """Start again what has ended by itself, as any supervisor does, and count it; for ever."""
        while True:
            for actor in stage.actors.values():
                if not actor.alive and actor.status not in {None, -signal.SIGKILL}:
                    self.ended_alone.append(f"{actor.name}: {actor.status}")
                    await actor.start()
            await asyncio.sleep(1.0)

    def _judge_platforms(self, stage: Theatre, left: list[str]) -> None:
        for what in left:
            self.verdict.fault("orphans", f"left in the store: {what}")
        for violation in stage.api.violations:
            self.verdict.fault("wrong_content", f"Telegram does not know: {violation}")
        for problem in stage.slack.problems:
            self.verdict.fault("wrong_content", f"Slack refused: {problem}")


def _tell_stuck(crowd: Crowd) -> None:
    """Show the chats in which something is missing."""
    for person in crowd.people:
        open_turns = [turn.token for turn in person.chat.turns if turn.answered_s == float("inf")]
        if open_turns or not person.chat.turns:
            shown = [(seen.text[-160:], seen.waiting) for seen in person.look()]
            sys.stderr.write(f"{person.chat.name} waits for {open_turns}, sees {shown}\n")


async def _settled(stage: Theatre, patience_s: float = 60.0) -> list[str]:
    """Wait until no job and no reply is left; returns what is."""
    client = stage.client()
    end_s = time.monotonic() + patience_s
    try:
        while True:
            left = [
                key.decode()
                for kind in ("job", "row", "album")
                async for key in client.scan_iter(f"sk:*:{kind}:*", count=1000)
            ]
            if not left or time.monotonic() > end_s:
                return left
            await asyncio.sleep(0.5)
    finally:
        await client.aclose()


async def _not_erased(stage: Theatre) -> list[str]:
    """Return what the store still has of people who had everything erased."""
    client = stage.client()
    try:
        left = [
            key.decode()
            for kind in ("case", "turns", "key")
            async for key in client.scan_iter(f"sk:*:{kind}:*", count=1000)
        ]
    finally:
        await client.aclose()
    files = (stage.folder / "data" / "blobs").rglob("*")
    return left + [file.name for file in files if file.is_file()]


@contextmanager
def _disk(folder: Path, size_mb: int) -> Generator[Path | None, None, None]:
    """Mount a small disk where that is allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=False)


def report(run: Run) -> dict[str, Any]:
    """Return everything worth keeping of a run."""
    return {
        "asked_for": {
            "turns": run.turns,
            "seed": run.seed,
            "every": run.every,
            "at_once": run.at_once,
        },
        "platforms": list(run.platforms),
        "seconds": round(run.seconds),
        **run.summary(),
        **run.details,
        "notes": run.verdict.notes[:100],
    }


def perform(run: Run, *, keep: Path | None = None) -> None:
    """Do a run; logs are kept in ``keep``."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            asyncio.run(run.go(Path(folder)))
        finally:
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                for log in Path(folder).glob("*.log"):
                    (keep / log.name).write_bytes(log.read_bytes())
                (keep / "report.json").write_text(json.dumps(report(run), indent=1) + "\n")
