"""Figures of each spot: size, asymmetry, border and colours, and which spot is the odd one out.

They follow the ABCD rule of dermoscopy in what they look at (Nachbar et al., J Am Acad Dermatol
30:551, 1994), not in how they count: no score and no threshold of that rule is used, and no figure
says what a spot is. Shades are counted by their distance from each other, so that they mean the
same on every skin tone. The odd one out is the "ugly duckling" of Grob and Bonerandi, Arch Dermatol
134:103, 1998.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage import color, measure

from core.domain.seen import Oddity, Spot
from workers.localizers import Located, Mask, Pixels
from workers.localizers.support.refining import refined
from workers.localizers.support.ruler import millimetre_px
from workers.localizers.support.spots import groups_of

Floats = NDArray[np.float64]

MOST_SPOTS: Final = 9
"""More are not numbered: nobody can follow so many."""

_SIDE_PX: Final = 512
_SMOOTH_PX: Final = 1.5
_CLEAR_DE: Final = 12.0
_SHADE_DE: Final = 13.0
_SHADE_SHARE: Final = 0.06
_MOST_SHADES: Final = 6
_SAMPLES: Final = 1500
_FEWEST_FOR_ODD: Final = 3
_ODD: Final = 3.2
_TWICE: Final = 1.6
_FEWEST_WAYS: Final = 2
_CLEARLY: Final = 1.2
_SPECK: Final = 0.03
"""A spot smaller than this share of its neighbours is a fleck beside them, not their like."""
# What difference in each figure is nothing unusual: log area, lightness, redness, and so on.
_USUAL: Final = np.array([0.35, 4.0, 3.0, 0.07, 0.06, 0.6])


def spots_of(rgb: Pixels, found: Located) -> tuple[Spot, ...]:
    """Return the spots of a photo with their figures, largest first; none when there are too many.

    Args:
        rgb: The photo, (H, W, 3).
        found: What a localizer made of it.
    """
    if not 0 < len(found.boxes) <= MOST_SPOTS:
        return ()
    scale = millimetre_px(rgb)
    small, groups, factor = _reduced(rgb, groups_of(found.mask))
    lab = _smooth_lab(small)
    groups = _sharpened(small, groups, lab)
    regions = [(number, groups == number) for number in range(1, len(found.boxes) + 1)]
    spots = [
        _spot(number, area, lab, factor / scale if scale else None)
        for number, area in regions
        if area.any()
    ]
    areas = [area for _, area in regions if area.any()]
    return _with_odd_one(spots, [_look(lab, area) for area in areas])


def _reduced(rgb: Pixels, groups: NDArray[np.int32]) -> tuple[Pixels, NDArray[np.int32], float]:
    """Shrink photo and spots to a working size; also returns how many photo pixels one is."""
    factor = max(1.0, max(rgb.shape[:2]) / _SIDE_PX)
    size = (round(rgb.shape[1] / factor), round(rgb.shape[0] / factor))
    small = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX))
    numbers = Image.fromarray(groups.astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
    return small, np.asarray(numbers).astype(np.int32), factor


def _sharpened(rgb: Pixels, groups: NDArray[np.int32], lab: Floats) -> NDArray[np.int32]:
    """Refine the edges of spots that stand out clearly; faint ones have no edge to refine."""
    area = groups > 0
    if not area.any() or area.all():
        return groups
    contrast = np.linalg.norm(np.median(lab[area], axis=0) - np.median(lab[~area], axis=0))
    if contrast < _CLEAR_DE:
        return groups
    sharper = refined(rgb, area)
    nearest = ndimage.distance_transform_edt(~area, return_distances=False, return_indices=True)
    return np.where(sharper, groups[tuple(nearest)], 0).astype(np.int32)


def _smooth_lab(rgb: Pixels) -> Floats:
    lab: Floats = color.rgb2lab(rgb)
    return np.stack(
        [ndimage.gaussian_filter(lab[..., plane], _SMOOTH_PX) for plane in range(3)], axis=-1
    )


def _spot(number: int, area: Mask, lab: Floats, mm_per_px: float | None) -> Spot:
    height, width = area.shape
    down, right = ndimage.find_objects(area.astype(np.int8))[0]
    return Spot(
        number=number,
        left=right.start / width,
        top=down.start / height,
        width=(right.stop - right.start) / width,
        height=(down.stop - down.start) / height,
        area_share=round(float(area.mean()), 4),
        asymmetry=round(asymmetry(area), 3),
        border=round(border(area), 3),
        shades=shades(lab[area]),
        diameter_mm=round(_longest_px(area) * mm_per_px, 1) if mm_per_px else None,
        area_mm2=round(float(area.sum()) * mm_per_px**2, 1) if mm_per_px else None,
    )


def asymmetry(area: Mask) -> float:
    """Return the share of a spot without a counterpart when folded along its two axes, 0 to 1."""
    y, x = np.nonzero(area)
    points = np.stack([x - x.mean(), y - y.mean()], axis=1)
    axes = np.linalg.eigh(np.cov(points.T) + 1e-9 * np.eye(2))[1]
    missing = []
    for flip in (np.diag([-1.0, 1.0]), np.diag([1.0, -1.0])):
        folded = points @ axes @ flip @ axes.T
        column = np.rint(folded[:, 0] + x.mean()).astype(int)
        row = np.rint(folded[:, 1] + y.mean()).astype(int)
        inside = (row >= 0) & (row < area.shape[0]) & (column >= 0) & (column < area.shape[1])
        hit = np.zeros(len(x), bool)
        hit[inside] = area[row[inside], column[inside]]
        missing.append(1 - hit.mean())
    return float(np.mean(missing))


def border(area: Mask) -> float:
    """Return how much longer a spot's edge is than the edge of its convex hull, as a share."""
    padded = ndimage.gaussian_filter(np.pad(area, 4).astype(float), 1.0)
    lines = measure.find_contours(padded, 0.5)
    if not lines:
        return 0.0
    edge = max(lines, key=len)
    hull = measure.find_contours(
        ndimage.gaussian_filter(_hull(np.pad(area, 4)).astype(float), 1.0), 0.5
    )
    return max(0.0, _length(edge) / max(_length(max(hull, key=len)), 1e-6) - 1) if hull else 0.0


