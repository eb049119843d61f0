"""The rendered world of the demo pack as a data set: pictures are drawn when they are asked for."""

from collections.abc import Sequence
from functools import cached_property

from PIL import Image

from workers.demo_pack.prompts import NAMES, SEVERITIES, TONES, prompt
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, Scene, sample_scene
from workers.training.datasets import Notes
from workers.training.errors import DataError


class RenderedWorld:
    """Atlas pictures of some conditions, `each` of every one, fixed by a seed."""

    def __init__(self, conditions: Sequence[str], *, each: int, seed: int) -> None:
        """Choose what is drawn.

        Raises:
            DataError: A condition is not one that the renderer draws.
        """
        unknown = [c for c in conditions if c not in CONDITIONS]
        if unknown:
            raise DataError(
                f"the renderer draws no {', '.join(unknown)}; it draws {', '.join(CONDITIONS)}"
            )
        self._conditions = tuple(conditions)
        self._each = each
        self._seed = seed

    @cached_property
    def _scenes(self) -> tuple[Scene, ...]:
        return tuple(
            sample_scene(self._seed + number, conditions=(condition,), textbook=True)
            for condition in self._conditions
            for number in self._numbers(condition)
        )

    def _numbers(self, condition: str) -> range:
        # A condition's pictures do not depend on which others are learned with it.
        first = CONDITIONS.index(condition) * 100_000
        return range(first, first + self._each)

    @cached_property
    def notes(self) -> tuple[Notes, ...]:
        """What each scene shows."""
        return tuple(notes_of(scene) for scene in self._scenes)

    @property
    def fingerprint(self) -> str:
        """The three choices that decide every pixel."""
        names = ",".join(self._conditions)
        return f"rendered/{names}/{self._each}/{self._seed}"

    def picture(self, index: int, size_px: int) -> Image.Image:
        """Render a picture in just the size that is wanted."""
        return Image.fromarray(render(self._scenes[index], size_px).image)


def notes_of(scene: Scene) -> Notes:
    """Return what is known of a scene's picture, which is everything."""
    return Notes(
        condition=scene.condition,
        name=NAMES[scene.condition],
        caption=prompt(scene.condition, scene.tone, scene.site, scene.severity),
        tone=TONES[scene.tone - 1],
        site=scene.site,
        severity=SEVERITIES[scene.severity - 1],
    )
