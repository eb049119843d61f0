"""Several lesions on one patch of skin: what a photo of a back with moles looks like."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workers.demo_pack.canvas import plain_canvas
from workers.demo_pack.renderer import Render, developed, paint
from workers.demo_pack.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One lesion.

    Attributes:
        condition: An id from `workers.demo_pack.scene.CONDITIONS`.
        x, y: Its middle, as shares of the picture's side.
        zoom: Its size beside that of a lesion that has the picture to itself.
    """

    condition: str
    x: float
    y: float
    zoom: float = 0.6


def render_several(scene: Scene, placed: Sequence[Placed], size_px: int = 384) -> Render:
    """Render lesions onto the skin of a scene; the same arguments give the same bytes."""
    canvas = plain_canvas(scene, size_px)
    whole = canvas.xy
    for number, one in enumerate(placed):
        canvas.rng = np.random.default_rng([scene.seed, 60 + number])
        x, y = whole
        # A painter paints around the middle: the coordinates are moved so that this is elsewhere.
        canvas.xy = (
            ((x - one.x) / one.zoom + 0.5).astype(np.float32),
            ((y - one.y) / one.zoom + 0.5).astype(np.float32),
        )
        paint(canvas, one.condition)
    canvas.xy = whole
    return developed(canvas)
