"""First stage of the demo Stable Diffusion: the autoencoder learns to keep papules and rings."""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

from workers.demo_pack.pool import Pool
from workers.demo_pack.schedule import (
    Progress,
    cosine,
    load_checkpoint,
    pixels,
    save_checkpoint,
)
from workers.demo_pack.sd_parts import autoencoder

_BATCH = 16


def train_autoencoder(pool: Pool, steps: int, checkpoint: Path) -> AutoencoderKL:
    """Train on textbook renders, going on from the checkpoint if there is one.

    Source: absolute error plus error of gradients keeps small edges; the weight of the KL term
    is that of R. Rombach et al., CVPR 2022.
    """
    torch.random.default_generator.manual_seed(0)
    model, rng = autoencoder().to(memory_format=torch.channels_last), np.random.default_rng(0)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.0)
    start, state = 0, load_checkpoint(checkpoint)
    if state is not None:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["step"]
        rng = np.random.default_rng(start)
    progress = Progress(name="autoencoder", steps=steps)
    for step in range(start, steps):
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * cosine(step, steps, 100)
        loss, error = _loss(model, pixels(pool.images[rng.integers(0, len(pool), _BATCH)]))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        progress.step(step, loss=loss.item(), psnr=-10 * np.log10(error / 4))
        if (step + 1) % 100 == 0 or step + 1 == steps:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint(checkpoint, state | {"step": step + 1})
    return model.eval()


def _loss(model: AutoencoderKL, batch: Tensor) -> tuple[Tensor, float]:
    """Training loss and mean squared error of one batch (B, 3, S, S) from -1 to 1."""
    with torch.autocast("cpu", torch.bfloat16):
        posterior = model.encode(batch).latent_dist
        out = model.decode(posterior.sample()).sample
    out = out.float()
    squared = (out - batch).square().mean()
    edges = sum((a - b).abs().mean() for a, b in zip(_slopes(out), _slopes(batch), strict=True))
    loss = (out - batch).abs().mean() + 2 * squared + 0.5 * edges + 1e-6 * posterior.kl().mean()
    return loss, squared.item()


def _slopes(batch: Tensor) -> tuple[Tensor, Tensor]:
    """Differences between neighbours along both sides."""
    return batch[..., 1:, :] - batch[..., :-1, :], batch[..., 1:] - batch[..., :-1]


@torch.no_grad()
def encode(model: AutoencoderKL, images: np.ndarray) -> Tensor:
    """Latent means (N, 4, 24, 24) of pictures (N, 96, 96, 3), not scaled."""
    with torch.autocast("cpu", torch.bfloat16):
        parts = [
            model.encode(pixels(images[start : start + 64])).latent_dist.mode().float()
            for start in range(0, len(images), 64)
        ]
    return torch.cat(parts)


@torch.no_grad()
def psnr_db(model: AutoencoderKL, images: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels of pictures after encoding and decoding."""
    truth = pixels(images)
    out = torch.cat([model.decode(z).sample for z in encode(model, images).split(64)])
    return float(-10 * torch.log10((out.clamp(-1, 1) - truth).square().mean() / 4))
