"""How each kind of pipeline is called: what it takes for a row, and how a pass over rows is made.

Rows of one pass may differ in everything but their shapes. Each family does for single rows what
its pipeline's ``__call__`` does for a batch that has everything in common; tests hold them to it.

Source: the ``__call__`` of the pipelines of diffusers 0.42.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from diffusers.utils.torch_utils import randn_tensor

Row = Mapping[str, torch.Tensor]
"""What the model is told about one row, by argument; first dimension 1."""


class Family(Protocol):
    """One kind of pipeline."""

    @property
    def pipe(self) -> Any:
        """Return the pipeline itself."""
        ...

    @property
    def model(self) -> Any:
        """Return the module that predicts noise."""
        ...

    @property
    def size_px(self) -> int:
        """Return the side of the pictures that it was trained on."""
        ...

    @property
    def inpaints(self) -> bool:
        """Return whether the model was trained to see mask and masked photo beside the latents."""
        ...

    @property
    def encodes_first(self) -> bool:
        """Return whether its pipeline encodes the photo even where it begins with noise alone.

        It matters for the seed: encoding draws from the picture's random generator.
        """
        ...

    def beside(self, mask: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
        """Return what a model that was trained to inpaint sees beside the latents.

        Args:
            mask: ``(1, 1, height, width)`` in pixels, 1 where it is drawn anew.
            masked: ``(1, C, H, W)``, latents of the photo without what is drawn anew.

        Returns:
            ``(1, C', H, W)``.
        """
        ...

    def words(self, text: str) -> Row:
        """Return what the text encoders make of a prompt."""
        ...

    def nothing(self) -> Row:
        """Return what guidance steers away from when no negative prompt is given."""
        ...

    def row(self, words: Row, size_px: int, guidance: float) -> Row:
        """Return a whole row."""
        ...

    def guided(self, guidance: float) -> bool:
        """Return whether a picture needs a second row, to be steered away from."""
        ...

    def course(self, scheduler: Any, size_px: int, steps: int) -> dict[str, Any]:
        """Return the arguments of the scheduler's ``set_timesteps``."""
        ...

    def noise(self, size_px: int, generator: torch.Generator) -> torch.Tensor:
        """Return fresh noise, ``(1, C, H, W)``."""
        ...

    def predict(self, latents: torch.Tensor, times: torch.Tensor, rows: Row) -> torch.Tensor:
        """Make one pass.

        Args:
            latents: ``(B, C, H, W)``, as the scheduler scaled them.
            times: ``(B,)``, a time step of its own for each row.
            rows: What rows have, joined along the first dimension.

        Returns:
            ``(B, C', H, W)`` with the latents' channels.
        """
        ...


class PipelineFamily:
    """What the families share."""

    def __init__(self, pipe: Any, model: Any) -> None:
        self.pipe = pipe
        self.model = model

    @property
    def inpaints(self) -> bool:
        return False

    @property
    def encodes_first(self) -> bool:
        return not self.inpaints

    def beside(self, mask: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
        small = torch.nn.functional.interpolate(mask, size=masked.shape[-2:])
        return torch.cat([small.to(masked.device, masked.dtype), masked], dim=1)

    @property
    def channels(self) -> int:
        return int(self.pipe.vae.config.latent_channels)

    def noise(self, size_px: int, generator: torch.Generator) -> torch.Tensor:
        side = size_px // self.pipe.vae_scale_factor
        shape = (1, self.channels, side, side)
        noise: torch.Tensor = randn_tensor(
            shape, generator=generator, device=self.pipe.device, dtype=self.model.dtype
        )
        return noise

    def guided(self, guidance: float) -> bool:
        return guidance > 1

    def course(self, scheduler: Any, size_px: int, steps: int) -> dict[str, Any]:  # noqa: ARG002 - the protocol's form
        return {"num_inference_steps": steps}
