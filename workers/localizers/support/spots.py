"""From a mask to separate spots: which pixels belong together, and the box around each."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from workers.localizers import Box, Located, Mask

_NEAR: Final = 0.02
"""Spots closer than this share of the photo's longer side are one; an eczema is not forty spots."""


def located(mask: Mask) -> Located:
    """Return a mask with the boxes of its spots."""
    return Located(mask=mask, boxes=boxes_of(groups_of(mask)), share=float(mask.mean()))


def groups_of(mask: Mask) -> NDArray[np.int32]:
    """Number the spots of a mask, 1 for the one with most pixels; 0 where there is none, (H, W)."""
    reach = max(int(_NEAR * max(mask.shape)), 1)
    grown = ndimage.binary_dilation(mask[::2, ::2], iterations=max(reach // 2, 1))
    coarse, count = ndimage.label(grown)
    full = np.kron(coarse, np.ones((2, 2), np.int32))[: mask.shape[0], : mask.shape[1]]
    full = full.astype(np.int32) * mask
    sizes = np.bincount(full.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-sizes, kind="stable")
    numbers = np.zeros(count + 1, np.int32)
    kept = order[sizes[order] > 0]
    numbers[kept + 1] = np.arange(1, len(kept) + 1)
    groups: NDArray[np.int32] = numbers[full]
    return groups


def boxes_of(groups: NDArray[np.int32]) -> tuple[Box, ...]:
    """Return the box of each numbered spot, in their order."""
    return tuple(_box(place) for place in ndimage.find_objects(groups) if place is not None)


def _box(place: tuple[slice, slice]) -> Box:
    down, right = place
    return Box(
        left=int(right.start),
        top=int(down.start),
        width=int(right.stop - right.start),
        height=int(down.stop - down.start),
    )
