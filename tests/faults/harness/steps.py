"""The second mode: every process dies at every named step, once, while people talk."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tests.faults.harness.crowd import Crowd
from tests.faults.harness.mortal import FOLDER
from tests.faults.harness.run import Run
from tests.faults.harness.schedule import Strike
from tests.faults.harness.strikes import Strikes
from tests.stage.theatre import Theatre

LOOK_S = 0.1


@dataclass(kw_only=True)
class StepRun(Run):
    """A run without a schedule: the steps are the schedule."""

    stuck_s: float = 1800.0

    def __post_init__(self) -> None:
        """Begin with no step reached."""
        self.reached: dict[str, list[str]] = {}

    async def _talk(
        self, stage: Theatre, crowd: Crowd, strikes: Strikes, plan: list[Strike]
    ) -> None:
        folder = stage.folder / "steps"
        commands = {actor.name: actor.command for actor in stage.actors.values()}
        for actor in stage.actors.values():
            actor.command = ("-m", "tests.faults.harness.mortal", *actor.command[1:])
            actor.settings[FOLDER] = str(folder / actor.name)
            await actor.kill()
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(_keep(stage, strikes))
            await super()._talk(stage, crowd, strikes, [])
            keeping.cancel()
        for actor in stage.actors.values():
            # What is left is done by processes that live.
            actor.command = commands[actor.name]
            await actor.kill()
            await actor.start()
            self.reached[actor.name] = sorted(m.name for m in (folder / actor.name).iterdir())

    async def go(self, folder: Path) -> None:
        """Do it and add the steps to the details."""
        await super().go(folder)
        self.details["steps"] = self.reached


async def _keep(stage: Theatre, strikes: Strikes) -> None:
    """Start again whatever died, as a supervisor does; for ever."""
    while True:
        for actor in stage.actors.values():
            if not actor.alive:
                strikes.kills += actor.lives > 1
                await actor.start()
        await asyncio.sleep(LOOK_S)
