"""Where in a picture a sign is to be seen: found in the pixels, or not pointed at.

Every search starts from the affected area that the localizer finds, and compares it with the skin
around it: a sign that does not stand out from that is not there to be pointed at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import color

from core.domain.contrast import Feature
from workers.localizers import Located, Mask, Pixels
from workers.localizers.support.spots import groups_of

Floats = NDArray[np.float64]
Point = tuple[float, float]

_SMOOTH: Final = 0.006
"""Blur before looking, as a share of the picture's side: a sign is more than a pixel."""

_FEWEST: Final = 0.002
"""Smallest affected area, as a share of the picture, in which anything is looked for."""

# Least difference from the skin around, in CIELAB units, for a sign to be there at all.
_DARKER: Final = 6.0
_PALER: Final = 5.0
_YELLOWER: Final = 6.0
_REDDER: Final = 4.0
_BROWN: Final = 7.0
_HOLLOW: Final = 0.5
_STANDS_OUT: Final = 4.0

_RIM: Final = 0.03
"""Width of the edge zone, as a share of the picture's side."""


def point_at(feature: Feature, rgb: Pixels, found: Located) -> Point | None:
    """Return where an arrow should end, (x, y) in pixels; None when the sign cannot be found.

    Args:
        feature: What to look for.
        rgb: The picture, (H, W, 3).
        found: Its affected area.
    """
    mask = found.mask
    if mask.mean() < _FEWEST or mask.all():
        return None
    lab = _smooth_lab(rgb)
    return _SEARCHES[feature](_Scene(lab=lab, mask=mask, skin=np.median(lab[~mask], axis=0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """A picture as the searches see it: CIELAB (H, W, 3), the affected area, healthy skin (3,)."""

    lab: Floats
    mask: Mask
    skin: Floats


def _smooth_lab(rgb: Pixels) -> Floats:
    lab: Floats = color.rgb2lab(rgb)
    reach = max(_SMOOTH * max(rgb.shape[:2]), 1.0)
    return np.stack([ndimage.gaussian_filter(lab[..., k], reach) for k in range(3)], axis=-1)


def _extreme(value: Floats, mask: Mask, least: float) -> Point | None:
    """Return the place inside the mask where a value is highest, if it is high enough."""
    inner = ndimage.binary_erosion(mask, iterations=2)
    where = inner if inner.any() else mask
    y, x = np.unravel_index(int(np.where(where, value, -np.inf).argmax()), value.shape)
    return (float(x), float(y)) if value[y, x] >= least else None


def _edge(scene: _Scene) -> Point | None:
    """Return the place on the largest spot's edge where inside and outside differ most."""
    lab = scene.lab
    spot = groups_of(scene.mask) == 1
    rim = spot & ~ndimage.binary_erosion(spot, border_value=1)
    rim[0], rim[-1], rim[:, 0], rim[:, -1] = False, False, False, False
    if not rim.any():
        return None
    change = ndimage.gaussian_gradient_magnitude(lab[..., 0], max(lab.shape[:2]) * _SMOOTH)
    y, x = np.unravel_index(int(np.where(rim, change, -1).argmax()), rim.shape)
    # Of a ring only the edge is affected, so it is the edge that must differ from skin.
    inner = spot & (ndimage.distance_transform_edt(spot) < _RIM * max(lab.shape[:2]))
    off = np.median(lab[inner], axis=0) - scene.skin
    stands_out = float(np.linalg.norm(off)) >= _STANDS_OUT
    return (float(x), float(y)) if stands_out else None


def _notch(scene: _Scene) -> Point | None:
    """Return the edge point of the largest spot that lies farthest from a circle around it."""
    spot = groups_of(scene.mask) == 1
    rim = spot & ~ndimage.binary_erosion(spot, border_value=1)
    y, x = np.nonzero(rim)
    if not len(x):
        return None
    middle = np.array(ndimage.center_of_mass(spot))
    away = np.hypot(y - middle[0], x - middle[1])
    farthest = int(np.abs(away - np.sqrt(spot.sum() / np.pi)).argmax())
    return float(x[farthest]), float(y[farthest])


def _middle(scene: _Scene) -> Point | None:
    """Return the middle of the largest spot, if it looks more like skin than its edge does."""
    spot = ndimage.binary_fill_holes(groups_of(scene.mask) == 1)
    depth = ndimage.distance_transform_edt(spot)
    off = np.linalg.norm(scene.lab - scene.skin, axis=-1)
    core, ring = depth > 0.7 * depth.max(), spot & (depth < 0.4 * depth.max())
    if not ring.any() or np.median(off[core]) > (1 - _HOLLOW / 2) * np.median(off[ring]):
        return None
    return _inside(spot)


def _inside(mask: Mask) -> Point:
    """Return the place of the largest spot that is farthest from its edge."""
    depth = ndimage.distance_transform_edt(np.pad(groups_of(mask) == 1, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(x), float(y)


def _second(scene: _Scene) -> Point | None:
    """Return the middle of the second of several separate areas."""
    labels, count = ndimage.label(scene.mask)
    if count < 2:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    return _inside(labels == int(np.argsort(-sizes, kind="stable")[1]) + 1)


def _surface(scene: _Scene) -> Point | None:
    """Return the place inside the area that differs most from skin."""
    off = np.linalg.norm(scene.lab - scene.skin, axis=-1)
    return _extreme(off, scene.mask, _STANDS_OUT)


def _yellowest(scene: _Scene) -> Point | None:
    """Return a place that is yellower than skin, and not merely brown."""
    bright = scene.lab[..., 0] > scene.skin[0] - _BROWN
    yellower = np.where(bright, scene.lab[..., 2] - scene.skin[2], 0)
    return _extreme(yellower, scene.mask, _YELLOWER)


def _palest(scene: _Scene) -> Point | None:
    """Return a place that is paler than what is usual in the area and, there, than skin."""
    usual = min(float(scene.skin[0]), float(np.median(scene.lab[scene.mask, 0])))
    return _extreme(scene.lab[..., 0] - usual, scene.mask, _PALER)


_SEARCHES: Final[dict[Feature, Callable[[_Scene], Point | None]]] = {
    "dark": lambda scene: _extreme(scene.skin[0] - scene.lab[..., 0], scene.mask, _DARKER),
    "pale": _palest,
    "yellow": _yellowest,
    "red": lambda scene: _extreme(scene.lab[..., 1] - scene.skin[1], scene.mask, _REDDER),
    "edge": _edge,
    "shape": _notch,
    "middle": _middle,
    "surface": _surface,
    "several": _second,
}
