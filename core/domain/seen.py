"""What can be seen and measured in a photo: spots, their figures, and pictures that show them."""

from dataclasses import dataclass
from typing import Literal

from core.domain.messages import BlobKey

ViewKind = Literal["outline", "heat"]
Oddity = Literal["darker", "lighter", "redder", "larger", "uneven", "shades"]
"""In which way a spot differs most from the others of the same photo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One separate affected area of a photo, described by figures alone: none of them is a finding.

    Attributes:
        number: As drawn beside it, from 1 for the largest.
        left, top, width, height: Its box, as shares of the photo's width and height, 0 to 1.
        area_share: Its share of the photo, 0 to 1.
        diameter_mm: Longest distance across it; None where the photo shows no scale.
        area_mm2: Its area; None where the photo shows no scale.
        asymmetry: Share of it that finds no counterpart when it is folded over, 0 (even) to 1.
        border: How much longer its edge is than that of the smallest outline without dents around
            it, as a share: 0 (smooth) upwards.
        shades: How many clearly different colours it has, 1 to 6.
        crop: A closer JPEG of it for a second look; None where it is the only one.
        crop_px: Side of that square picture.
        odd: In which ways it differs from the other spots; empty unless it is the odd one out.
    """

    number: int
    left: float
    top: float
    width: float
    height: float
    area_share: float
    asymmetry: float
    border: float
    shades: int
    diameter_mm: float | None = None
    area_mm2: float | None = None
    crop: BlobKey | None = None
    crop_px: int = 0
    odd: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A photo of the person with something drawn on it; nothing in it is generated.

    Attributes:
        kind: ``outline`` of the affected area, or ``heat``: what speaks for one condition.
        blob: JPEG.
        turn_id: The turn that brought the photo.
        supports: Condition that the coloured parts speak for; empty for an outline.
        against: Condition that it was weighed against; empty for an outline.
    """

    kind: ViewKind
    blob: BlobKey
    turn_id: str
    supports: str = ""
    against: str = ""
