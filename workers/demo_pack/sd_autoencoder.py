"""First stage of the demo Stable Diffusion: the decoder learns to draw what the encoder wrote."""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

from workers.demo_pack.learning import Learner, Plan
from workers.demo_pack.pool import Pool
from workers.demo_pack.schedule import pixels
from workers.demo_pack.sd_encoder import principal_components, write_encoder
from workers.demo_pack.sd_parts import autoencoder

_BATCH = 16
# The diffusion model's latents are never exact; the decoder learns to bear errors of this size.
_SLIP = 0.06


def train_autoencoder(pool: Pool, steps: int, checkpoint: Path) -> AutoencoderKL:
    """Write the encoder down and train the decoder, going on from the checkpoint if there is one.

    Source: absolute error plus error of gradients keeps small edges.
    """
    torch.random.default_generator.manual_seed(0)
    model = autoencoder().to(memory_format=torch.channels_last)
    components = principal_components(pool.images)
    write_encoder(model, components)
    decoder = nn.ModuleList([model.post_quant_conv, model.decoder])
    plan = Plan(name="decoder", steps=steps, rate=2e-3, checkpoint=checkpoint, memory=0.99)

    def loss(rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        images = pool.images[rng.integers(0, len(pool), _BATCH)]
        clean = components.latents(images)
        noisy = clean + _SLIP * torch.rand(_BATCH, 1, 1, 1) * torch.randn_like(clean)
        return _loss(model, noisy, pixels(images))

    Learner(plan, {"decoder": decoder}).run(loss)
    return model.eval()


def _loss(model: AutoencoderKL, latents: Tensor, truth: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Training loss of decoded latents (B, C, h, w) against pictures (B, 3, S, S)."""
    with torch.autocast("cpu", torch.bfloat16):
        out = model.decode(latents.contiguous(memory_format=torch.channels_last)).sample
    out = out.float()
    squared = (out - truth).square().mean()
    edges = sum((a - b).abs().mean() for a, b in zip(_slopes(out), _slopes(truth), strict=True))
    loss = (out - truth).abs().mean() + 2 * squared + 0.5 * edges
    return loss, {"psnr": float(-10 * torch.log10(squared.detach() / 4))}


def _slopes(batch: Tensor) -> tuple[Tensor, Tensor]:
    """Differences between neighbours along both sides."""
    return batch[..., 1:, :] - batch[..., :-1, :], batch[..., 1:] - batch[..., :-1]


@torch.no_grad()
def encode(model: AutoencoderKL, images: np.ndarray) -> Tensor:
    """Latent means (N, 12, 12, 12) of pictures (N, 96, 96, 3), in single precision."""
    parts = [
        model.encode(pixels(images[start : start + 64])).latent_dist.mode()
        for start in range(0, len(images), 64)
    ]
    return torch.cat(parts)


@torch.no_grad()
def through(model: AutoencoderKL, images: np.ndarray) -> np.ndarray:
    """Pictures (N, 96, 96, 3) uint8 after encoding and decoding."""
    parts = [model.decode(z).sample.clamp(-1, 1) for z in encode(model, images).split(64)]
    shown = ((torch.cat(parts) + 1) * 127.5).round().byte()
    return np.ascontiguousarray(shown.permute(0, 2, 3, 1).numpy())


@torch.no_grad()
def psnr_db(model: AutoencoderKL, images: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels of pictures after encoding and decoding."""
    truth = pixels(images)
    out = torch.cat([model.decode(z).sample for z in encode(model, images).split(64)])
    return float(-10 * torch.log10((out.clamp(-1, 1) - truth).square().mean() / 4))
