"""What the denoiser should answer, and how much an answer counts.

Sources: J. Ho et al., "Denoising Diffusion Probabilistic Models", NeurIPS 2020 (noise);
T. Salimans and J. Ho, "Progressive Distillation", ICLR 2022 (velocity); T. Hang et al.,
"Efficient Diffusion Training via Min-SNR Weighting Strategy", ICCV 2023.
"""

from torch import Tensor


def mix(latents: Tensor, noise: Tensor, alphas: Tensor) -> Tensor:
    """Mix latents and noise (B, C, h, w) at cumulative alphas (B,)."""
    alpha = alphas.view(-1, 1, 1, 1)
    return alpha.sqrt() * latents + (1 - alpha).sqrt() * noise


def target(latents: Tensor, noise: Tensor, alphas: Tensor, prediction: str) -> Tensor:
    """Return the right answer (B, C, h, w): the noise, or the velocity."""
    if prediction == "epsilon":
        return noise
    alpha = alphas.view(-1, 1, 1, 1)
    return alpha.sqrt() * noise - (1 - alpha).sqrt() * latents


def weights(alphas: Tensor, prediction: str, gamma: float | None, least: float) -> Tensor:
    """Return the weight of each picture (B,), 1 for all without a gamma.

    The floor keeps the noisiest steps, which decide tone and layout, from being ignored where the
    terminal signal-to-noise ratio is zero.
    """
    if gamma is None:
        return alphas.new_ones(len(alphas))
    ratio = alphas / (1 - alphas).clamp(min=1e-8)
    kept = ratio.clamp(max=gamma)
    weight = kept / ratio.clamp(min=1e-8) if prediction == "epsilon" else kept / (ratio + 1)
    return weight.clamp(min=least)
