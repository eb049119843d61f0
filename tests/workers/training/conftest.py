"""Fixtures of the trainer's tests: a tiny base, short recipes, folders of pictures, children."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests import tiny_diffusion
from workers.training.options import checked
from workers.training.recipe import Recipe


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a tiny Stable Diffusion 1.x that draws 32 pixels."""
    return tiny_diffusion.stable_diffusion(tmp_path_factory.mktemp("base") / "sd")


@pytest.fixture(scope="session")
def velocity_base(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the same as a checkpoint that predicts velocities, as Stable Diffusion 2.1 does."""
    folder = tmp_path_factory.mktemp("velocity") / "sd"
    for path in base.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(base)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    config = folder / "scheduler" / "scheduler_config.json"
    values = json.loads(config.read_text())
    values |= {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True}
    config.write_text(json.dumps(values))
    return folder


@pytest.fixture
def recipe(base: Path, tmp_path: Path) -> Callable[..., Recipe]:
    """Give a maker of recipes that train for four steps."""

    def make(**changes: Any) -> Recipe:
        values = {
            "base": str(base),
            "out": tmp_path / "run",
            "conditions": ("urticaria", "impetigo"),
            "images_per_condition": 3,
            "steps": 4,
            "batch": 2,
            "rank": 2,
            "alpha": 4.0,
            "rate": 1e-2,
            "save_every": 2,
            "sample_steps": 2,
            "device": "cpu",
        }
        return checked(values | changes)

    return make


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Give a folder of six pictures without a table."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(6):
        pixels = rng.integers(0, 256, (40, 56, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"p{number}.png")
    return folder
