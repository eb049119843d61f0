"""The visible mark: how it is drawn into a picture, and how it is found again.

Its place and size follow from the picture's width alone, so a copy that was saved anew or shrunk
still shows it where it is looked for. A copy that was cut does not; then the register may help.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Floats = NDArray[np.float32]

_FALLBACK: Final = "SYNTHETIC"
_TEXT_HEIGHT: Final = 0.052
"""Height of the letters as a share of the width: 13 px at 256 px; below 9 px they blur."""
_SMALLEST_PX: Final = 8
_MARGIN: Final = 0.03
_WIDEST: Final = 0.94
_DRAWN_PX: Final = 512
_SEEN_PX: Final = 256
_SEARCH_PX: Final = 3
_ALIKE: Final = 0.8
"""Correlation above which it is our badge.

Source: tests/unit/provenance/test_stamp.py; renders without a badge stay below 0.5, shrunk and
saved copies of badged ones above 0.9.
"""


def stamp(picture: Image.Image, word: str) -> None:
    """Write a word into the quietest corner, where it hides least of the lesion.

    Args:
        picture: Mode RGB; it is changed.
        word: What the mark says; a text that the built-in font cannot write becomes "SYNTHETIC".
    """
    word = word if _writable(word) else _FALLBACK
    _, size = _measured(word, picture.width)
    _draw(picture, word, _quietest_corner(picture, size))


def seen(picture: Image.Image, words: Iterable[str]) -> bool:
    """Return whether one of these words stands in a corner as `stamp` writes it."""
    height_px = max(1, round(picture.height * _SEEN_PX / picture.width))
    if height_px < _SEEN_PX // 4 or height_px > _SEEN_PX * 4:
        return False
    small = picture.convert("L").resize((_SEEN_PX, height_px), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)  # (H, 256)
    return any(
        _correlation(window, _patch(word)) > _ALIKE
        for word in words
        for window in _windows(pixels, _patch(word).shape)
    )


@lru_cache(maxsize=32)
def _patch(word: str) -> Floats:
    """Return the mark as it looks in a picture that is 256 px wide, (h, w)."""
    word = word if _writable(word) else _FALLBACK
    _, size = _measured(word, _DRAWN_PX)
    sheet = Image.new("RGB", (_DRAWN_PX, _DRAWN_PX), (128, 128, 128))
    _draw(sheet, word, (0, 0))
    half = sheet.convert("L").resize((_SEEN_PX, _SEEN_PX), Image.Resampling.BOX)
    patch: Floats = np.asarray(half, np.float32)[: size[1] // 2, : size[0] // 2]
    return patch


def _windows(pixels: Floats, shape: tuple[int, ...]) -> Iterator[Floats]:
    """Yield the part of each corner where a mark may lie, a few pixels larger than the mark."""
    height, width = pixels.shape
    margin = round(_SEEN_PX * _MARGIN)
    for top in (height - shape[0] - margin, margin):
        for left in (margin, width - shape[1] - margin):
            y, x = max(0, top - _SEARCH_PX), max(0, left - _SEARCH_PX)
            window = pixels[y : top + shape[0] + _SEARCH_PX, x : left + shape[1] + _SEARCH_PX]
            if window.shape[0] >= shape[0] and window.shape[1] >= shape[1]:
                yield window


def _correlation(window: Floats, patch: Floats) -> float:
    """Return the best normalised correlation of a patch with any place in a window, -1 to 1."""
    places = sliding_window_view(window, patch.shape)  # (Y, X, h, w)
    centred = places - places.mean(axis=(2, 3), keepdims=True)
    wanted = patch - patch.mean()
    norms = np.sqrt((centred**2).sum(axis=(2, 3)) * (wanted**2).sum()) + 1e-6
    return float(((centred * wanted).sum(axis=(2, 3)) / norms).max())


def _draw(picture: Image.Image, word: str, corner: tuple[int, int]) -> None:
    (font, box, pad), size = _measured(word, picture.width)
    left, top = corner
    draw = ImageDraw.Draw(picture)
    area = (left, top, left + size[0], top + size[1])
    draw.rounded_rectangle(
        area, radius=size[1] // 4, fill=(18, 20, 24), outline=(255, 255, 255), width=2
    )
    draw.text((left + pad - box[0], top + pad - box[1]), word, font=font, fill=(255, 255, 255))


def _measured(
    word: str, width_px: int
) -> tuple[
    tuple[ImageFont.FreeTypeFont, tuple[int, int, int, int], int],
    tuple[int, int],
]:
    """Return font, text box and padding of a mark, and its size (width, height)."""
    font, box = _fitted(word, width_px)
    pad = round((box[3] - box[1]) * 0.55)
    return (font, box, pad), (box[2] - box[0] + 2 * pad, box[3] - box[1] + 2 * pad)


def _fitted(word: str, width_px: int) -> tuple[ImageFont.FreeTypeFont, tuple[int, int, int, int]]:
    """Return the largest font up to the usual size in which the word fits across the picture."""
    size_px = max(12, round(width_px * _TEXT_HEIGHT / 0.72))  # capitals are 0.72 of the font size
    while True:
        font = ImageFont.load_default(size_px)
        box = tuple(round(edge) for edge in font.getbbox(word))
        if box[2] - box[0] <= width_px * _WIDEST - size_px or size_px <= _SMALLEST_PX:
            return font, (box[0], box[1], box[2], box[3])
        size_px -= 1


def _quietest_corner(picture: Image.Image, size: tuple[int, int]) -> tuple[int, int]:
    """Return the corner position whose pixels differ least from the picture's typical colour."""
    margin = round(picture.width * _MARGIN)
    right, bottom = picture.width - size[0] - margin, picture.height - size[1] - margin
    corners = [(margin, bottom), (right, bottom), (margin, margin), (right, margin)]
    pixels = np.asarray(picture, dtype=np.float32)  # (H, W, 3)
    typical = np.median(pixels, axis=(0, 1))  # (3,)
    strangeness = np.abs(pixels - typical).mean(axis=2)  # (H, W)

    def cost(corner: tuple[int, int]) -> float:
        left, top = max(corner[0], 0), max(corner[1], 0)
        return float(strangeness[top : top + size[1], left : left + size[0]].mean())

    # Steady place first: another corner must be clearly quieter to be worth the surprise.
    return min(corners, key=lambda corner: cost(corner) + 4 * (corner != corners[0]))


def _writable(word: str) -> bool:
    """Return whether the built-in font, which knows Latin letters, can write the word."""
    try:
        word.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return bool(word.strip())
