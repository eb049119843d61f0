"""The written encoder computes principal components inside diffusers' own layers."""

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL

from workers.demo_pack import CONDITIONS, render, sample_scene
from workers.demo_pack.sd_autoencoder import encode
from workers.demo_pack.sd_encoder import Components, patches, principal_components, write_encoder
from workers.demo_pack.sd_parts import LATENT_CHANNELS, LATENT_PX, SIZE_PX, autoencoder


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Atlas renders, two of each condition."""
    scenes = [
        sample_scene(9_000_000 + index, conditions=(condition,), textbook=True)
        for index, condition in enumerate(CONDITIONS * 2)
    ]
    return np.stack([render(scene, SIZE_PX).image for scene in scenes])


@pytest.fixture(scope="module")
def written(images: np.ndarray) -> tuple[AutoencoderKL, Components]:
    """An autoencoder with a written encoder, and what was written."""
    torch.random.default_generator.manual_seed(0)
    model, components = autoencoder(), principal_components(images)
    write_encoder(model, components)
    return model.eval(), components


def test_encoder_is_the_projection(
    written: tuple[AutoencoderKL, Components], images: np.ndarray
) -> None:
    """Latents equal directions times patch plus offset, within a hundredth of their spread."""
    model, components = written
    latents = encode(model, images).permute(0, 2, 3, 1).numpy()
    assert latents.shape == (len(images), LATENT_PX, LATENT_PX, LATENT_CHANNELS)
    expected = patches(images) @ components.directions.T + components.offsets
    assert np.abs(latents - expected).max() < 0.01


def test_latents_are_scaled_and_sure(
    written: tuple[AutoencoderKL, Components], images: np.ndarray
) -> None:
    """The mean square is 1, the encoder adds no noise, and no factor is left to apply."""
    model, components = written
    latents = patches(images) @ components.directions.T + components.offsets
    assert np.square(latents).mean() == pytest.approx(1, rel=0.01)
    batch = torch.zeros(1, 3, SIZE_PX, SIZE_PX)
    with torch.no_grad():
        assert float(model.encode(batch).latent_dist.std.max()) < 1e-5
    assert model.config.scaling_factor == 1.0


def test_half_precision_weights_keep_the_projection(
    written: tuple[AutoencoderKL, Components], images: np.ndarray
) -> None:
    """Stored in half precision and loaded in single, the latents move by less than 0.02."""
    model, _ = written
    rounded = autoencoder()
    rounded.load_state_dict({k: v.half().float() for k, v in model.state_dict().items()})
    moved = encode(rounded.eval(), images) - encode(model, images)
    assert float(moved.abs().max()) < 0.02
