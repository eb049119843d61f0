"""Rough small pictures of latents, for nearly nothing.

Colour is close to linear in latents. The map is learned from the pictures that were finished, so
that it fits every autoencoder; before the first one there are no previews.
"""

from typing import Final

import numpy as np
import torch
from PIL import Image

SHORTEST_PX: Final = 128
_RIDGE: Final = 1e-3


class Sketcher:
    """A linear map from latents to colours, by least squares."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._products: torch.Tensor | None = None
        self._targets: torch.Tensor | None = None
        self._weights: torch.Tensor | None = None

    def learn(self, latents: torch.Tensor, image: Image.Image) -> None:
        """Take note of finished latents ``(1, C, H, W)`` and their picture."""
        rows = _rows(latents)  # (H * W, C + 1)
        small = image.resize((latents.shape[-1], latents.shape[-2]), Image.Resampling.BOX)
        colours = torch.from_numpy(np.array(small)).reshape(-1, 3).double() / 255
        products, targets = rows.T @ rows, rows.T @ colours
        self._products = products if self._products is None else self._products + products
        self._targets = targets if self._targets is None else self._targets + targets
        ridge = _RIDGE * torch.eye(len(products), dtype=torch.float64) * self._products.trace()
        self._weights = torch.linalg.solve(self._products + ridge, self._targets)

    def sketch(self, latents: torch.Tensor) -> Image.Image | None:
        """Return a small picture of latents ``(1, C, H, W)``; None before anything was learned."""
        if self._weights is None:
            return None
        height, width = latents.shape[-2:]
        colours = (_rows(latents) @ self._weights).clamp(0, 1) * 255
        pixels = colours.reshape(height, width, 3).round().to(torch.uint8).numpy()
        factor = max(1, -(-SHORTEST_PX // min(height, width)))
        size = (width * factor, height * factor)
        return Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)


def _rows(latents: torch.Tensor) -> torch.Tensor:
    flat = latents[0].detach().cpu().double().flatten(1).T  # (H * W, C)
    return torch.cat([flat, torch.ones(len(flat), 1, dtype=torch.float64)], dim=1)
