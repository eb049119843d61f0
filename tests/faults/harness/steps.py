"""The second mode: every process dies at every named step, once, while people talk."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.harness.crowd import Crowd
from tests.faults.harness.mortal import FOLDER, scripts
from tests.faults.harness.run import Run
from tests.faults.harness.schedule import Strike
from tests.faults.harness.strikes import Strikes
from tests.stage.actor import Actor
from tests.stage.theatre import Theatre

MORTAL = {
    "SKINGEN_DELIVERY_LEASE_S": "3",
    "SKINGEN_WORKER_LEASE_S": "3",
    "SKINGEN_DELIVERY_MAX_ATTEMPTS": "100",
    "SKINGEN_WORKER_MAX_ATTEMPTS": "100",
    "SKINGEN_WORKER_LOCALIZER": "classical",
    "SKINGEN_SLACK_LIVE_INTERVAL_S": "0.3",
}
"""What a dead process held is free soon, and a death is no reason to give anything up: the first
reply alone meets a dozen steps."""


@dataclass(kw_only=True)
class StepRun(Run):
    """A run without a schedule: the steps are the schedule.

    People also do what leads to the rarer steps.

    Attributes:
        marks: Folder with a folder for each program, with a file for each step that it died at.
    """

    settings: dict[str, str] = field(default_factory=lambda: dict(MORTAL))
    word_ms: int = 120
    errands: bool = True
    marks: Path | None = None
    _alive: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def reached(self) -> dict[str, list[str]]:
        """The steps at which each program died."""
        if self.marks is None or not self.marks.exists():
            return {}
        return {one.name: sorted(m.name for m in one.iterdir()) for one in self.marks.iterdir()}

    def progress(self, crowd: Crowd) -> str:
        """Say how far it is, deaths included."""
        deaths = {program: len(steps) for program, steps in sorted(self.reached.items())}
        return f"{super().progress(crowd)}, died {deaths}"

    def dress(self, actor: Actor) -> None:
        """Make a process mortal. Both workers are one program: each step kills one of them."""
        assert self.marks is not None
        self._alive[actor.name] = actor.command
        actor.command = ("-m", "tests.faults.harness.mortal", *actor.command[1:])
        actor.settings[FOLDER] = str(self.marks / actor.name.rstrip("12"))

    async def _talk(
        self, stage: Theatre, crowd: Crowd, strikes: Strikes, plan: list[Strike]
    ) -> None:
        await super()._talk(stage, crowd, strikes, [])
        for actor in stage.actors.values():
            # What is left is done by processes that live.
            actor.command = self._alive[actor.name]
            await actor.kill()
            await actor.start()
        self.kills = sum(map(len, self.reached.values()))

    async def go(self, folder: Path) -> None:
        """Do it and add the steps to the details."""
        self.marks = folder / "steps"
        try:
            await super().go(folder)
        finally:
            self.details["steps"] = self.reached
            met = {mark.partition("-")[2] for marks in self.reached.values() for mark in marks}
            self.details["scripts_not_met"] = sorted(set(scripts()) - met)
