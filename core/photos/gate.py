"""The photo gate: can this picture be read at all, and what should be said about it?

Runs in the confined child, on the pixels that will be kept. It measures; it knows no model and no
condition. Hard reasons are those that no model could overcome, and several people; everything else
is a note. It cannot tell skin from other things of skin's colour (wood, sand).
"""

import itertools
from typing import Final

import numpy as np
from PIL import Image

from core.photos.artefacts import has_dark_frame, has_ink, has_ruler
from core.photos.colour import (
    Bytes,
    Floats,
    Mask,
    blurred,
    extremes,
    linear,
    luma,
    skin_coloured,
)
from core.photos.faces import faces
from core.photos.flatness import is_drawing, is_screenshot
from core.photos.photo import GateReport, Note, Reason

# Everything is measured on this longest side, so that thresholds mean a share of the picture.
_SIDE_PX: Final = 256
_BAND_EDGES_PX: Final = (0.7, 1.4, 2.8, 5.6, 11.2)
_CENTRE: Final = 0.2
# Of 255: a channel at its end, and white that no skin and no paper in the same light reaches.
_FULL: Final = 253
_WHITE: Final = 251

# Thresholds. Source: `python -m workers.evaluation.photo_gate`, rendered skin of six tones.
_NO_SKIN: Final = 0.2
_LITTLE_SKIN: Final = 0.4
_DARK: Final = 38.0
_DIM: Final = 50.0
_CLIPPED: Final = 0.55
_BRIGHT: Final = 0.2
_BURNT: Final = 0.3
_GLARE: Final = 0.05
_SLIDE: Final = 0.33
_STRUCTURE: Final = 0.006
_LOW_CONTRAST: Final = 0.012
_BLURRED: Final = 1.0
_SOFT: Final = 1.6
_SMALL_PX: Final = 224


def inspect(rgb: Bytes) -> GateReport:
    """Measure an upright sRGB picture (H, W, 3) and judge it."""
    small = _shrunk(rgb)
    light, brightness = linear(small), luma(small)
    least, most = extremes(small)
    bands = _bands(brightness / np.float32(255))
    report = {
        "skin_share": float(skin_coloured(light).mean()),
        "sharpness": _sharpness(bands),
        "brightness": float(np.percentile(brightness, 75)),
        "clipped_share": float((most >= _FULL).mean()),
        "contrast": bands[-1][0],
    }
    reason = _reason(small, light, least >= _WHITE, report)
    people = 0 if reason else len(faces(small))
    if people > 1:
        reason = "several-people"
    notes = () if reason else _notes(rgb, small, light, report, face=people > 0)
    return GateReport(reason=reason, notes=notes, **report)


def _shrunk(rgb: Bytes) -> Bytes:
    image = Image.fromarray(rgb)
    image.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX)
    return np.asarray(image)


def _reason(small: Bytes, light: Floats, burnt: Mask, report: dict[str, float]) -> Reason | None:
    """The first reason not to read the picture; the order is from certain to subtle."""
    checks: dict[Reason, bool] = {
        "screenshot": is_screenshot(small),
        "drawing": is_drawing(small),
        "too-dark": report["brightness"] < _DARK,
        "too-bright": report["clipped_share"] > _CLIPPED or burnt.mean() > _BURNT,
        "histology": _stained(light) > _SLIDE,
        "no-skin": report["skin_share"] < _NO_SKIN,
        "glare": _inner(burnt).mean() > _GLARE,
        "blurred": report["sharpness"] < _BLURRED,
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def _stained(light: Floats) -> float:
    """Share of the pink and purple of a stained slide: green is absorbed most."""
    red, green, blue = np.moveaxis(light, -1, 0)
    strong = np.maximum(red, blue) - green > 0.05 * (red + green + blue)
    return float(((blue > 1.06 * green) & (red > 1.1 * green) & strong).mean())


def _inner(mask: Mask) -> Mask:
    """The middle of the picture, where white is glare and not paper or a wall."""
    height, width = mask.shape
    top, left = int(height * _CENTRE), int(width * _CENTRE)
    inner: Mask = mask[top : height - top, left : width - left]
    return inner


def _bands(brightness: Floats) -> list[tuple[float, float]]:
    """Strongest and typical response in four octaves of detail, finest first."""
    planes = blurred(brightness, _BAND_EDGES_PX)
    responses = [np.abs(fine - coarse) for fine, coarse in itertools.pairwise(planes)]
    return [(float(np.percentile(r, 99.5)), float(np.median(r))) for r in responses]


def _sharpness(bands: list[tuple[float, float]]) -> float:
    """How sharp the strongest edges are; below 1 is blurred, ``inf`` when there is no edge.

    An edge answers in all octaves alike, and blur takes the fine ones away. Grain answers like
    an edge in the fine octaves, so what grain of the typical strength would add is taken off.
    """
    (_, _), (_, _), _, (coarse, _) = bands
    if coarse < _STRUCTURE:
        return float("inf")
    finest = _without_grain(*bands[0], 2.4) / coarse
    fine = _without_grain(*bands[1], 2.81) / coarse
    # Blurred when fine < 0.15, or when finest < 0.045 while fine < 0.3.
    return float(min(fine / 0.15, max(finest / 0.045, fine / 0.3)))


def _without_grain(strongest: float, typical: float, spread: float) -> float:
    """Take the ``spread``-sigma response of Gaussian grain out of the strongest response."""
    grain = spread * typical / 0.6745
    return float(np.sqrt(max(strongest**2 - grain**2, 0.0)))


def _notes(
    rgb: Bytes, small: Bytes, light: Floats, report: dict[str, float], *, face: bool
) -> tuple[Note, ...]:
    """What a reader of the answer should know."""
    found: dict[Note, bool] = {
        "small": min(rgb.shape[:2]) < _SMALL_PX,
        "blurred": report["sharpness"] < _SOFT,
        "dark": report["brightness"] < _DIM,
        "bright": report["clipped_share"] > _BRIGHT,
        "little-skin": report["skin_share"] < _LITTLE_SKIN,
        "low-contrast": report["contrast"] < _LOW_CONTRAST,
        "ruler-ink": has_ruler(small) or has_ink(light),
        "dermoscopy": has_dark_frame(small),
        "face": face,
    }
    return tuple(note for note, holds in found.items() if holds)
