"""The data sets that an index can be built from, by one word that its card keeps."""

from functools import cached_property
from pathlib import Path
from typing import Final

from PIL import Image

from core.domain.errors import ModelUnavailable
from workers.demo_pack.pool import CLASSES, PoolSpec, one
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, SITES, Scene, sample_scene
from workers.training.datasets import Dataset, Notes
from workers.training.datasets.folder import ImageFolder
from workers.training.datasets.rendered import notes_of
from workers.training.errors import DataError

RENDERED: Final = "rendered"
POOL: Final = "pool"
SYNTHETIC: Final = (RENDERED, POOL)


class RenderedPhotos:
    """The rendered world as people photograph it: any light, hair, ink, blur."""

    def __init__(self, each: int, seed: int) -> None:
        """Choose how many of each condition, tones and severities in turn."""
        self._each = each
        self._seed = seed

    @cached_property
    def _scenes(self) -> tuple[Scene, ...]:
        return tuple(
            sample_scene(
                self._seed + CONDITIONS.index(condition) * 100_000 + number,
                conditions=(condition,),
                tone=number % 6 + 1,
                severity=number // 6 % 3 + 1,
            )
            for condition in CONDITIONS
            for number in range(self._each)
        )

    @property
    def notes(self) -> tuple[Notes, ...]:
        """What each scene shows."""
        return tuple(notes_of(scene) for scene in self._scenes)

    @property
    def fingerprint(self) -> str:
        """The choices that decide every pixel."""
        return f"{RENDERED}:{self._each}:{self._seed}"

    def picture(self, index: int, size_px: int) -> Image.Image:
        """Render a picture in just the size that is wanted."""
        return Image.fromarray(render(self._scenes[index], size_px).image)


class RenderedPool:
    """The atlas pictures that the demo diffusion model was trained on, by their seeds."""

    def __init__(self, count: int, seed: int, size_px: int = 96) -> None:
        """Choose the first ``count`` pictures of the pool."""
        self._spec = PoolSpec(name="", count=count, size_px=size_px, seed=seed, textbook=True)

    @cached_property
    def notes(self) -> tuple[Notes, ...]:
        """What each picture shows."""
        labels = (one(self._spec, self._spec.seed + i)[1] for i in range(self._spec.count))
        return tuple(Notes(condition=CLASSES[row[0]], site=SITES[row[2]]) for row in labels)

    @property
    def fingerprint(self) -> str:
        """The choices that decide every pixel."""
        return f"{POOL}:{self._spec.count}:{self._spec.seed}"

    def picture(self, index: int, size_px: int) -> Image.Image:  # noqa: ARG002 - as it was trained on
        """Render a picture in the size that was trained on."""
        return Image.fromarray(one(self._spec, self._spec.seed + index)[0])


def open_source(source: str) -> Dataset:
    """Return the data set of a card's ``source``.

    Raises:
        ModelUnavailable: It is missing, or the word makes no sense.
    """
    kind, _, rest = source.partition(":")
    try:
        if kind in SYNTHETIC:
            count, seed = (int(part) for part in rest.split(":"))
            return RenderedPhotos(count, seed) if kind == RENDERED else RenderedPool(count, seed)
        return ImageFolder(Path(source), unreadable="skip")
    except (DataError, OSError, ValueError) as error:
        raise ModelUnavailable(f"the data set {source} cannot be opened: {error}") from error
