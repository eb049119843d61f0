"""What the tests of shared passes have in common: tiny checkpoints, requests, pixels."""

from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image

from core.domain.cases import PictureSpec
from workers.devices import choose
from workers.entries import ModelEntry
from workers.generators import Drawn, DrawRequest
from workers.generators.diffusers_sd import DiffusersGenerator
from workers.models import build_generator

INPAINTING = (
    diffusers.StableDiffusionInpaintPipeline,
    diffusers.StableDiffusionXLInpaintPipeline,
    diffusers.FluxFillPipeline,
)
SPEC = PictureSpec(condition_id="eczema", tone=3, site="arm", severity=2, seed=7)


def built(
    folder: Path, adapters: dict[str, str] | None = None, dtype: str = "auto", **options: Any
) -> DiffusersGenerator:
    """Load a tiny checkpoint."""
    entry = ModelEntry(
        kind="generator",
        name="tiny",
        backend="diffusers_sd",
        folder=folder,
        dtype=dtype,
        adapters=adapters or {},
        options={"steps": 4, "guidance": 3.0, **options},
    )
    generator = build_generator(entry, choose("cpu"))
    assert isinstance(generator, DiffusersGenerator)
    return generator


def asked(generator: DiffusersGenerator, spec: PictureSpec = SPEC, **more: Any) -> DrawRequest:
    """Return a request."""
    return DrawRequest(
        spec=spec,
        prompt=generator.prompt(spec),
        **{"stop": lambda: False, "on_step": lambda _share: None, **more},
    )


def pixels(outcome: Drawn | Exception) -> np.ndarray:
    """Return the pixels of a picture, or raise what came instead."""
    if isinstance(outcome, Exception):
        raise outcome
    return np.asarray(outcome.image, dtype=int)


def drawn(generator: DiffusersGenerator, **more: Any) -> np.ndarray:
    """Draw one picture."""
    (outcome,) = generator.draw([asked(generator, **more)])
    return pixels(outcome)


def by_pipeline(
    generator: DiffusersGenerator,
    folder: Path,
    kind: Any = diffusers.DiffusionPipeline,
    **more: Any,
) -> np.ndarray:
    """Draw the same with a pipeline as it is used without us."""
    pipe = kind.from_pretrained(folder)
    pipe.scheduler = generator.setup.scheduler
    pipe.set_progress_bar_config(disable=True)
    arguments = {
        "prompt": generator.prompt(SPEC),
        "generator": torch.Generator().manual_seed(SPEC.seed),
        "num_inference_steps": 4,
        "guidance_scale": 3.0,
        **more,
    }
    side = generator.recipe.size_px
    if "image" not in more:
        arguments |= {"height": side, "width": side}
    if isinstance(pipe, INPAINTING) and "image" not in more:
        grey = Image.new("RGB", (side, side), (128, 128, 128))
        white = Image.new("L", (side, side), 255)
        arguments |= {"image": grey, "mask_image": white, "strength": 1.0}
    with torch.inference_mode():
        return np.asarray(pipe(**arguments).images[0], dtype=int)
