"""A localizer without weights: what differs in colour from the skin around it, light allowed for.

Shade changes slowly over a photo and a lesion's colour does not. So a smooth surface is fitted to
the skin's lightness and colour, starting from the border and leaving out what does not fit; what
then lies far off the surface is affected. Hair, ink, rulers and what is behind the body are left
out. It marks any lesion that differs from skin in colour, and misses those that differ in relief
alone.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage import color, filters
from skimage.morphology import disk, remove_small_objects, white_tophat

from workers.entries import BuildOptions
from workers.localizers import Localizer, Located, Mask, Pixels
from workers.localizers.support.spots import located

Floats = NDArray[np.float64]

# Found on rendered training scenes. Source: `python -m workers.evaluation.localizer`.
_SIDE_PX: Final = 192
_BORDER: Final = 0.18
_ROUNDS: Final = 8
_CUT: Final = 2.2
_WEIGHTS: Final = np.array([0.7, 1.0, 0.8])
_RED_CUT: Final = 1.5
_LESS_RED: Final = 0.5
_FEWEST: Final = 50
_NOISE_DE: Final = 1.2
_STRONG_DE: Final = 13.0
_LEAST_DE: Final = 3.3
_MOST_DE: Final = 9.0
_SMOOTH_PX: Final = 1.2
_HAIR_PX: Final = 4
_CLOSED_PX: Final = 4
_SMALLEST: Final = 0.0003
_SCRAP: Final = 0.03
_CUT_SCRAP: Final = 0.2


class ClassicalLocalizer:
    """Robust surface of healthy skin, then a threshold on the distance from it."""

    def locate(self, rgb: Pixels) -> Located:
        """Locate affected skin in an upright sRGB photo, (H, W, 3)."""
        small = _shrunk(rgb)
        smooth = _without_hair(small)
        distance = _distance(smooth, _background(smooth))
        area = _cleaned(distance > _threshold(distance))
        return located(_enlarged(area, rgb.shape[:2]))


def _shrunk(rgb: Pixels) -> Pixels:
    image = Image.fromarray(rgb)
    image.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX)
    return np.asarray(image)


def _without_hair(small: Pixels) -> Floats:
    """Close thin dark lines and take out grain: (H, W, 3) -> CIELAB (H, W, 3)."""
    grey = small.astype(np.float64).mean(axis=2)
    closed = ndimage.grey_closing(grey, size=(_HAIR_PX * 2 + 1,) * 2)
    thin = white_tophat(closed - grey, disk(_HAIR_PX // 2)) > 8
    lab: Floats = color.rgb2lab(small)
    filled = np.stack([_filled(lab[..., k], thin) for k in range(3)], axis=-1)
    return np.stack(
        [ndimage.gaussian_filter(filled[..., k], _SMOOTH_PX) for k in range(3)], axis=-1
    )


def _filled(plane: Floats, hole: Mask) -> Floats:
    """Fill a thin hole with the average of what is around it."""
    known = (~ndimage.binary_dilation(hole)).astype(np.float64)
    amount = ndimage.gaussian_filter(known, _HAIR_PX) + 1e-6
    around = ndimage.gaussian_filter(plane * known, _HAIR_PX) / amount
    return np.where(known > 0, plane, around)


def _background(lab: Floats) -> Mask:
    """What is not body at all: neutral or cold colours that reach the picture's border."""
    chroma_red, chroma_yellow = lab[..., 1], lab[..., 2]
    foreign = (chroma_red < 1.5) | (chroma_yellow < -2)
    labels, count = ndimage.label(ndimage.binary_opening(foreign, iterations=1))
    if not count:
        return np.zeros_like(foreign)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    reaching = np.isin(labels, np.unique(rim[rim > 0]))
    outside: Mask = ndimage.binary_dilation(reaching, iterations=3)
    return outside


def _distance(lab: Floats, left_out: Mask) -> Floats:
    """Weighted colour distance from the surface of healthy skin, (H, W)."""
    terms = _terms(*left_out.shape)
    use = ~left_out & _near_border(*left_out.shape)
    off = np.zeros_like(lab)
    for _ in range(_ROUNDS):
        if use.sum() < _FEWEST:
            use = ~left_out
        if use.sum() < _FEWEST:
            break
        weights, *_ = np.linalg.lstsq(terms[use], lab[use], rcond=None)
        off = (lab - terms @ weights) * _WEIGHTS
        length = _length(off)
        spread = max(1.4826 * float(np.median(length[use])), _NOISE_DE)
        # Redder skin is left out sooner: healthy skin is the less red of two.
        use = ~left_out & (length < _CUT * spread) & (off[..., 1] < _RED_CUT * spread)
    distance = _length(off)
    distance[left_out] = 0
    return distance


def _terms(height: int, width: int) -> Floats:
    """Terms of a quadratic surface over the picture, (H, W, 6)."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def _length(off: Floats) -> Floats:
    """Length of weighted differences (H, W, 3); less red counts less than redder."""
    red = np.where(off[..., 1] < 0, _LESS_RED * off[..., 1], off[..., 1])
    length: Floats = np.sqrt(off[..., 0] ** 2 + red**2 + off[..., 2] ** 2)
    return length


def _near_border(height: int, width: int) -> Mask:
    ring = np.ones((height, width), bool)
    down, right = int(height * _BORDER), int(width * _BORDER)
    ring[down : height - down, right : width - right] = False
    return ring


def _threshold(distance: Floats) -> float:
    """Where affected begins: between the two heaps of distances, within bounds."""
    # Cut at the top, or a few white scales would push the threshold over the redness around them.
    limited = np.minimum(distance, _STRONG_DE)
    return float(np.clip(filters.threshold_otsu(limited), _LEAST_DE, _MOST_DE))


def _cleaned(area: Mask) -> Mask:
    """Close gaps and holes, and drop specks."""
    smallest = max(int(_SMALLEST * area.size), 4)
    pad = _CLOSED_PX + 1
    area = ndimage.binary_closing(np.pad(area, pad), iterations=_CLOSED_PX)[pad:-pad, pad:-pad]
    area = ndimage.binary_fill_holes(ndimage.binary_opening(area))
    return _without_scraps(remove_small_objects(area, max_size=smallest))


def _without_scraps(area: Mask) -> Mask:
    """Drop spots that are tiny beside the largest, and smallish ones cut by the border."""
    labels, count = ndimage.label(area)
    if not count:
        return area
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    cut = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    least = np.full(count + 1, _SCRAP * sizes.max())
    least[cut] = _CUT_SCRAP * sizes.max()
    kept: Mask = (sizes >= least)[labels] & area
    return kept


def _enlarged(area: Mask, shape: tuple[int, ...]) -> Mask:
    """Bring a mask to the photo's size with smooth edges."""
    soft = Image.fromarray(area.astype(np.float32))
    large = soft.resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    mask: Mask = np.asarray(large) > 0.5
    return mask


def build(_options: BuildOptions) -> Localizer:
    """Build it; there is nothing to load."""
    return ClassicalLocalizer()
