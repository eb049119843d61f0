"""The scale of a photo, from a ruler that lies along one of its edges.

Millimetre marks are the one thing in a photo of skin that repeats exactly, so a line through them
has a spectrum with one sharp peak. Nothing is read: numbers on the ruler are not needed, and a
ruler with marks in other units than millimetres would be misread (docs/how-it-explains.md).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.localizers import Pixels

Floats = NDArray[np.float64]

_DEEPEST: Final = 0.16
"""How far from an edge marks are looked for, as a share of the photo's height."""
_LINES: Final = 40
_FEWEST_MARKS: Final = 18
_LEAST_PX: Final = 2.6
"""Marks closer together than this cannot be told apart."""
_CLEAR: Final = 9.0
"""How far the peak must stand out of the spectrum's own noise."""
_AGREE: Final = 3
"""Lines that must show the same distance."""
_TOLERANCE: Final = 0.03
_PAPER: Final = 0.62
"""Least brightness of paper beside the photo's brightest pixels."""
_NEUTRAL: Final = 45.0


def millimetre_px(rgb: Pixels) -> float | None:
    """Return how many pixels a millimetre is long; None where no ruler is seen.

    Args:
        rgb: sRGB photo, (H, W, 3).
    """
    found = [_along_top(np.rot90(rgb, turns)) for turns in range(4)]
    known = [length for length in found if length is not None]
    return min(known) if known else None


def _along_top(rgb: Pixels) -> float | None:
    """Return the distance of marks along the upper edge, in pixels."""
    depth = max(int(rgb.shape[0] * _DEEPEST), 4)
    strip = rgb[:depth].astype(np.float64)
    brightness = strip.mean(axis=2)
    bright = max(float(np.percentile(rgb, 98)), 1.0)
    neutral = np.ptp(strip, axis=2) < _NEUTRAL
    paper = (neutral & (brightness > _PAPER * bright)).mean(axis=1)
    rows = np.unique(np.linspace(0, depth - 1, _LINES).astype(int))
    lengths = [_period(brightness[row]) for row in rows if paper[row] > 0.4]
    known = np.array([length for length in lengths if length is not None])
    if len(known) < _AGREE:
        return None
    # Lines through the long marks repeat every ten millimetres: the shortest distance counts.
    shortest = float(np.sort(known)[_AGREE - 1])
    alike = known[np.abs(known / shortest - 1) < _TOLERANCE]
    return float(np.median(alike)) if len(alike) >= _AGREE else None


def _period(line: Floats) -> float | None:
    """Return the distance after which a line of pixels repeats, if it clearly does."""
    width = len(line)
    if width < _FEWEST_MARKS * _LEAST_PX:
        return None
    flat = line - np.convolve(np.pad(line, 12, mode="edge"), np.ones(25) / 25, mode="valid")
    flat = np.clip(flat, *np.percentile(flat, (1, 99)))
    power = np.abs(np.fft.rfft(flat * np.hanning(width), 4 * width)) ** 2
    first, last = 4 * _FEWEST_MARKS, int(4 * width / _LEAST_PX)
    band = power[first:last]
    if not band.size:
        return None
    peak = int(band.argmax())
    noise = float(np.median(band)) + 1e-9
    if band[peak] < _CLEAR**2 * noise:
        return None
    # A mark that is thin beside its distance also has strong overtones: take the lowest.
    for part in (4, 3, 2):
        lower = (first + peak) / part
        near = power[int(lower) - 2 : int(lower) + 4]
        if lower >= first and near.size and near.max() > 0.5 * band[peak]:
            peak = int(lower) - 2 + int(near.argmax()) - first
            break
    return 4 * width / _refined(power, first + peak)


def _refined(power: Floats, peak: int) -> float:
    """Return the place of a peak between the samples, by a parabola through three of them."""
    left, middle, right = np.log(power[peak - 1 : peak + 2] + 1e-9)
    bend = left - 2 * middle + right
    return peak + (0.5 * (left - right) / bend if bend < 0 else 0.0)
