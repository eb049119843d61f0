"""Sample grids: the same prompts and seeds again and again, so that progress can be seen."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from workers.demo_pack.sheets import sheet
from workers.training.base import Base
from workers.training.feeding import Lesson
from workers.training.files import replace
from workers.training.recipe import Recipe

_MOST = 12
_COLUMNS = 6
_SEED = 100


def sample_captions(recipe: Recipe, own: Lesson) -> tuple[str, ...]:
    """Return the recipe's prompts, or one caption of each condition."""
    if recipe.sample_captions:
        return recipe.sample_captions[:_MOST]
    first = {
        note.condition: words for note, words in zip(own.data.notes, own.captions, strict=True)
    }
    return tuple(first.values())[:_MOST]


@torch.no_grad()
def draw(base: Base, captions: Sequence[str], recipe: Recipe) -> list[Image.Image]:
    """Draw one picture per caption, one by one, so that a GPU's memory is not filled."""
    pictures = []
    for number, caption in enumerate(captions):
        out = base.pipe(
            caption,
            num_inference_steps=recipe.sample_steps,
            guidance_scale=recipe.sample_guidance,
            height=base.size_px,
            width=base.size_px,
            generator=torch.Generator().manual_seed(_SEED + number),
        )
        pictures.append(out.images[0])
    return pictures


def save_grid(base: Base, captions: Sequence[str], recipe: Recipe, path: Path) -> None:
    """Draw a grid and write it as PNG.

    Raises:
        OSError: The disk refused.
    """
    pictures = [np.asarray(picture.convert("RGB")) for picture in draw(base, captions, recipe)]
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = BytesIO()
    sheet(pictures, min(_COLUMNS, len(pictures))).save(stream, "PNG")
    replace(path, stream.getvalue())
