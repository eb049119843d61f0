"""Find frontal faces in a photo, so that people are asked for a close-up of one person's skin.

A cascade of local binary patterns, evaluated with numpy: the child that looks at photos loads no
further library. It sees upright, frontal faces of at least a fifth of the picture; faces from the
side, tilted, hidden by a mask or close-ups of a part of a face are not found.

Source: the cascade is OpenCV's ``lbpcascade_frontalface`` (Apache-2.0), as scikit-image 0.26 ships
it; the method is S. Liao et al., "Learning Multi-scale Block Local Binary Patterns for Face
Recognition" (2007) in the cascade of Viola and Jones (2001).
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.photos.colour import Bytes, Floats, luma

Ints = NDArray[np.integer]

_WINDOW_PX: Final = 24
_SMALLEST: Final = 1 / 5
"""Smallest face that counts, as a share of the picture's shorter side."""
_STEP: Final = 1.15
_COARSE: Final = 3.0
"""Up to this scale every second window is enough, as in OpenCV."""
_AGREEING: Final = 3
"""Overlapping windows that make a face. Source: `python -m workers.evaluation.photo_faces`."""
_OVERLAP: Final = 0.3
_APART: Final = 0.1
"""Two people's faces share less than this part of the smaller one."""
# The eight neighbours of a cell in a block of 3 x 3, clockwise from the top left: 128 to 1.
_AROUND: Final = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plane:
    """A picture at one scale: summed area (h * w,), width, window starts (n,), side of a face."""

    sums: Ints
    width: int
    starts: Ints
    side: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """One stage: features (n, 4): x, y, width, height of a cell; subsets (n, 256), votes (n, 2)."""

    features: Ints
    subsets: NDArray[np.bool_]
    votes: Floats
    threshold: float


def faces(small: Bytes) -> tuple[tuple[int, int, int], ...]:
    """Return the faces in a picture (H, W, 3): left, top and side of each, in pixels."""
    grey = Image.fromarray(luma(small).astype(np.uint8))
    shorter = min(grey.size)
    planes: list[_Plane] = []
    side = max(shorter * _SMALLEST, float(_WINDOW_PX))
    while side <= shorter:
        planes.append(_plane(grey, side))
        side *= _STEP
    return _grouped(_passing(planes)) if planes else ()


def _plane(grey: Image.Image, side: float) -> _Plane:
    """Shrink a picture so that faces of this side fill the window, and list its windows."""
    scale = side / _WINDOW_PX
    size = (round(grey.width / scale), round(grey.height / scale))
    pixels = np.asarray(grey.resize(size, Image.Resampling.BILINEAR), np.int32)
    sums = np.zeros((size[1] + 1, size[0] + 1), np.int32)
    sums[1:, 1:] = pixels.cumsum(0).cumsum(1)
    every_px = 1 if scale > _COARSE else 2
    rows = np.arange(0, size[1] - _WINDOW_PX + 1, every_px)
    columns = np.arange(0, size[0] - _WINDOW_PX + 1, every_px)
    starts = (rows[:, None] * sums.shape[1] + columns).ravel()
    return _Plane(sums=sums.ravel(), width=sums.shape[1], starts=starts, side=side)


def _passing(planes: list[_Plane]) -> list[tuple[float, float, float]]:
    """Return left, top and side of the windows that pass all stages, of all planes at once."""
    first = np.cumsum([0, *(plane.sums.size for plane in planes)])
    sums = np.concatenate([plane.sums for plane in planes])
    of = np.repeat(np.arange(len(planes)), [plane.starts.size for plane in planes])
    width = np.array([plane.width for plane in planes])[of]
    at = np.concatenate([plane.starts for plane in planes]) + first[of]
    for stage in _cascade():
        votes = np.zeros(at.size, np.float32)
        for feature, subset, vote in zip(stage.features, stage.subsets, stage.votes, strict=True):
            votes += np.where(subset[_codes(sums, width, at, feature)], vote[0], vote[1])
        passed = votes >= stage.threshold
        at, width, of = at[passed], width[passed], of[passed]
    found = zip((at - first[of]).tolist(), width.tolist(), of.tolist(), strict=True)
    sides = [plane.side for plane in planes]
    return [
        (start % row * sides[k] / _WINDOW_PX, start // row * sides[k] / _WINDOW_PX, sides[k])
        for start, row, k in found
    ]


def _codes(sums: Ints, width: Ints, at: Ints, feature: Ints) -> Ints:
    """Return the local binary pattern of one feature at windows (n,) -> (n,), 0 to 255."""
    x, y, across, down = feature.tolist()
    rows = [at + (y + row * down) * width + x for row in range(4)]
    corners = [[sums.take(row + column * across) for column in range(4)] for row in rows]
    lower = [[row[k + 1] - row[k] for k in range(3)] for row in corners]
    cells = [[lower[k + 1][n] - lower[k][n] for n in range(3)] for k in range(3)]
    codes = np.zeros(at.size, np.int32)
    for row, column in _AROUND:
        codes = 2 * codes + (cells[row][column] >= cells[1][1])
    return codes


def _grouped(found: list[tuple[float, float, float]]) -> tuple[tuple[int, int, int], ...]:
    """Join windows that overlap; few of them agree where there is no face."""
    groups: list[list[tuple[float, float, float]]] = []
    for window in sorted(found, key=lambda one: one[2]):
        near = next((group for group in groups if _overlap(group[0], window) > _OVERLAP), None)
        if near is None:
            groups.append([window])
        else:
            near.append(window)
    kept: list[tuple[float, float, float]] = []
    for group in sorted(groups, key=len, reverse=True):
        x, y, side = (float(value) for value in np.median(group, axis=0))
        alone = all(_overlap(one, (x, y, side)) <= _APART for one in kept)
        if len(group) >= _AGREEING and alone:
            kept.append((x, y, side))
    return tuple((round(x), round(y), round(side)) for x, y, side in kept)


def _overlap(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Return the shared area of two squares as a share of the smaller one."""
    shared = [min(a + one[2], b + other[2]) - max(a, b) for a, b in zip(one, other, strict=True)]
    return max(shared[0], 0.0) * max(shared[1], 0.0) / min(one[2], other[2]) ** 2


@cache
def _cascade() -> tuple[_Stage, ...]:
    text = files("core.photos").joinpath("frontal_face.xml").read_text(encoding="utf-8")
    root = ET.fromstring(text)  # noqa: S314 - a file of this package
    rects = [
        [int(number) for number in (rect.text or "").split()] for rect in root.iterfind(".//rect")
    ]
    return tuple(_stage(stage, np.array(rects)) for stage in root.iterfind(".//stages/_"))


def _stage(stage: ET.Element, rects: Ints) -> _Stage:
    trees = stage.findall("weakClassifiers/_")
    nodes = [[int(n) for n in tree.findtext("internalNodes", "").split()] for tree in trees]
    votes = [[float(n) for n in tree.findtext("leafValues", "").split()] for tree in trees]
    bits = np.array([node[3:] for node in nodes], np.int64)[:, :, None] >> np.arange(32) & 1
    return _Stage(
        features=rects[[node[2] for node in nodes]],
        subsets=bits.reshape(len(nodes), 256).astype(bool),
        votes=np.array(votes, np.float32),
        threshold=float(stage.findtext("stageThreshold", "")),
    )
