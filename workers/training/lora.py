"""Trains LoRA adapters: `python -m workers.training.lora --recipe recipe.toml`.

The manual is docs/training.md. Started again with the same recipe, it goes on where it stopped.
"""

import argparse
import fcntl
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from workers.training.base import Base, load_base
from workers.training.captions import captions_of
from workers.training.datasets import Dataset
from workers.training.errors import RecipeError, StorageError, TrainingError
from workers.training.feeding import Feeder, Lesson
from workers.training.files import storage, sweep_up
from workers.training.layers import add_layers
from workers.training.loop import Run
from workers.training.options import add_recipe, recipe_from
from workers.training.prior import generate_prior
from workers.training.recipe import GENERATED, Recipe
from workers.training.samples import sample_captions, save_grid
from workers.training.sources import conditions_of, of_condition, own_data, prior_data
from workers.training.stepping import Pupil

_MIXED = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}
_FAILED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One adapter to train: its pictures and its folder."""

    own: Lesson
    folder: Path


def train(recipe: Recipe, *, fresh: bool = False) -> tuple[Path, ...]:
    """Train what a recipe asks for and return the folders of the adapters.

    Pictures and captions are checked before anything large is loaded.

    Raises:
        TrainingError: Says what is wrong; checkpoints that were good before still are.
    """
    accelerator = accelerator_for(recipe)
    tasks = tasks_of(recipe)
    with _alone(recipe.out, accelerator):
        return tuple(_train_one(recipe, task, accelerator, fresh=fresh) for task in tasks)


def accelerator_for(recipe: Recipe) -> Accelerator:
    """Return what knows the devices, the number format and the other processes.

    Raises:
        RecipeError: The number format is not one of this device.
    """
    try:
        return Accelerator(
            mixed_precision=_MIXED[recipe.precision],
            gradient_accumulation_steps=recipe.accumulation,
            cpu=recipe.device == "cpu",
        )
    except ValueError as error:
        raise RecipeError(
            f"precision {recipe.precision} cannot be used here ({error}); try bf16 or fp32"
        ) from error


def tasks_of(recipe: Recipe) -> tuple[Task, ...]:
    """Return one task, or one for each condition.

    Raises:
        DataError: Pictures or captions are missing or unreadable.
    """
    data = own_data(recipe)
    known = conditions_of(data)
    if recipe.adapters == "unified":
        return (Task(own=_lesson(data, recipe, known), folder=recipe.out),)
    return tuple(
        Task(own=_lesson(of_condition(data, name), recipe, known), folder=recipe.out / name)
        for name in known
    )


def _lesson(data: Dataset, recipe: Recipe, known: Sequence[str]) -> Lesson:
    return Lesson(data=data, captions=captions_of(data, recipe.caption_style, known))


def _train_one(recipe: Recipe, task: Task, accelerator: Accelerator, *, fresh: bool) -> Path:
    base = load_base(recipe, accelerator.device)
    prior = _prior(recipe, base, accelerator)
    parts = add_layers(base, recipe)
    pupil = Pupil(
        accelerator=accelerator,
        base=base,
        parts=parts,
        feeder=Feeder(base=base, recipe=recipe, own=task.own, prior=prior),
        recipe=recipe,
    )
    captions = sample_captions(recipe, task.own)

    def sample(folder: Path, step: int) -> None:
        save_grid(base, captions, recipe, folder / f"step-{step:06d}.png")

    identity = _identity(recipe, base, task.own, prior, accelerator.num_processes)
    return Run(pupil=pupil, folder=task.folder, identity=identity, sample=sample).go(fresh=fresh)


def _prior(recipe: Recipe, base: Base, accelerator: Accelerator) -> Lesson | None:
    generated = recipe.out / "prior"
    if recipe.prior_share and recipe.prior_data == GENERATED:
        with accelerator.main_process_first():
            if not generated.is_dir():
                with storage("a prior picture", "no checkpoint was touched"):
                    generate_prior(base, recipe, generated)
    data = prior_data(recipe, generated)
    if data is None:
        return None
    captions = captions_of(data, "verbatim", ())
    return Lesson(data=data, captions=captions, weight=recipe.prior_weight)


def _identity(
    recipe: Recipe, base: Base, own: Lesson, prior: Lesson | None, processes: int
) -> dict[str, Any]:
    """Return, as plain JSON values, what must be the same for a run to be gone on with."""
    facts = {
        **recipe.decisive(),
        "base": base.digest,
        "size_px": base.size_px,
        "pictures": own.data.fingerprint,
        "prior pictures": prior.data.fingerprint if prior else None,
        "processes": processes,
    }
    plain: dict[str, Any] = json.loads(json.dumps(facts))
    return plain


@contextmanager
def _alone(out: Path, accelerator: Accelerator) -> Iterator[None]:
    """Hold the run's folder, so that two runs cannot write into it.

    Raises:
        StorageError: It cannot be written, or another run holds it.
    """
    if not accelerator.is_main_process:
        yield
        return
    with storage(f"the folder {out}", "nothing was trained"):
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / ".lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StorageError(f"another run is writing into {out}") from error
        sweep_up(out)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, train, and say where the adapters are.

    Returns:
        0, or 1 after a sentence on stderr that says what to do.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    add_recipe(parser)
    parser.add_argument("--fresh", action="store_true", help="forget earlier checkpoints in --out")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 for all")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("workers.training").setLevel(logging.INFO)
    try:
        if given.threads:
            _limit(given.threads)
        folders = train(recipe_from(given), fresh=given.fresh)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return _FAILED
    sys.stdout.writelines(f"{folder}\n" for folder in folders)
    return 0


def _limit(threads: int) -> None:
    torch.set_num_threads(threads)


if __name__ == "__main__":
    sys.exit(main())
