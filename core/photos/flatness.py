"""Pictures that were drawn and not taken: one colour rules, edges are hard, areas are flat."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.photos.colour import Bytes, extremes, luma

Counts = NDArray[np.int64]

# Source: `python -m workers.evaluation.photo_gate`: drawings and screenshots against renders, also
# as JPEG of quality 50 and on white paper, where the skin still has many colours.
_RULING_SHARE: Final = 0.14
_SPREAD: Final = 22.0
_HARD_EDGE: Final = 30.0
_TEXT_EDGE: Final = 50.0
_TEXT_SHARE: Final = 0.05
_QUIET: Final = 2
_NEXT_FOUR: Final = 0.68
_TOP_SIX: Final = 0.985


def is_screenshot(small: Bytes) -> bool:
    """Whether a ruling colour and writing cover much of a picture (H, W, 3)."""
    return _is_artificial(small) and float((_steps(small) > _TEXT_EDGE).mean()) > _TEXT_SHARE


def is_drawing(small: Bytes) -> bool:
    """Whether a few flat colours cover a picture (H, W, 3)."""
    if not _is_artificial(small):
        return False
    counts = _colour_counts(small[_quiet(small)])
    total = int(counts.sum())
    if total == 0:
        return False
    rest = max(total - int(counts[0]), 1)
    few = counts[1:5].sum() / rest > _NEXT_FOUR
    return bool(few or counts[:6].sum() / total > _TOP_SIX)


def _is_artificial(small: Bytes) -> bool:
    """A cheap first look: one colour rules, others differ much, and edges are hard."""
    counts = _colour_counts(small.reshape(-1, 3))
    return bool(
        counts[0] > _RULING_SHARE * counts.sum()
        and luma(small).std() > _SPREAD
        and np.percentile(_steps(small), 99) > _HARD_EDGE
    )


def _colour_counts(pixels: Bytes) -> Counts:
    """How often each colour occurs among pixels (N, 3), to six bits a channel, most first."""
    codes = (pixels.astype(np.int64) >> 2) @ np.array([4096, 64, 1])
    return np.sort(np.bincount(codes, minlength=6))[::-1]


def _steps(small: Bytes) -> NDArray[np.float32]:
    """Largest step of brightness to the right or downward neighbour, (H-1, W-1)."""
    brightness = luma(small)
    down = np.abs(np.diff(brightness, axis=0))[:, :-1]
    right = np.abs(np.diff(brightness, axis=1))[:-1]
    return np.maximum(down, right)


def _quiet(small: Bytes) -> NDArray[np.bool_]:
    """Pixels that hardly differ from the neighbours on all four sides, (H, W)."""
    values = small.astype(np.int16)
    step = np.zeros(small.shape[:2], np.uint8)
    _, down = extremes(np.abs(np.diff(values, axis=0)).astype(np.uint8))
    _, right = extremes(np.abs(np.diff(values, axis=1)).astype(np.uint8))
    for target, change in (
        (step[1:], down), (step[:-1], down), (step[:, 1:], right), (step[:, :-1], right),
    ):  # fmt: skip
        np.maximum(target, change, out=target)
    return step <= _QUIET
