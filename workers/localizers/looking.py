"""All that is made of one photo by looking at it: outline, figures, closer pictures of spots."""

import io
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image

from core.domain.seen import Spot
from workers.localizers import Box, Localizer, Pixels
from workers.localizers.figures import spots_of
from workers.localizers.overlay import outlined

_JPEG_QUALITY: Final = 90
_ROOM: Final = 0.6
"""Skin shown around a spot in its closer picture, as a share of its size at each side."""

_LEAST: Final = 0.22
"""Least side of a closer picture, as a share of the photo's shorter side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """A closer square picture of a spot."""

    jpeg: bytes = field(repr=False)
    side_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was seen in one photo.

    Attributes:
        outline: The photo with lines, JPEG.
        spots: Spots with their figures, without the keys of their crops.
        crops: A closer picture of each spot, by its number; empty where there is one spot only.
    """

    outline: bytes = field(repr=False)
    spots: tuple[Spot, ...]
    crops: dict[int, Crop]


def look(photo: bytes, localizer: Localizer) -> Looked | None:
    """Look at an encoded photo; None when nothing stands out."""
    rgb = np.asarray(Image.open(io.BytesIO(photo)).convert("RGB"))
    found = localizer.locate(rgb)
    if not found.boxes:
        return None
    spots = spots_of(rgb, found)
    several = spots if len(spots) > 1 else ()
    return Looked(
        outline=jpeg(outlined(rgb, found)),
        spots=spots,
        crops={spot.number: _crop(rgb, found.boxes[spot.number - 1]) for spot in several},
    )


def jpeg(rgb: Pixels) -> bytes:
    """Encode pixels (H, W, 3)."""
    target = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(target, "JPEG", quality=_JPEG_QUALITY)
    return target.getvalue()


def _crop(rgb: Pixels, box: Box) -> Crop:
    part = closer(rgb, box)
    return Crop(jpeg=jpeg(part), side_px=part.shape[0])


def closer(rgb: Pixels, box: Box) -> Pixels:
    """Cut out a square with a spot in its middle and some skin around it, inside the photo."""
    height, width = rgb.shape[:2]
    shorter = min(height, width)
    side = max(box.width, box.height) * (1 + 2 * _ROOM)
    side = round(min(max(side, _LEAST * shorter), shorter))
    left = round(box.left + box.width / 2 - side / 2)
    top = round(box.top + box.height / 2 - side / 2)
    left, top = min(max(left, 0), width - side), min(max(top, 0), height - side)
    return rgb[top : top + side, left : left + side]
