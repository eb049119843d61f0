"""Where in a photo the affected skin is, behind one protocol, one backend per file.

To add one, write ``workers/localizers/<backend>.py`` with ``build(options) -> Localizer`` and name
it as ``backend`` of an entry ``[localizer.<name>]`` of ``config/models.toml``. A localizer says
where skin differs from the skin around it; it does not say what that is.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in pixels of the photo; ``left`` and ``top`` belong to it."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The affected area of one photo.

    Attributes:
        mask: True on affected skin, (H, W) of the photo. All False when nothing stands out.
        boxes: One for each separate spot, largest first; small spots close together share one.
        share: Affected share of the picture, 0 to 1.
    """

    mask: Mask
    boxes: tuple[Box, ...]
    share: float


class Localizer(Protocol):
    """Finds the affected area."""

    def locate(self, rgb: Pixels) -> Located:
        """Locate affected skin in an upright sRGB photo, (H, W, 3)."""
        ...
