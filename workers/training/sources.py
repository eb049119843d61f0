"""Chooses the data set that a recipe asks for, and the pictures of it."""

from pathlib import Path

import numpy as np

from workers.demo_pack.scene import CONDITIONS, HELD_OUT
from workers.training.datasets import Dataset, Subset
from workers.training.datasets.folder import ImageFolder
from workers.training.datasets.rendered import RenderedWorld
from workers.training.errors import DataError
from workers.training.recipe import GENERATED, RENDERED, Recipe

_RENDERS = 200
_PRIOR_SEED = 40_000_000


def own_data(recipe: Recipe) -> Dataset:
    """Return the pictures that are learned.

    Raises:
        DataError: They are missing, unreadable, or of other conditions.
    """
    if recipe.data == RENDERED:
        return RenderedWorld(
            recipe.conditions or HELD_OUT,
            each=recipe.images_per_condition or _RENDERS,
            seed=recipe.data_seed,
        )
    folder = ImageFolder(Path(recipe.data), unreadable=recipe.unreadable)
    return _chosen(folder, recipe)


def prior_data(recipe: Recipe, generated: Path) -> Dataset | None:
    """Return the pictures that must not be forgotten, or None if there are none.

    Args:
        recipe: What is wanted.
        generated: Where the base's own pictures were put.

    Raises:
        DataError: They are missing or unreadable.
    """
    if not recipe.prior_share:
        return None
    if recipe.prior_data == RENDERED:
        base = [c for c in CONDITIONS if c not in (recipe.conditions or HELD_OUT)]
        base = [c for c in base if c not in HELD_OUT]
        each = max(1, recipe.prior_images // len(base))
        return RenderedWorld(base, each=each, seed=_PRIOR_SEED + recipe.data_seed)
    folder = generated if recipe.prior_data == GENERATED else Path(recipe.prior_data)
    return ImageFolder(folder, unreadable=recipe.unreadable)


def of_condition(data: Dataset, condition: str) -> Dataset:
    """Return only the pictures of one condition."""
    indices = (i for i, note in enumerate(data.notes) if note.condition == condition)
    return Subset(data, tuple(indices))


def conditions_of(data: Dataset) -> tuple[str, ...]:
    """Return the conditions of a data set, sorted."""
    return tuple(sorted({note.condition for note in data.notes}))


def _chosen(data: Dataset, recipe: Recipe) -> Dataset:
    """Keep the wanted conditions, and at most so many pictures of each."""
    there = conditions_of(data)
    unknown = [c for c in recipe.conditions if c not in there]
    if unknown:
        raise DataError(
            f"{recipe.data} has no pictures of {', '.join(unknown)}; it has: "
            + (", ".join(filter(None, there)) or "no conditions")
        )
    rng = np.random.default_rng(recipe.data_seed)
    kept: list[int] = []
    for condition in recipe.conditions or there:
        mine = [i for i, note in enumerate(data.notes) if note.condition == condition]
        limit = recipe.images_per_condition or len(mine)
        kept += sorted(rng.permutation(mine)[:limit].tolist())
    return Subset(data, tuple(kept))
