"""The photo with the affected area outlined, so that a person sees what was looked at.

A bright line with a dark rim is seen on every skin tone. It runs just outside the area, so that it
hides no border. Several spots are boxed and numbered, the largest first.
"""

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from skimage import measure

from workers.localizers import Box, Located, Mask, Pixels

_LINE: Final = (64, 224, 255)
_RIM: Final = (8, 24, 40)
_RIM_STRENGTH: Final = 0.6
_OVER: Final = 2
_MOST_NUMBERS: Final = 9


def outlined(rgb: Pixels, located: Located) -> Pixels:
    """Draw the outline of ``located`` on a copy of a photo, (H, W, 3)."""
    width_px = max(2, round(max(rgb.shape[:2]) / 260))
    paths = _paths(located.mask, width_px)
    picture = Image.fromarray(rgb).convert("RGB")
    size = picture.size
    rim = _strokes(paths, size, width_px * 2.2)
    picture.paste(_RIM, (0, 0, *size), rim.point(lambda level: int(level * _RIM_STRENGTH)))
    picture.paste(_LINE, (0, 0, *size), _strokes(paths, size, width_px))
    if 1 < len(located.boxes) <= _MOST_NUMBERS:
        for number, box in enumerate(located.boxes, start=1):
            _frame(picture, box, width_px)
            _number(picture, number, box, width_px)
    return np.asarray(picture)


def _paths(mask: Mask, width_px: int) -> list[list[tuple[float, float]]]:
    """Closed lines (x, y) just outside the areas, smoothed."""
    margin = width_px * 2
    soft = ndimage.gaussian_filter(np.pad(mask, margin).astype(np.float32), width_px)
    lines = measure.find_contours(soft, 0.15)
    return [[(x - margin, y - margin) for y, x in line] for line in lines if len(line) > margin]


def _strokes(
    paths: list[list[tuple[float, float]]], size: tuple[int, int], width_px: float
) -> Image.Image:
    """Coverage of the lines, drawn large and shrunk, so that they are soft."""
    sheet = Image.new("L", (size[0] * _OVER, size[1] * _OVER), 0)
    draw = ImageDraw.Draw(sheet)
    for path in paths:
        points = [(x * _OVER, y * _OVER) for x, y in path]
        draw.line(points, fill=255, width=round(width_px * _OVER), joint="curve")
    return sheet.resize(size, Image.Resampling.BOX)


def _frame(picture: Image.Image, box: Box, width_px: int) -> None:
    """Corners of a box a little way around a spot: sides would hide what is beside it."""
    gap = width_px * 3
    left, top = box.left - gap, box.top - gap
    right, bottom = box.left + box.width + gap, box.top + box.height + gap
    arm = max(min(right - left, bottom - top) / 4, width_px * 3)
    draw = ImageDraw.Draw(picture)
    for x, inward in ((left, arm), (right, -arm)):
        for y, down in ((top, arm), (bottom, -arm)):
            corner = [(x + inward, y), (x, y), (x, y + down)]
            draw.line(corner, fill=_RIM, width=width_px * 2)
            draw.line(corner, fill=_LINE, width=width_px)


def _number(picture: Image.Image, number: int, box: Box, width_px: int) -> None:
    """A numbered disc at the upper left of a box, inside the picture."""
    radius = width_px * 4.5
    x = min(max(box.left - radius, radius), picture.width - radius)
    y = min(max(box.top - radius, radius), picture.height - radius)
    draw = ImageDraw.Draw(picture)
    disc = (x - radius, y - radius, x + radius, y + radius)
    draw.ellipse(disc, fill=_RIM, outline=_LINE, width=width_px)
    font = ImageFont.load_default(size=radius * 1.3)
    draw.text((x, y), str(number), fill=(255, 255, 255), font=font, anchor="mm")
