"""Two pictures as one, side by side, with numbered arrows where they differ.

An arrow is drawn only where its sign was found in the pixels. The composite is bare, like what a
generator returns: `workers.badge` marks it like any other picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.domain.contrast import Mark
from workers.badge import enlarge
from workers.generators import Drawn
from workers.localizers import Localizer
from workers.localizers.pointing import Point, point_at

_GAP: Final = 0.03
"""White space between the two, as a share of one picture's width."""

_LINE: Final = (64, 224, 255)
_RIM: Final = (8, 24, 40)
_OVER: Final = 2
_ARROW: Final = 0.2
"""Length of an arrow, as a share of one picture's width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A composite and what its arrows point at.

    Attributes:
        drawn: The composite, without a badge.
        pointed: Numbers of the differences that have an arrow.
    """

    drawn: Drawn
    pointed: tuple[int, ...]


def pair_of(left: Drawn, right: Drawn, marks: Sequence[Mark], localizer: Localizer) -> Pair:
    """Put two pictures side by side and point out what differs.

    Args:
        left: The first picture.
        right: The second one.
        marks: Differences, numbered.
        localizer: Finds the affected area in each.
    """
    images = [enlarge(one.image.convert("RGB")) for one in (left, right)]
    side = min(min(image.size) for image in images)
    images = [image.resize((side, side), Image.Resampling.LANCZOS) for image in images]
    found = [localizer.locate(np.asarray(image)) for image in images]
    points = {
        mark.number: (mark.picture, place)
        for mark in marks
        if mark.feature is not None
        and (place := point_at(mark.feature, np.asarray(images[mark.picture]), found[mark.picture]))
        is not None
    }
    for number, (picture, place) in points.items():
        taken = [
            at for other, (where, at) in points.items() if where == picture and other != number
        ]
        images[picture] = _arrow(images[picture], place, taken, number)
    gap = round(side * _GAP)
    whole = Image.new("RGB", (2 * side + gap, side), (255, 255, 255))
    whole.paste(images[0], (0, 0))
    whole.paste(images[1], (side + gap, 0))
    # One schematic half makes the whole a schematic drawing: the plainer word is the honest one.
    plainer = left if left.source == "schematic" else right
    models = " / ".join(dict.fromkeys((left.model, right.model)))
    return Pair(drawn=replace(plainer, image=whole, model=models), pointed=tuple(sorted(points)))


def _arrow(image: Image.Image, place: Point, taken: Sequence[Point], number: int) -> Image.Image:
    """Draw an arrow to a place, its number at the tail, away from other arrows and inside."""
    side = image.width
    width = max(2, side // 170)
    tail = _tail(place, taken, side)
    sheet = Image.new("L", (side * _OVER, side * _OVER), 0)
    rim = sheet.copy()
    for target, extra in ((rim, width), (sheet, 0)):
        _strokes(ImageDraw.Draw(target), tail, place, (width + extra) * _OVER, side)
    drawn = image.copy()
    for target, colour in ((rim, _RIM), (sheet, _LINE)):
        shrunk = target.resize(image.size, Image.Resampling.BOX)
        drawn.paste(colour, (0, 0, *image.size), shrunk)
    _number(drawn, tail, number, width)
    return drawn


def _tail(place: Point, taken: Sequence[Point], side: int) -> Point:
    """Return where an arrow begins: inside the picture and as far as can be from the others."""
    length, margin = _ARROW * side, 0.07 * side
    around = [
        (
            place[0] + length * math.cos(turn * math.pi / 8),
            place[1] + length * math.sin(turn * math.pi / 8),
        )
        for turn in range(16)
    ]
    inside = [
        at for at in around if all(margin <= value <= side - margin for value in at)
    ] or around

    def room(at: Point) -> float:
        middle = math.dist(at, (side / 2, side / 2))
        return min([math.dist(at, other) for other in taken], default=side) + 0.5 * middle

    return max(inside, key=room)


def _strokes(draw: ImageDraw.ImageDraw, tail: Point, place: Point, width: int, side: int) -> None:
    """Draw shaft and head; the tip ends just short of the place, so that it hides nothing."""
    angle = math.atan2(place[1] - tail[1], place[0] - tail[0])
    short, head = 0.012 * side, 0.04 * side
    tip = (place[0] - short * math.cos(angle), place[1] - short * math.sin(angle))
    draw.line([_large(tail), _large(tip)], fill=255, width=width)
    for turn in (2.6, -2.6):
        barb = (tip[0] + head * math.cos(angle + turn), tip[1] + head * math.sin(angle + turn))
        draw.line([_large(tip), _large(barb)], fill=255, width=width)


def _large(point: Point) -> Point:
    return point[0] * _OVER, point[1] * _OVER


def _number(picture: Image.Image, at: Point, number: int, width: int) -> None:
    radius = width * 5.5
    draw = ImageDraw.Draw(picture)
    disc = (at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius)
    draw.ellipse(disc, fill=_RIM, outline=_LINE, width=width)
    font = ImageFont.load_default(size=radius * 1.3)
    draw.text(at, str(number), fill=(255, 255, 255), font=font, anchor="mm")