def shades(colours: Floats) -> int:
    """Return how many clearly different colours there are among CIELAB pixels (N, 3), 1 to 6."""
    step = max(1, len(colours) // _SAMPLES)
    left, count = colours[::step], 0
    total = len(left)
    while len(left) > _SHADE_SHARE * total and count < _MOST_SHADES:
        # The commonest colour that is left, and all that can hardly be told from it.
        centre = _densest(left)
        near = np.linalg.norm(left - centre, axis=1) < _SHADE_DE
        if near.sum() <= _SHADE_SHARE * total:
            break
        left, count = left[~near], count + 1
    return max(count, 1)


def _densest(colours: Floats) -> Floats:
    few = colours[:: max(1, len(colours) // 60)]
    near = [(np.linalg.norm(colours - one, axis=1) < _SHADE_DE / 2).sum() for one in few]
    best: Floats = few[int(np.argmax(near))]
    return best


def _hull(area: Mask) -> Mask:
    filled: Mask = measure.regionprops(area.astype(np.uint8))[0].image_convex
    return np.pad(filled, 4)


def _length(line: Floats) -> float:
    return float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())


def _longest_px(area: Mask) -> float:
    """Return the longest distance across a spot, in pixels."""
    return float(measure.regionprops(area.astype(np.uint8))[0].feret_diameter_max)


def _look(lab: Floats, area: Mask) -> Floats:
    """Return what is compared between spots, in the order of `_USUAL`."""
    mean = lab[area].mean(axis=0)
    return np.array(
        [
            np.log(area.sum()),
            mean[0],
            mean[1],
            asymmetry(area),
            border(area),
            float(shades(lab[area])),
        ]
    )


def _with_odd_one(spots: Sequence[Spot], looks: Sequence[Floats]) -> tuple[Spot, ...]:
    """Mark the spot that differs clearly from all others, if there is exactly one."""
    if len(spots) < _FEWEST_FOR_ODD:
        return tuple(spots)
    table = np.stack(looks)  # (N, 6)
    off = np.stack([_distance(table, index) for index in range(len(spots))])
    strength = np.linalg.norm(off, axis=1)
    order = np.argsort(-strength)
    odd = int(order[0])
    ways = _ways(off[odd])
    clearly = strength[odd] >= max(_ODD, _TWICE * strength[order[1]])
    # One way is not enough: a mole that is merely larger than its neighbours is still a mole.
    speck = table[odd, 0] < np.median(np.delete(table[:, 0], odd)) + np.log(_SPECK)
    if not clearly or len(ways) < _FEWEST_WAYS or speck:
        return tuple(spots)
    marked = replace(spots[odd], odd=ways)
    return tuple(marked if index == odd else one for index, one in enumerate(spots))


def _distance(table: Floats, index: int) -> Floats:
    """Return how far a row lies from the others, in usual differences, (6,)."""
    others = np.delete(table, index, axis=0)
    middle = np.median(others, axis=0)
    spread = np.median(np.abs(others - middle), axis=0) * 1.48
    off: Floats = (table[index] - middle) / np.maximum(spread, _USUAL)
    return off


def _ways(off: Floats) -> tuple[Oddity, ...]:
    """Return in which ways a spot is odd, at most three, the strongest first."""
    signed: list[tuple[float, Oddity]] = [
        (off[0], "larger"),
        (-off[1], "darker"),
        (off[1], "lighter"),
        (off[2], "redder"),
        (max(off[3], off[4]), "uneven"),
        (off[5], "shades"),
    ]
    strong = sorted((pair for pair in signed if pair[0] >= _CLEARLY), reverse=True)
    return tuple(way for _, way in strong[:3])
