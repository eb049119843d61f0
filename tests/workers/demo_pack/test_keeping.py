"""An adapter of the demo pack is held to what the model draws without it."""

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel
from peft import LoraConfig

from workers.demo_pack import render, sample_scene
from workers.demo_pack.judge import worn
from workers.demo_pack.schedule import pixels
from workers.demo_pack.sd_parts import LATENT_CHANNELS, LATENT_PX, TEXT_WIDTH, scheduler, unet
from workers.demo_pack.sd_unet import Noisy
from workers.demo_pack.train_lora import change


@pytest.fixture
def net() -> UNet2DConditionModel:
    """An untrained UNet with a fresh adapter, which does nothing yet."""
    torch.random.default_generator.manual_seed(0)
    model = unet().requires_grad_(requires_grad=False)
    model.add_adapter(
        LoraConfig(r=2, lora_alpha=2, target_modules=["conv_out"]), adapter_name="own"
    )
    return model


def _noisy() -> Noisy:
    torch.random.default_generator.manual_seed(1)
    latents = torch.randn(2, LATENT_CHANNELS, LATENT_PX, LATENT_PX)
    return Noisy.of(latents, scheduler().alphas_cumprod)


def test_velocity_leads_back_to_the_latents() -> None:
    """Noisy latents minus their share of the velocity are the latents, at every step."""
    noisy = _noisy()
    torch.random.default_generator.manual_seed(1)
    latents = torch.randn(2, LATENT_CHANNELS, LATENT_PX, LATENT_PX)
    back = noisy.alpha.sqrt() * noisy.mixed - (1 - noisy.alpha).sqrt() * noisy.target
    assert torch.allclose(back, latents, atol=1e-5)


def test_fresh_adapter_changes_nothing(net: UNet2DConditionModel) -> None:
    """Before its first step an adapter moves no answer by more than bfloat16 rounds."""
    moved = change(net, _noisy(), torch.zeros(2, 4, TEXT_WIDTH))
    assert float(moved.detach()) < 1e-3
    assert moved.requires_grad


def test_moved_answers_are_counted(net: UNet2DConditionModel) -> None:
    """An adapter with weights moves the answers, and is still switched on afterwards."""
    weights = [p for name, p in net.named_parameters() if "lora_B" in name]
    with torch.no_grad():
        for weight in weights:
            weight.normal_()
    hidden = torch.randn(2, 4, TEXT_WIDTH)
    assert float(change(net, _noisy(), hidden).detach()) > 1e-2
    assert all(weight.requires_grad for weight in weights)


def test_judge_learns_from_worn_renders() -> None:
    """Worn pictures keep shape and range, and at times lose detail."""
    image = render(sample_scene(8_500_000, conditions=("acne",), textbook=True), 96).image
    batch, rng = pixels(image[None]), np.random.default_rng(0)
    copies = [worn(batch, rng) for _ in range(8)]
    assert all(copy.shape == batch.shape for copy in copies)
    assert all(float(copy.abs().max()) <= 1.2 for copy in copies)
    changes = [float((copy - batch).abs().mean()) for copy in copies]
    assert min(changes) == 0
    assert max(changes) > 0.005
