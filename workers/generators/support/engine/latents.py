"""Pictures to latents and back, with less memory when there is little."""

import logging
from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image

from workers.devices import Device, memory_guard
from workers.errors import OutOfMemory

logger = logging.getLogger(__name__)


class Darkroom:
    """The autoencoder of a pipeline."""

    def __init__(self, pipe: Any, device: Device) -> None:
        """Use a pipeline's autoencoder; one that overflows in float16 is made float32."""
        self._pipe = pipe
        self._vae = pipe.vae
        self._device = device
        self._frugal = False
        if self._vae.dtype == torch.float16 and self._vae.config.get("force_upcast"):
            self._vae.to(torch.float32)

    @property
    def frugal(self) -> bool:
        """Return whether pictures are developed in tiles and one by one, to save memory."""
        return self._frugal

    def develop(self, latents: Sequence[torch.Tensor]) -> list[Image.Image]:
        """Return the pictures of latents, each ``(1, C, H, W)``.

        The first time that memory runs out, tiling is switched on, for good.

        Raises:
            OutOfMemory: Not even one picture fits, tile by tile.
        """
        try:
            with memory_guard(self._device):
                return self._decode(latents)
        except OutOfMemory:
            if self._frugal and len(latents) == 1:
                raise
        self._be_frugal()
        return [image for one in latents for image in self._develop_one(one)]

    def _develop_one(self, latents: torch.Tensor) -> list[Image.Image]:
        with memory_guard(self._device):
            return self._decode([latents])

    def _be_frugal(self) -> None:
        if not self._frugal:
            logger.warning("autoencoder tiled", extra={"device": self._device.name})
            self._vae.enable_tiling()
            self._vae.enable_slicing()
            self._frugal = True

    def _decode(self, latents: Sequence[torch.Tensor]) -> list[Image.Image]:
        batch = torch.cat(list(latents)).to(self._vae.dtype)  # (B, C, H, W)
        pixels = self._vae.decode(self._unscaled(batch), return_dict=False)[0]  # (B, 3, H, W)
        images: list[Image.Image] = self._pipe.image_processor.postprocess(
            pixels.float(), output_type="pil"
        )
        return images

    def _unscaled(self, latents: torch.Tensor) -> torch.Tensor:
        config = self._vae.config
        if config.get("latents_mean") is not None and config.get("latents_std") is not None:
            mean, std = (
                torch.tensor(config[name], device=latents.device, dtype=latents.dtype)
                .view(1, -1, 1, 1)
                for name in ("latents_mean", "latents_std")
            )  # fmt: skip
            return latents * std / config["scaling_factor"] + mean
        return latents / config["scaling_factor"] + (config.get("shift_factor") or 0.0)

    def latents_of(self, pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Return the latents of pixels, ``(1, 3, H, W)`` from -1 to 1."""
        with memory_guard(self._device):
            spread = self._vae.encode(pixels.to(self._device.name, self._vae.dtype)).latent_dist
            config = self._vae.config
            latents: torch.Tensor = spread.sample(generator) - (config.get("shift_factor") or 0.0)
            return latents * config["scaling_factor"]

    def pixels_of(self, photo: Image.Image, size_px: int) -> torch.Tensor:
        """Return a photo as ``(1, 3, size_px, size_px)`` from -1 to 1."""
        shown = photo.convert("RGB").resize((size_px, size_px), Image.Resampling.LANCZOS)
        pixels: torch.Tensor = self._pipe.image_processor.preprocess(shown)
        return pixels.to(torch.float32)
