"""Gives the batch of any step, from its number alone.

Nothing is drawn from a running random state: order, noise, times, mirroring and empty captions of
a pass are functions of the seed and of the pass's number. So a run that was killed goes on with
exactly the batches that an unbroken run would have seen (docs/adr/0013).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from workers.training.base import Base
from workers.training.datasets import Dataset
from workers.training.recipe import Recipe

_ORDER, _CHANCE, _NOISE = range(3)
_RESAMPLING: Final = Image.Resampling.LANCZOS


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Pictures and their captions."""

    data: Dataset
    captions: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one pass sees.

    Attributes:
        latents: Scaled latents, (B, 4, h, w).
        noise: Of the same shape.
        times: Step of the noise schedule, (B,).
        captions: B captions.
        weights: Weight of each picture's error, (B,).
    """

    latents: Tensor
    noise: Tensor
    times: Tensor
    captions: tuple[str, ...]
    weights: Tensor


@dataclass(slots=True)
class Feeder:
    """Makes batches of what is learned and of what must not be forgotten."""

    base: Base
    recipe: Recipe
    own: Lesson
    prior: Lesson | None = None
    _encoded: dict[tuple[int, int, bool], Tensor] = field(default_factory=dict)

    def batch(self, number: int) -> Batch:
        """Return the batch of a pass; passes of all processes and steps are counted in one row."""
        chance = np.random.default_rng([self.recipe.seed, _CHANCE, number])
        own = self.recipe.own_per_batch if self.prior else self.recipe.batch
        rows = [(self.own, row) for row in self._rows(self.own, number, own)]
        if self.prior:
            rest = self.recipe.batch - own
            rows += [(self.prior, row) for row in self._rows(self.prior, number, rest)]
        noise = torch.Generator().manual_seed(_mixed(self.recipe.seed, _NOISE, number))
        latents = torch.cat([self._latent(*row, chance, noise) for row in rows])
        empty = chance.random(len(rows)) < self.recipe.empty_captions
        captions = [
            "" if gone else lesson.captions[row]
            for (lesson, row), gone in zip(rows, empty, strict=True)
        ]
        return self._noised(latents, noise, captions, [lesson.weight for lesson, _ in rows])

    def _noised(
        self,
        latents: Tensor,
        seed: torch.Generator,
        captions: Sequence[str],
        weights: Sequence[float],
    ) -> Batch:
        noise = torch.randn(latents.shape, generator=seed)
        if self.recipe.noise_offset:
            shared = torch.randn((*latents.shape[:2], 1, 1), generator=seed)
            noise = noise + self.recipe.noise_offset * shared
        times = torch.randint(len(self.base.alphas), (len(latents),), generator=seed)
        device = self.base.device
        return Batch(
            latents=latents.to(device),
            noise=noise.to(device),
            times=times.to(device),
            captions=tuple(captions),
            weights=torch.tensor(weights, device=device),
        )

    def _rows(self, lesson: Lesson, number: int, count: int) -> list[int]:
        """Return which pictures a pass sees: every picture once before any comes again."""
        total = len(lesson.captions)
        places = range(number * count, (number + 1) * count)
        return [int(self._order(place // total, total)[place % total]) for place in places]

    def _order(self, epoch: int, total: int) -> NDArray[np.int64]:
        return np.random.default_rng([self.recipe.seed, _ORDER, epoch]).permutation(total)

    def _latent(
        self, lesson: Lesson, row: int, chance: np.random.Generator, noise: torch.Generator
    ) -> Tensor:
        """Return one picture's latents (1, 4, h, w), drawn from the autoencoder's spread."""
        mirrored = self.recipe.mirror and bool(chance.random() < 0.5)
        corner = chance.random(2) if self.recipe.crop == "random" else np.array([0.5, 0.5])
        mean, deviation = self._spread(lesson, row, corner, mirrored=mirrored).chunk(2)
        return mean + deviation * torch.randn(mean.shape, generator=noise)

    def _spread(self, lesson: Lesson, row: int, corner: Any, *, mirrored: bool) -> Tensor:
        key = (int(lesson is self.prior), row, mirrored)
        if key in self._encoded:
            return self._encoded[key]
        picture = squared(lesson.data.picture(row, self.base.size_px), self.base.size_px, corner)
        picture = ImageOps.mirror(picture) if mirrored else picture
        # Always one by one: in company the last digits would depend on the company.
        with torch.no_grad():
            spread = self.base.latents(as_pixels(picture)).cpu()
        if self.recipe.crop == "center" and len(self._encoded) < self.recipe.cached_pictures:
            self._encoded[key] = spread
        return spread


def squared(picture: Image.Image, size_px: int, corner: Sequence[float]) -> Image.Image:
    """Cut the largest square out of a picture, at a corner from 0 to 1, and resize it."""
    side = min(picture.size)
    left = round((picture.width - side) * corner[0])
    top = round((picture.height - side) * corner[1])
    if picture.size == (size_px, size_px):
        return picture
    box = (left, top, left + side, top + side)
    return picture.resize((size_px, size_px), _RESAMPLING, box=box)


def as_pixels(picture: Image.Image) -> Tensor:
    """Turn a picture into floats (1, 3, S, S) from -1 to 1."""
    values = torch.from_numpy(np.asarray(picture, np.float32) / 127.5 - 1)
    return values.permute(2, 0, 1)[None]


def _mixed(*numbers: int) -> int:
    """Return a seed for torch that differs for all combinations of small numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
