"""Are unsteady answers noticed? The check of `workers.stability`, measured on the demo model.

A photo is unsteady when changes that the check does not try (other light, hard compression) give it
another leading condition. To have some, every second photo is a blend of two lesions, which nobody
could name for sure. Figures are of rendered skin.
"""

import io
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workers.demo_pack.scene import CONDITIONS
from workers.evaluation.demo_vlm import Seer, photos
from workers.stability import CHANGES, changed, unstable
from workers.vlms import Answer

VLM: Final = Path("models/demo/vlm")
CHECKED: Final = 2
"""How many copies the check looks at, as in the settings; the others tell the truth here."""
Bytes = NDArray[np.uint8]


def measure(count: int, seed: int, folder: Path = VLM) -> dict[str, Any]:
    """Measure over ``count`` photos, every second one a blend.

    Returns:
        ``unstable_flagged``: share of unsteady photos that the check flags, None where none was
        unsteady; ``steady_flagged``: share of the others that it flags as well; and counts.
    """
    seer = Seer(folder)
    versions = [_versions(image) for image in _photos(count, seed)]
    likely = seer.likelihoods([copy for row in versions for copy in row])
    answers = [
        [_answer(row) for row in rows] for rows in likely.reshape(count, -1, likely.shape[1])
    ]
    flagged = np.array([unstable(row[0], row[1 : 1 + CHECKED]) for row in answers])
    unsteady = np.array(
        [len({_leader(a) for a in (row[0], *row[1 + CHECKED :])}) > 1 for row in answers]
    )
    return {
        "unstable_flagged": float(flagged[unsteady].mean()) if unsteady.any() else None,
        "steady_flagged": float(flagged[~unsteady].mean()) if (~unsteady).any() else None,
        "unstable_count": int(unsteady.sum()),
        "stability_photo_count": count,
    }


def _photos(count: int, seed: int) -> list[Bytes]:
    """Return photos, every second one half one lesion and half another."""
    pool = photos(seed, 2 * count).images
    pairs = zip(pool[::2], pool[1::2], strict=True)
    blend = [0.5 * one.astype(np.float32) + 0.5 * other for one, other in pairs]
    return [
        mixed.astype(np.uint8) if number % 2 else pool[2 * number]
        for number, mixed in enumerate(blend)
    ]


def _versions(image: Bytes) -> list[Bytes]:
    """Return a photo and each of its changed copies, all of the size of the photo."""
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=92)
    copies = [out.getvalue(), *(changed(out.getvalue(), k) for k in range(len(CHANGES)))]
    size = (image.shape[1], image.shape[0])
    return [np.asarray(Image.open(io.BytesIO(one)).convert("RGB").resize(size)) for one in copies]


def _answer(likelihoods: NDArray[np.float64]) -> Answer:
    ranked = sorted(zip(CONDITIONS, likelihoods.tolist(), strict=True), key=lambda one: -one[1])
    return Answer(text="", shares=tuple(ranked), unusual=False, stopped=False, model="")


def _leader(answer: Answer) -> str:
    return answer.shares[0][0]
