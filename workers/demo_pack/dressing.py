"""What lies on the skin of a real photo: hair, a surgeon's ink, a paper ruler.

Everything is drawn with Pillow at four times the size into a coverage map and laid over the
linear picture, so lines stay thin and soft at any size.
"""

import numpy as np
from PIL import Image, ImageDraw

from workers.demo_pack.colour import Floats
from workers.demo_pack.scene import Scene

_OVER = 4
_HAIR = np.array([0.018, 0.011, 0.008], np.float32)
_INK = np.array([0.07, 0.05, 0.22], np.float32)
_PAPER = np.array([0.78, 0.78, 0.74], np.float32)


def dress(scene: Scene, linear: Floats) -> Floats:
    """Lay the scene's ruler, ink and hair over linear RGB (H, W, 3)."""
    if scene.ruler:
        linear = _ruler(scene, linear)
    if scene.ink:
        linear = _over(linear, 0.75 * _ink(scene, linear.shape[0]), _INK)
    if scene.hair > 0:
        linear = _over(linear, _hair(scene, linear.shape[0]), _HAIR)
    return linear


def _over(linear: Floats, coverage: Floats, colour: Floats) -> Floats:
    """Alpha-blend one colour."""
    return (linear + coverage[..., None] * (colour - linear)).astype(np.float32)


def _sheet(size: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty coverage map, four times as large as the picture."""
    sheet = Image.new("L", (size * _OVER, size * _OVER), 0)
    return sheet, ImageDraw.Draw(sheet)


def _shrink(sheet: Image.Image, size: int) -> Floats:
    """Average a coverage map down to 0 to 1 at the picture's size."""
    small = sheet.resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


def _hair(scene: Scene, size: int) -> Floats:
    """Coverage of curved body hairs that run roughly one way."""
    rng = np.random.default_rng([scene.seed, 8])
    sheet, draw = _sheet(size)
    side, lie = size * _OVER, rng.uniform(0, 6.28)
    for _ in range(int(4 + 22 * scene.hair)):
        x, y = rng.uniform(0, side, 2)
        turn, bend = lie + rng.normal() * 0.4, rng.normal() * 0.06
        points = [(x, y)]
        for _ in range(7):
            turn += bend + rng.normal() * 0.05
            x, y = x + np.cos(turn) * side * 0.028, y + np.sin(turn) * side * 0.028
            points.append((x, y))
        width = max(1, round(side * rng.uniform(0.0022, 0.0042)))
        draw.line(points, fill=int(rng.uniform(110, 210)), width=width)
    return _shrink(sheet, size)


def _ink(scene: Scene, size: int) -> Floats:
    """Coverage of a few pen strokes near a corner."""
    rng = np.random.default_rng([scene.seed, 9])
    sheet, draw = _sheet(size)
    side = size * _OVER
    x, y = rng.choice([0.12, 0.88], 2) * side + rng.normal(0, 0.02 * side, 2)
    for _ in range(int(rng.integers(1, 4))):
        dx, dy = rng.normal(0, 0.08 * side, 2)
        draw.line([(x - dx, y - dy), (x + dx, y + dy)], fill=230, width=int(side * 0.014))
    return _shrink(sheet, size)


def _ruler(scene: Scene, linear: Floats) -> Floats:
    """Lay a paper ruler with millimetre marks along the top or bottom edge."""
    rng = np.random.default_rng([scene.seed, 10])
    size = linear.shape[0]
    paper, draw_paper = _sheet(size)
    marks, draw_marks = _sheet(size)
    side, depth = size * _OVER, size * _OVER * rng.uniform(0.08, 0.12)
    draw_paper.rectangle([0, 0, side, depth], fill=255)
    for index in range(51):
        x, long = side * index / 50, 0.6 if index % 10 == 0 else 0.3
        width = max(1, round(side * 0.003))
        draw_marks.line([(x, depth), (x, depth * (1 - long))], fill=220, width=width)
    if rng.uniform() < 0.5:
        paper, marks = (s.transpose(Image.Transpose.FLIP_TOP_BOTTOM) for s in (paper, marks))
    linear = _over(linear, _shrink(paper, size), _PAPER * np.float32(rng.uniform(0.8, 1.1)))
    return _over(linear, _shrink(marks, size), np.full(3, 0.02, np.float32))
