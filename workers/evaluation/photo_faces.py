"""How well faces are found: real ones, in front of rendered skin.

`python -m workers.evaluation.photo_faces` prints one JSON object. The faces are the 100 grey ones
of 25 x 25 px from "Labeled Faces in the Wild" that scikit-image ships, tinted like skin; its 100
pieces without a face stand for what is none. They are small and mostly of light-skinned adults, so
the figures say little about darker skin and nothing about side views.

Source: G. B. Huang et al., "Labeled Faces in the Wild" (2007), as in ``skimage.data.lfw_subset``.
"""

import argparse
import json
import sys
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.data import lfw_subset

from core.photos.faces import faces
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, PLAIN, sample_scene

Bytes = NDArray[np.uint8]
SHARES: Final = (0.25, 0.45, 0.8)
"""Side of the face, as a share of the picture."""
_TINT: Final = np.array([1.0, 0.78, 0.66], np.float32)
_FACES: Final = 100


def photo(numbers: tuple[int, ...], seed: int, share: float, size_px: int = 256) -> Bytes:
    """Return a picture (H, W, 3) of rendered skin with faces (or pieces of none) pasted on it.

    Args:
        numbers: Which pieces, side by side: 0 to 99 are faces, 100 to 199 are none.
        seed: Decides the skin and the place.
        share: Side of each piece as a share of the picture, at most one over how many there are.
        size_px: Side of the picture.
    """
    rng = np.random.default_rng([seed, 36])
    skin = render(sample_scene(seed, conditions=(PLAIN,), tone=seed % 6 + 1), size_px).image
    page = Image.fromarray(skin)
    side, column = int(size_px * share), size_px // len(numbers)
    for place, number in enumerate(numbers):
        piece = (lfw_subset()[number][..., None] * 255 * _TINT).astype(np.uint8)
        grown = Image.fromarray(piece).resize((side, side), Image.Resampling.BICUBIC)
        left = place * column + int(rng.integers(0, max(column - side, 0) + 1))
        page.paste(grown, (left, int(rng.integers(0, size_px - side + 1))))
    return np.asarray(page)


def measure(count: int, seed: int) -> dict[str, Any]:
    """Measure over ``count`` pieces of each kind, 100 at most, and as many renders without any."""
    found = {
        share: float(np.mean([len(faces(photo((n,), seed + n, share))) > 0 for n in range(count)]))
        for share in SHARES
    }
    pairs = [faces(photo((n, (n + 1) % _FACES), seed + n, 0.4)) for n in range(count)]
    alone = [faces(photo((n,), seed + n, 0.45)) for n in range(count)]
    others = [faces(photo((_FACES + n,), seed + n, 0.45)) for n in range(count)]
    skin = [faces(_skin(seed + n)) for n in range(count)]
    return {
        "face_found": {str(share): value for share, value in found.items()},
        "several_found": float(np.mean([len(one) > 1 for one in pairs])),
        "several_imagined": float(np.mean([len(one) > 1 for one in [*alone, *others, *skin]])),
        "face_imagined": float(np.mean([len(one) > 0 for one in [*others, *skin]])),
        "face_count": count,
    }


def _skin(seed: int) -> Bytes:
    scene = sample_scene(seed, conditions=(*CONDITIONS, PLAIN), tone=seed % 6 + 1)
    return render(scene, 256).image


def main() -> None:
    """Measure and print JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=_FACES)
    parser.add_argument("--seed", type=int, default=7_000_000)
    options = parser.parse_args()
    sys.stdout.write(json.dumps(measure(options.count, options.seed)) + "\n")


if __name__ == "__main__":
    main()
