"""The layers that a lesion is painted into, before light falls on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workers.demo_pack.colour import BASE_HAEMOGLOBIN, Floats, melanin_for
from workers.demo_pack.fields import fractal, grid, outline
from workers.demo_pack.scene import Scene

SCALE = (0.80, 0.77, 0.73)
PUS = (0.82, 0.70, 0.38)
HONEY = (0.55, 0.24, 0.05)
BLISTER = (0.72, 0.55, 0.45)
CRUST = (0.16, 0.05, 0.03)
KERATIN = (0.62, 0.52, 0.36)
BLUE_GREY = (0.16, 0.19, 0.25)


@dataclass(slots=True, kw_only=True)
class Canvas:
    """Pigment, relief and opaque matter of a patch of skin, each (H, W) over the unit square.

    Attributes:
        scene: What is being drawn.
        rng: Randomness of the lesion alone; the skin below has its own.
        xy: Pixel coordinates.
        base_melanin: The person's melanin density away from any lesion.
        melanin: Melanin density.
        haemoglobin: Haemoglobin density.
        height: Relief in thousandths of the picture's width.
        gloss: Extra shine, 0 (dry) and up.
        mask: True where the lesion is.
        matter: Opaque layers from bottom to top: coverage (H, W) and linear RGB.
    """

    scene: Scene
    rng: np.random.Generator
    xy: tuple[Floats, Floats]
    base_melanin: float
    melanin: Floats
    haemoglobin: Floats
    height: Floats
    gloss: Floats
    mask: NDArray[np.bool_]
    matter: list[tuple[Floats, tuple[float, float, float]]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Side of the picture in pixels."""
        return int(self.melanin.shape[0])

    def noise(self, first: int, octaves: int = 3, gain: float = 0.6) -> Floats:
        """Fractal noise from the lesion's randomness."""
        return fractal(self.rng, self.size, first, octaves, gain)

    def shapes(
        self,
        places: Sequence[tuple[tuple[float, float], float]],
        *,
        rough: float,
        cells: int = 6,
        stretch: float = 0.12,
    ) -> Floats:
        """Distance to the union of natural blobs, negative inside, shape (H, W).

        Args:
            places: Middle and mean radius of each blob.
            rough: How far the border strays, as a share of the first radius.
            cells: Size of the border's bays: noise cells along the picture's side.
            stretch: How oval the blobs are.
        """
        edges = [
            outline(self.rng, self.xy, place, irregular=0.35 * rough, stretch=stretch)
            for place in places
        ]
        stray = np.float32(rough * places[0][1]) * self.noise(cells, 4, 0.55)
        return (np.minimum.reduce(edges) + stray).astype(np.float32)

    def cover(self, coverage: Floats, colour: tuple[float, float, float]) -> None:
        """Lay opaque matter (scale, crust, pus) over everything so far."""
        self.matter.append((np.clip(coverage, 0, 1), colour))

    def mark(self, coverage: Floats) -> None:
        """Count the pixels that are at least half covered to the lesion."""
        self.mask |= coverage > 0.5

    def redden(self, amount: Floats) -> None:
        """Raise haemoglobin to at least this much above normal."""
        np.maximum(self.haemoglobin, BASE_HAEMOGLOBIN + amount, out=self.haemoglobin)


_BLOOD = {"arm": 0.0, "leg": 0.0, "trunk": -0.01, "back": -0.01, "face": 0.05, "hand": 0.03}
_RELIEF = {"arm": 0.5, "leg": 0.6, "trunk": 0.4, "back": 0.5, "face": 0.45, "hand": 1.0}


def plain_canvas(scene: Scene, size: int) -> Canvas:
    """Skin without a lesion: mottled pigment and fine relief, size x size pixels."""
    rng = np.random.default_rng([scene.seed, 2])
    xy = grid(size)
    base = melanin_for(scene.tone, rng)
    calm = 0.5 if scene.textbook else 1.0
    broad, fine = fractal(rng, size, 2, 4), fractal(rng, size, 12, 3, 0.75)
    melanin = base * (1 + calm * 0.035 * broad) + 0.010 * fine
    blood = BASE_HAEMOGLOBIN + _BLOOD[scene.site] + calm * 0.018 * fractal(rng, size, 3, 3)
    zeros = np.zeros((size, size), np.float32)
    return Canvas(
        scene=scene,
        rng=np.random.default_rng([scene.seed, 3]),
        xy=xy,
        base_melanin=base,
        melanin=np.maximum(melanin, 0.0).astype(np.float32),
        haemoglobin=blood.astype(np.float32),
        height=_RELIEF[scene.site] * _furrows(rng, xy, fine),
        gloss=zeros.copy(),
        mask=np.zeros((size, size), np.bool_),
    )


def _furrows(rng: np.random.Generator, xy: tuple[Floats, Floats], fine: Floats) -> Floats:
    """Relief of the skin's fine crossing lines, in thousandths of the width."""
    warp = fractal(rng, xy[0].shape[0], 6, 2)
    start = rng.uniform(0, 3.14)
    relief = 0.8 * fine
    for turn in (start, start + rng.uniform(0.9, 1.4)):
        along = xy[0] * np.float32(np.cos(turn)) + xy[1] * np.float32(np.sin(turn))
        relief = relief - 0.5 * np.abs(np.sin(62 * along + 1.2 * warp))
    return relief.astype(np.float32)
