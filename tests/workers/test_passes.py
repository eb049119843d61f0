"""Shared passes: every family as its own pipeline draws it, whoever else is in the pass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests import tiny_pipelines
from tests.workers.passes import SPEC, asked, built, by_pipeline, drawn, pixels
from workers.generators import Drawn, DrawRequest

# Some schedulers of diffusers hand a tensor to numpy in a way that numpy 2 dislikes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

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


def small(name: str) -> dict[str, int]:
    """Return options for a small picture where a family's own size would take long."""
    return {"size_px": 64} if name.startswith("flux") else {}


@pytest.mark.parametrize("name", tiny_pipelines.FAMILIES)
def test_family_is_drawn_as_by_its_own_pipeline(folders: Callable[[str], Path], name: str) -> None:
    """A picture is the one that the pipeline of diffusers draws from the same seed."""
    generator = built(folders(name), **small(name))

    expected = by_pipeline(generator, folders(name))

    assert np.abs(drawn(generator) - expected).max() <= 2


@pytest.mark.parametrize("name", ["sd-turbo", "sdxl-turbo"])
def test_turbo_takes_one_step_unguided(folders: Callable[[str], Path], name: str) -> None:
    """One step at guidance 0, from the last time step on, as turbo models are used."""
    generator = built(folders(name), steps=1, guidance=0.0)
    shares: list[float] = []

    expected = by_pipeline(generator, folders(name), num_inference_steps=1, guidance_scale=0.0)

    assert np.abs(drawn(generator, on_step=shares.append) - expected).max() <= 2
    assert shares == [1.0]


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
    generator = built(folders(name), **small(name))
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
