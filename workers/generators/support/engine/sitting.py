"""One picture in the making: its rows, its latents, its place on its schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from PIL import Image

from workers.generators import DrawRequest
from workers.generators.support.engine.family import Family, Row
from workers.generators.support.engine.latents import Darkroom
from workers.generators.support.engine.schedule import Schedule

BASE: Final = "__base__"
"""PEFT's name for rows that wear no adapter."""


@dataclass(slots=True, kw_only=True, eq=False)
class Sitting:
    """A picture and all that is its own.

    Attributes:
        request: What was asked for.
        schedule: Its way through the noise.
        latents: ``(1, C, H, W)``.
        positive: What the model is told.
        negative: What it is steered away from; None when it is not steered.
        guidance: How strongly.
        adapter: Name of the adapter that it wears, or `BASE`.
        noise: What it began with.
        original: Latents of the photo to keep where the mask is black; None to draw all anew.
        mask: ``(1, 1, H, W)``, 1 where it is drawn anew.
        beside: ``(1, C', H, W)``, mask and masked photo for a model that was trained to inpaint.
        clean: What the finished latents seem to be, for previews.
    """

    request: DrawRequest
    schedule: Schedule
    latents: torch.Tensor
    positive: Row
    negative: Row | None
    guidance: float
    adapter: str
    noise: torch.Tensor
    original: torch.Tensor | None = None
    mask: torch.Tensor | None = None
    beside: torch.Tensor | None = None
    clean: torch.Tensor | None = None

    @property
    def form(self) -> tuple[Any, ...]:
        """Return what pictures of one pass have in common."""
        shapes = {name: tuple(value.shape) for name, value in sorted(self.positive.items())}
        return (tuple(self.latents.shape), self.beside is None, tuple(shapes.items()))

    def shown(self) -> torch.Tensor:
        """Return what the model sees in this step."""
        scaled = self.schedule.scaled(self.latents)
        return scaled if self.beside is None else torch.cat([scaled, self.beside], dim=1)

    def advance(self, predicted: torch.Tensor) -> None:
        """Take the step that was predicted."""
        self.latents, self.clean = self.schedule.step(predicted, self.latents)
        if self.original is not None and self.mask is not None:
            kept = self.schedule.noised(self.original, self.noise)
            self.latents = (1 - self.mask) * kept + self.mask * self.latents


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Begins pictures.

    Attributes:
        family: How the pipeline is called.
        darkroom: Its autoencoder.
        scheduler: The template of all schedules.
        words: Gives the rows of a prompt under an adapter; None is the negative prompt.
    """

    family: Family
    darkroom: Darkroom
    scheduler: Any
    words: Callable[[str | None, str], Row]

    def begin(
        self, request: DrawRequest, *, adapter: str, size_px: int, steps: int, guidance: float
    ) -> Sitting:
        """Return a picture before its first step."""
        family = self.family
        # On the CPU: neither company nor device changes the noise.
        generator = torch.Generator("cpu").manual_seed(request.spec.seed)
        arguments = family.course(self.scheduler, size_px, steps)
        schedule = Schedule(self.scheduler, arguments, generator, request.strength)
        pixels = self._pixels(request, size_px)
        trained = family.inpaints
        start = None
        if pixels is not None and (request.strength < 1 or family.encodes_first):
            start = self.darkroom.latents_of(pixels, generator).to(family.model.dtype)
        noise = family.noise(size_px, generator)
        mask = _mask(request, noise, size_px)
        positive = family.row(self.words(request.prompt, adapter), size_px, guidance)
        guided = family.guided(guidance)
        return Sitting(
            request=request,
            schedule=schedule,
            latents=schedule.begin(noise, start, request.strength),
            positive=positive,
            negative=family.row(self.words(None, adapter), size_px, guidance) if guided else None,
            guidance=guidance,
            adapter=adapter,
            noise=noise,
            original=start if not trained and request.mask is not None else None,
            mask=mask,
            beside=self._beside(pixels, request, generator) if trained else None,
        )

    def _pixels(self, request: DrawRequest, size_px: int) -> torch.Tensor | None:
        if request.photo is not None:
            return self.darkroom.pixels_of(request.photo, size_px)
        if self.family.inpaints:
            # Without a photo all of an empty one is drawn anew.
            return torch.zeros(1, 3, size_px, size_px)
        return None

    def _beside(
        self,
        pixels: torch.Tensor | None,
        request: DrawRequest,
        generator: torch.Generator,
    ) -> torch.Tensor | None:
        if pixels is None:
            return None
        size = (pixels.shape[-2], pixels.shape[-1])
        mask = _mask_pixels(request, size)
        masked = self.darkroom.latents_of(pixels * (mask < 0.5), generator)
        return self.family.beside(mask, masked.to(self.family.model.dtype))


def _mask_pixels(request: DrawRequest, size: tuple[int, int]) -> torch.Tensor:
    if request.mask is None:
        return torch.ones(1, 1, *size)
    shown = request.mask.convert("L").resize((size[1], size[0]), Image.Resampling.LANCZOS)
    return (torch.from_numpy(np.array(shown)) >= 128).to(torch.float32)[None, None]


def _mask(request: DrawRequest, noise: torch.Tensor, size_px: int) -> torch.Tensor:
    """Return the mask at the latents' size, of the latents' kind."""
    pixels = _mask_pixels(request, (size_px, size_px))
    mask = torch.nn.functional.interpolate(pixels, size=noise.shape[-2:])
    return mask.to(noise.device, noise.dtype)
