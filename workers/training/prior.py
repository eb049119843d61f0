"""Pictures of what the base knows, drawn by the base itself before it is changed.

Source: N. Ruiz et al., "DreamBooth", CVPR 2023, prior preservation.
"""

import json
from io import BytesIO
from pathlib import Path

import torch
from tqdm import tqdm

from workers.training.base import Base
from workers.training.files import whole_folder, write
from workers.training.recipe import Recipe

_SEED = 7_000_000


@torch.no_grad()
def generate_prior(base: Base, recipe: Recipe, folder: Path) -> None:
    """Draw the prior pictures into a folder with a table, whole or not at all."""
    with whole_folder(folder, {}) as partial:
        rows = []
        for number in tqdm(range(recipe.prior_images), desc="prior", mininterval=1):
            words = recipe.prior_captions[number % len(recipe.prior_captions)]
            out = base.pipe(
                words,
                num_inference_steps=recipe.sample_steps,
                guidance_scale=recipe.sample_guidance,
                height=base.size_px,
                width=base.size_px,
                generator=torch.Generator().manual_seed(_SEED + recipe.seed * 10_000 + number),
            )
            stream = BytesIO()
            out.images[0].save(stream, "PNG")
            write(partial / f"{number:05d}.png", stream.getvalue())
            rows.append(json.dumps({"file_name": f"{number:05d}.png", "text": words}) + "\n")
        write(partial / "metadata.jsonl", "".join(rows).encode())
