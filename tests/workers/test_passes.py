"""Shared passes: every family as its own pipeline draws it, whoever else is in the pass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from core.domain.cases import PictureSpec
from tests import tiny_pipelines
from workers.devices import choose
from workers.entries import ModelEntry
from workers.generators import Drawn, DrawRequest
from workers.generators.diffusers_sd import DiffusersGenerator
from workers.models import build_generator

# Some schedulers of diffusers hand a tensor to numpy in a way that numpy 2 dislikes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SPEC = PictureSpec(condition_id="eczema", tone=3, site="arm", severity=2, seed=7)
SCHEDULERS = (
    "DDIMScheduler",
    "DDPMScheduler",
    "PNDMScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "UniPCMultistepScheduler",
    "HeunDiscreteScheduler",
    "LCMScheduler",
    "TCDScheduler",
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of a family's tiny checkpoint, written on first need."""
    root = tmp_path_factory.mktemp("families")
    return lambda name: (
        root / name if (root / name).exists() else tiny_pipelines.saved(name, root / name)
    )


def built(folder: Path, **options: Any) -> DiffusersGenerator:
    """Load a tiny checkpoint."""
    entry = ModelEntry(
        kind="generator",
        name="tiny",
        backend="diffusers_sd",
        folder=folder,
        dtype=options.pop("dtype", "auto"),
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


def by_pipeline(generator: DiffusersGenerator, folder: Path, **more: Any) -> np.ndarray:
    """Draw the same with a pipeline as it is used without us."""
    pipe = diffusers.DiffusionPipeline.from_pretrained(folder)
    pipe.scheduler = generator.setup.scheduler
    pipe.set_progress_bar_config(disable=True)
    arguments = {
        "prompt": generator.prompt(SPEC),
        "generator": torch.Generator().manual_seed(SPEC.seed),
        "num_inference_steps": 4,
        "guidance_scale": 3.0,
        **more,
    }
    if isinstance(pipe, diffusers.StableDiffusionInpaintPipeline) and "image" not in more:
        grey, white = Image.new("RGB", (32, 32), (128, 128, 128)), Image.new("L", (32, 32), 255)
        arguments |= {"image": grey, "mask_image": white, "height": 32, "width": 32}
    with torch.inference_mode():
        return np.asarray(pipe(**arguments).images[0], dtype=int)


@pytest.mark.parametrize("name", tiny_pipelines.FAMILIES)
def test_family_is_drawn_as_by_its_own_pipeline(folders: Callable[[str], Path], name: str) -> None:
    """A picture is the one that the pipeline of diffusers draws from the same seed."""
    generator = built(folders(name))

    expected = by_pipeline(generator, folders(name))

    assert np.abs(drawn(generator) - expected).max() <= 2


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_scheduler_is_stepped_as_by_the_pipeline(
    folders: Callable[[str], Path], scheduler: str
) -> None:
    """Each picture has a scheduler of its own, and it walks as in a pipeline."""
    generator = built(folders("sd15"), scheduler=scheduler)

    expected = by_pipeline(generator, folders("sd15"))

    assert np.abs(drawn(generator) - expected).max() <= 2


@pytest.mark.parametrize("name", tiny_pipelines.FAMILIES)
def test_company_changes_nothing(folders: Callable[[str], Path], name: str) -> None:
    """Prompts, seeds, steps and guidance may all differ, and a picture may join in the middle."""
    generator = built(folders(name))
    others = [
        {"spec": SPEC},
        {"spec": replace(SPEC, condition_id="acne", seed=8), "steps": 2, "guidance": 1.0},
        {"spec": replace(SPEC, tone=6, seed=9), "steps": 6, "guidance": 5.0},
    ]
    requests = [asked(generator, **other) for other in others]  # type: ignore[arg-type]
    easel = generator.easel()

    together: dict[DrawRequest, Drawn | Exception] = {}
    easel.join(requests[0])
    together |= dict(easel.step())
    easel.join(requests[1])
    easel.join(requests[2])
    while len(easel):
        together |= dict(easel.step())

    for request, other in zip(requests, others, strict=True):
        alone = drawn(generator, **other)
        assert np.abs(pixels(together[request]) - alone).max() <= 2
