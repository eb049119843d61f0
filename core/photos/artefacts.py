"""Things beside the skin that a reader should know of: rulers, ink, the frame of a dermoscope."""

from typing import Final

import numpy as np

from core.photos.colour import (
    Bytes,
    Floats,
    Mask,
    blurred,
    extremes,
    luma,
    skin_coloured,
)

# Thresholds. Source: `python -m workers.evaluation.photo_gate`, renders with and without them.
_RULER_DEPTH: Final = (0.03, 0.3)
_PAPER_SHARE: Final = 0.55
_TICKS: Final = 8
_CORNER: Final = 0.08
_CORNER_DARK: Final = 28.0
_CENTRE_LIT: Final = 50.0


def has_ruler(small: Bytes) -> bool:
    """Whether paper with regular marks lies along an edge of a picture (H, W, 3)."""
    brightness = luma(small)
    least, most = extremes(small)
    bright = brightness > max(float(np.median(brightness)) * 1.05, 90)
    paper = bright & (most - least < 40)  # noqa: PLR2004 - of 255
    return any(_is_ruler(np.rot90(paper, turns), np.rot90(brightness, turns)) for turns in range(4))


def _is_ruler(paper: Mask, brightness: Floats) -> bool:
    """Whether paper lies along the top and ends in regular marks."""
    height = paper.shape[0]
    is_skin = np.flatnonzero(paper.mean(axis=1) < _PAPER_SHARE)
    depth = int(is_skin[0]) if is_skin.size else height
    if not _RULER_DEPTH[0] < depth / height < _RULER_DEPTH[1]:
        return False
    marks = brightness[int(depth * 0.6) : depth].mean(axis=0)
    dark = (marks < 0.95 * np.median(marks)).astype(int)
    return int((np.diff(dark) == 1).sum()) >= _TICKS


def has_ink(light: Floats) -> bool:
    """Whether thin blue or violet strokes lie on skin, linear light (H, W, 3)."""
    red, green, blue = np.moveaxis(light, -1, 0)
    ink = (blue > 1.25 * green) & (blue > 0.95 * red) & (blue - green > 0.015)  # noqa: PLR2004
    around, thick = (
        blurred(_plane(skin_coloured(light)), (8.0,))[0],
        blurred(_plane(ink), (4.0,))[0],
    )
    strokes = ink & (around > 0.6) & (thick < 0.6)  # noqa: PLR2004 - shares
    return bool(0.0006 < strokes.mean() < 0.05)  # noqa: PLR2004 - shares


def has_dark_frame(small: Bytes) -> bool:
    """Whether all four corners are black and the middle is lit, as through a dermoscope."""
    brightness = luma(small)
    height, width = brightness.shape
    down, right = max(int(height * _CORNER), 2), max(int(width * _CORNER), 2)
    corners = (
        brightness[:down, :right], brightness[:down, -right:],
        brightness[-down:, :right], brightness[-down:, -right:],
    )  # fmt: skip
    middle = brightness[height // 3 : -(height // 3), width // 3 : -(width // 3)]
    lit = float(np.median(middle)) > _CENTRE_LIT
    return lit and all(float(np.median(corner)) < _CORNER_DARK for corner in corners)


def _plane(mask: Mask) -> Floats:
    return mask.astype(np.float32)
