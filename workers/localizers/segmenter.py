"""A small learned segmenter; the demo pack's is in ``models/demo/segmenter``.

It was trained on rendered skin only. What it marks on real skin has not been measured.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from torch import nn

from core.domain.errors import ModelUnavailable
from workers.entries import BuildOptions
from workers.localizers import Localizer, Located, Mask, Pixels
from workers.localizers.support.spots import located
from workers.localizers.support.unet import STRIDE, load_unet

SIDE_PX: Final = 128
"""Longer side of what the network sees, as in training."""

CERTAIN: Final = 0.5
"""Share from which a pixel counts as affected."""

_SMALLEST: Final = 0.0004
"""Areas below this share of the photo are specks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentingLocalizer:
    """A network that gives each pixel a logit.

    Attributes:
        model: Pixels (B, 3, H, W) from -1 to 1 -> logits (B, H, W).
        device: Where it is.
    """

    model: nn.Module
    device: str = "cpu"

    def locate(self, rgb: Pixels) -> Located:
        """Locate affected skin in an upright sRGB photo, (H, W, 3)."""
        image = Image.fromarray(rgb)
        small = image.resize(_size(image.size), Image.Resampling.BOX)
        pixels = torch.from_numpy(np.asarray(small, np.float32).copy()) / 127.5 - 1  # (h, w, 3)
        with torch.inference_mode():
            batch = pixels.permute(2, 0, 1)[None].to(self.device)
            share = self.model(batch).sigmoid()[0].float().cpu().numpy()  # (h, w)
        return located(_enlarged(share, rgb.shape[:2]))


def build(options: BuildOptions) -> Localizer:
    """Load the weights.

    Raises:
        ModelUnavailable: They are missing or are not those of this network.
    """
    entry = options.entry
    if entry.folder is None:
        raise ModelUnavailable(f"{entry.label} needs a folder with the segmenter's weights")
    try:
        json.loads((entry.folder / "config.json").read_bytes())
        model: Any = load_unet(entry.folder)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelUnavailable(
            f"{entry.label} cannot be loaded from {entry.folder}; restore the folder"
        ) from error
    return SegmentingLocalizer(model=model.to(options.device.name), device=options.device.name)


def _size(size: tuple[int, int]) -> tuple[int, int]:
    """Return width and height for the network: the longer side as trained, both divisible."""
    factor = SIDE_PX / max(size)
    width, height = (max(STRIDE, round(side * factor / STRIDE) * STRIDE) for side in size)
    return width, height


def _enlarged(share: NDArray[np.float32], shape: tuple[int, ...]) -> Mask:
    """Bring shares to the photo's size and cut them; specks go."""
    large = Image.fromarray(share).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    mask: Mask = np.asarray(large) > CERTAIN
    labels, count = ndimage.label(mask)
    if not count:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept: Mask = (sizes >= _SMALLEST * mask.size)[labels] & mask
    return kept
