"""Draw the page of own-skin examples for the docs: `python -m workers.evaluation.own_skin_sheet`.

One row per photo: the photo, healed, milder, more severe, as the demo pack draws them, unchecked.
"""

import argparse
import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from workers.batching import ModelThread
from workers.evaluation.seen.own_skin import Free, own_skin, photo_of
from workers.generators import Drawn
from workers.own_skin.canvas import canvas_of

_SIDE_PX: Final = 220
_QUALITY: Final = 82
_FORMS: Final = (0, 1, 3)


def sheet(seed: int, numbers: tuple[int, ...]) -> Image.Image:
    """Return the page for some photos of a seed."""
    rows: list[list[Image.Image]] = []
    with ModelThread() as thread:
        skin = own_skin(thread)
        for number in numbers:
            photo, spec = photo_of(seed, number)
            canvas = canvas_of(photo, skin.localizer.locate(photo))
            if canvas is None:
                continue
            row = [Image.fromarray(photo)]
            for severity in _FORMS:
                drawn = asyncio.run(skin.draw(canvas, replace(spec, severity=severity), Free()))
                row.append(drawn.image if isinstance(drawn, Drawn) else Image.new("RGB", (1, 1)))
            rows.append(row)
    small = [
        np.concatenate([np.asarray(one.resize((_SIDE_PX, _SIDE_PX))) for one in row], axis=1)
        for row in rows
    ]
    return Image.fromarray(np.concatenate(small, axis=0))


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--photos", type=int, nargs="*", default=[1, 2, 4, 5])
    parser.add_argument("--out", type=Path, default=Path("docs/images/own-skin.jpg"))
    args = parser.parse_args()
    sheet(args.seed, tuple(args.photos)).save(args.out, "JPEG", quality=_QUALITY)


if __name__ == "__main__":
    main()
