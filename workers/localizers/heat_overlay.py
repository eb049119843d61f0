"""A heat map laid over the photo, in colours that skin does not have.

Red would read as inflamed. From dark blue over green to yellow, brightness rises with the value, so
that the map also works without colour vision and on every skin tone.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from workers.localizers import Pixels

# Source: corner colours of viridis (Smith and van der Walt, 2015), without its purple end.
_COLOURS: Final = np.array([[49, 104, 142], [31, 158, 137], [109, 205, 89], [253, 231, 37]])
_STRONGEST: Final = 0.62
_FAINTEST: Final = 0.12
"""Values below this stay uncoloured."""

_LINES: Final = (0.5,)
_LINE: Final = (255, 255, 255)


def heated(rgb: Pixels, heat: NDArray[np.float64]) -> Pixels:
    """Lay a map over a photo.

    Args:
        rgb: The photo, (H, W, 3).
        heat: Any coarser grid of values, 0 to 1.

    Returns:
        A copy of the photo, coloured where the map is high.
    """
    height, width = rgb.shape[:2]
    values = smooth(heat, (height, width))
    places = np.clip(values, 0, 1) * (len(_COLOURS) - 1)
    low = np.minimum(places.astype(int), len(_COLOURS) - 2)
    part = (places - low)[..., None]
    colour = _COLOURS[low] * (1 - part) + _COLOURS[low + 1] * part
    strength = np.clip((values - _FAINTEST) / (1 - _FAINTEST), 0, 1) ** 0.7 * _STRONGEST
    mixed = rgb * (1 - strength[..., None]) + colour * strength[..., None]
    drawn = mixed.astype(np.uint8)
    for level in _LINES:
        drawn[_rim(values > level, max(2, max(height, width) // 300))] = _LINE
    return drawn


def smooth(heat: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """Bring a grid to a photo's size (H, W) without steps; 0 to 1."""
    image = Image.fromarray(heat.astype(np.float32))
    large = image.resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(large, np.float64), 0, 1)


def _rim(area: NDArray[np.bool_], width_px: int) -> NDArray[np.bool_]:
    """Return the outer edge of an area."""
    mask = Image.fromarray((area * 255).astype(np.uint8))
    grown = mask.filter(ImageFilter.MaxFilter(width_px // 2 * 2 + 1))
    rim: NDArray[np.bool_] = (np.asarray(grown) > 0) & ~area
    return rim
