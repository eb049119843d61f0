"""Pictures side by side on one page."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def sheet(pictures: Sequence[NDArray[np.uint8]], columns: int, gap: int = 2) -> Image.Image:
    """Lay equally large pictures (H, W, 3) out in rows on white."""
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    size = (columns * (width + gap) - gap, rows * (height + gap) - gap)
    page = Image.new("RGB", size, "white")
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        page.paste(Image.fromarray(picture), (column * (width + gap), row * (height + gap)))
    return page
