"""A mask's edge moved to where the colour changes.

A small network marks an area well but its edge only as finely as it sees. In a narrow band along
that edge each pixel is given to the side whose colour, nearby, is more like its own.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage import color

from workers.localizers import Mask, Pixels

Floats = NDArray[np.float64]

_SIDE_PX: Final = 384
_BAND: Final = 0.022
"""Half the band's width, as a share of the longer side: about three of the network's pixels."""

_SMOOTH_PX: Final = 1.0
_SPECK: Final = 0.0004


def refined(rgb: Pixels, mask: Mask) -> Mask:
    """Return the mask with its edge refined.

    Args:
        rgb: The photo, (H, W, 3).
        mask: A mask of it, (H, W).
    """
    if not mask.any() or mask.all():
        return mask
    factor = max(1.0, max(mask.shape) / _SIDE_PX)
    size = (round(mask.shape[1] / factor), round(mask.shape[0] / factor))
    small = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX))
    area = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))
    sharper = _moved(_smooth_lab(small), area)
    soft = Image.fromarray(sharper.astype(np.float32))
    large = soft.resize((mask.shape[1], mask.shape[0]), Image.Resampling.BICUBIC)
    result: Mask = np.asarray(large) > 0.5
    return result


def _smooth_lab(rgb: Pixels) -> Floats:
    lab: Floats = color.rgb2lab(rgb)
    return np.stack([ndimage.gaussian_filter(lab[..., k], _SMOOTH_PX) for k in range(3)], axis=-1)


def _moved(lab: Floats, area: Mask) -> Mask:
    reach = max(int(_BAND * max(area.shape)), 2)
    depth = ndimage.distance_transform_edt(area)
    height = ndimage.distance_transform_edt(~area)
    band = (depth <= reach) & (height <= reach)
    # Small spots would lose all their inside to the band: their deepest half stays.
    sure_in = area & ((depth > reach) | (depth > 0.5 * ndimage.maximum_filter(depth, 4 * reach)))
    near_in, near_out = _nearby(lab, sure_in, 2 * reach), _nearby(lab, height > reach, 2 * reach)
    to_in = np.linalg.norm(lab - near_in, axis=-1)
    to_out = np.linalg.norm(lab - near_out, axis=-1)
    moved = np.where(band & ~sure_in, to_in < to_out, area)
    moved = ndimage.binary_fill_holes(ndimage.binary_opening(moved)) | sure_in
    labels, _ = ndimage.label(moved)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept: Mask = (sizes >= _SPECK * area.size)[labels] & moved
    return kept


def _nearby(lab: Floats, where: Mask, sigma_px: float) -> Floats:
    """Return the mean colour of the part ``where``, weighted by nearness, at each place."""
    amount = ndimage.gaussian_filter(where.astype(np.float64), sigma_px) + 1e-9
    planes = [
        ndimage.gaussian_filter(np.where(where, lab[..., k], 0), sigma_px) / amount
        for k in range(3)
    ]
    return np.stack(planes, axis=-1)
