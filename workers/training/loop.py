"""A run: steps, progress bar, checkpoints, samples, and the published adapter."""

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers.optimization import get_scheduler
from tqdm import tqdm

from workers.training.card import card
from workers.training.checkpoints import Checkpoint, Checkpoints, must_match
from workers.training.errors import StorageError, TrainingError
from workers.training.files import replace, storage, sweep_up
from workers.training.options import to_toml
from workers.training.recipe import Recipe
from workers.training.saving import FILE, verify, write_adapter
from workers.training.stepping import Pupil

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Run:
    """One adapter in training.

    Attributes:
        pupil: The adapter and its optimiser.
        folder: Where everything is written.
        identity: What a checkpoint must agree with to be gone on from.
        sample: Draws a sample grid of a step into a folder.
    """

    pupil: Pupil
    folder: Path
    identity: dict[str, Any]
    sample: Callable[[Path, int], None]
    _done: int = 0
    _losses: list[float] = field(default_factory=list)

    def go(self, *, fresh: bool = False) -> Path:
        """Train from the newest checkpoint to the end, and return the adapter's folder.

        Raises:
            RecipeError: The newest checkpoint is of another recipe.
            StorageError: Something cannot be written; the newest checkpoint is as it was.
            TrainingError: The loss is not a number any more.
        """
        if fresh and self._is_main:
            shutil.rmtree(self._checkpoints.folder, ignore_errors=True)
        self.pupil.accelerator.wait_for_everyone()
        if latest := self._checkpoints.latest():
            self._resume(latest)
        try:
            self._steps()
        except KeyboardInterrupt as error:
            raise TrainingError(f"stopped; {self._good()}") from error
        except OSError as error:
            # A log or a progress bar on a full disk, or pictures on one that went away.
            raise StorageError(f"the run stopped ({error.strerror}); {self._good()}") from error
        if self._is_main:
            self._publish()
        return self.folder

    @property
    def _is_main(self) -> bool:
        return bool(self.pupil.accelerator.is_main_process)

    @property
    def _recipe(self) -> Recipe:
        return self.pupil.recipe

    @property
    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(self.folder / "checkpoints")

    def _resume(self, checkpoint: Checkpoint) -> None:
        must_match(checkpoint.identity, self.identity, self.folder)
        try:
            state = checkpoint.state()
            self.pupil.load(state)
        except (RuntimeError, KeyError, ValueError) as error:
            raise StorageError(f"{checkpoint.folder} cannot be gone on from: {error}") from error
        self._done, self._losses = checkpoint.step, list(state["losses"])
        if 0 < self._done < self._recipe.steps:
            _log.info("%s: going on from step %d", self.folder, self._done)

    def _steps(self) -> None:
        recipe = self._recipe
        factor = schedule(recipe)
        with tqdm(
            total=recipe.steps,
            initial=self._done,
            disable=not self._is_main,
            desc=self.folder.name,
            mininterval=1,
        ) as bar:
            while self._done < recipe.steps:
                loss = self.pupil.step(self._done, factor(self._done))
                self._done += 1
                self._losses.append(round(loss, 6))
                bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
                bar.update()
                self._now_and_then()

    def _now_and_then(self) -> None:
        """Save and draw where it is time for it."""
        recipe = self._recipe
        if self._done == recipe.steps or _due(self._done, recipe.save_every):
            self.pupil.accelerator.wait_for_everyone()
            if self._is_main:
                self._save()
        if self._is_main and _due(self._done, recipe.sample_every):
            with self._resting(), storage("the sample grid", self._good):
                self.sample(self.folder / "samples", self._done)

    def _save(self) -> None:
        state = {**self.pupil.state(), "losses": self._losses}
        with self._resting(), storage(f"the checkpoint of step {self._done}", self._good):
            self._checkpoints.save(self._done, self.identity, state, self._write)
            self._checkpoints.prune(self._recipe.keep)

    def _write(self, folder: Path) -> None:
        pupil = self.pupil
        write_adapter(pupil.base, pupil.parts, pupil.recipe, folder)
        verify(pupil.base, pupil.parts, pupil.recipe, folder)

    def _publish(self) -> None:
        """Put the last checkpoint's adapter, its card and its recipe into the run's folder."""
        latest = self._checkpoints.latest()
        if latest is None or latest.step != self._recipe.steps:
            raise StorageError(f"the last checkpoint has vanished; {self._good()}")
        sweep_up(self.folder)
        text = card(self._recipe, self.pupil.base, self.pupil.feeder.own, self._losses)
        with storage("the adapter", self._good):
            replace(self.folder / FILE, (latest.folder / FILE).read_bytes())
            replace(self.folder / "README.md", text.encode())
            replace(self.folder / "recipe.toml", to_toml(self._recipe).encode())
            replace(self.folder / "losses.json", json.dumps(self._losses).encode())

    @contextmanager
    def _resting(self) -> Iterator[None]:
        """Keep dropout out of saves and samples."""
        self.pupil.rest()
        try:
            yield
        finally:
            self.pupil.work()

    def _good(self) -> str:
        latest = self._checkpoints.latest()
        if latest is None:
            return "there is no earlier checkpoint"
        return f"the last good checkpoint is {latest.folder}; the same command goes on from it"


def _due(step: int, every: int) -> bool:
    return bool(every) and step % every == 0


def schedule(recipe: Recipe) -> Callable[[int], float]:
    """Return the learning rate's share of its peak at each step.

    Only the function is taken from diffusers' scheduler: as a function of the step's number it
    needs no state of its own.
    """
    unused = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    made = get_scheduler(
        recipe.schedule,
        unused,
        num_warmup_steps=recipe.warm_up,
        num_training_steps=recipe.steps,
    )
    factor: Callable[[int], float] = made.lr_lambdas[0]
    return factor
