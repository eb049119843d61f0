"""The autoencoder's encoder is written down, not trained: principal components of 8 x 8 patches.

A latent that is linear in the pixels is smooth by construction: a small error of the diffusion
model is a small error of the picture, and what a condition looks like is spread over few numbers.
The weights below make diffusers' own encoder layers compute exactly that projection, so the
checkpoint loads as any `AutoencoderKL`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor, nn

from workers.demo_pack.sd_parts import LATENT_CHANNELS, LATENT_PX, SIZE_PX

PATCH_PX = SIZE_PX // LATENT_PX
# Share of each component's spread (in logarithms) that is taken out: between 0 (the first
# component, brightness, drowns the texture) and 1 (the texture's noise is as loud as the layout).
_WHITENED = 0.65
# A group norm divides by the spread of its group. Two constants of this size in every group fix
# that spread, whatever the picture holds.
_ANCHOR = 64.0
# A SiLU is the identity far to the right of zero.
_LIFT = 16.0
_SILENT_LOG_VARIANCE = -30.0
_PICTURES = 1500
Floats = NDArray[np.float32]


def patches(images: NDArray[np.uint8]) -> Floats:
    """Patches of pictures (N, S, S, 3), from -1 to 1, shape (N, S / 8, S / 8, 192)."""
    count, cells = len(images), images.shape[1] // PATCH_PX
    cut = images.reshape(count, cells, PATCH_PX, cells, PATCH_PX, 3).transpose(0, 1, 3, 2, 4, 5)
    return cut.reshape(count, cells, cells, -1).astype(np.float32) / 127.5 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Directions (K, 192) and offsets (K,): latent = directions @ patch + offsets."""

    directions: Floats
    offsets: Floats

    def latents(self, images: NDArray[np.uint8]) -> Tensor:
        """Latents (N, K, S / 8, S / 8) of pictures (N, S, S, 3), some at a time."""
        parts = [
            torch.from_numpy(patches(images[i : i + 500]) @ self.directions.T + self.offsets)
            for i in range(0, len(images), 500)
        ]
        return torch.cat(parts).permute(0, 3, 1, 2)


def principal_components(images: NDArray[np.uint8]) -> Components:
    """Fit the projection on the first pictures of a pool; latents have a mean square of 1."""
    rows = patches(images[:_PICTURES]).reshape(-1, 3 * PATCH_PX**2)
    mean = rows.mean(0)
    variances, vectors = np.linalg.eigh(np.cov(rows.T))
    spread = np.sqrt(variances[::-1][:LATENT_CHANNELS])
    left = spread ** (1 - _WHITENED)
    scale = left / spread / np.sqrt((left**2).mean())
    directions = vectors[:, ::-1][:, :LATENT_CHANNELS].T * scale[:, None]
    return Components(
        directions=directions.astype(np.float32), offsets=(-directions @ mean).astype(np.float32)
    )


@torch.no_grad()
def write_encoder(model: AutoencoderKL, components: Components) -> None:
    """Set the encoder's weights so that its mean is the projection and its variance nothing."""
    encoder = model.encoder
    for block in [*encoder.down_blocks, encoder.mid_block]:
        for resnet in block.resnets:
            _pass_through(resnet)
    _keep(encoder.conv_in, 3)
    first, second, third = (encoder.down_blocks[i].downsamplers[0].conv for i in range(3))
    _fold(first, 3)
    _fold(second, 12)
    _project(third, components)
    _anchor(encoder.down_blocks[3].resnets[0].conv_shortcut, encoder.conv_norm_out)
    _read_out(encoder.conv_out, encoder.conv_norm_out)
    _keep(model.quant_conv, 2 * LATENT_CHANNELS)
    model.register_to_config(scaling_factor=1.0)


def _pass_through(resnet: nn.Module) -> None:
    """A residual block whose branch adds nothing; a wider output gets the input and zeros."""
    nn.init.zeros_(resnet.conv1.weight)
    nn.init.zeros_(resnet.conv2.weight)
    nn.init.zeros_(resnet.conv1.bias)
    nn.init.zeros_(resnet.conv2.bias)
    if resnet.conv_shortcut is not None:
        _keep(resnet.conv_shortcut, resnet.conv_shortcut.in_channels)


def _clear(conv: nn.Conv2d) -> None:
    nn.init.zeros_(conv.weight)
    nn.init.zeros_(conv.bias)


def _keep(conv: nn.Conv2d, channels: int) -> None:
    """A convolution that copies its first channels."""
    _clear(conv)
    middle = conv.kernel_size[0] // 2
    for channel in range(channels):
        conv.weight[channel, channel, middle, middle] = 1


def _fold(conv: nn.Conv2d, channels: int) -> None:
    """A strided convolution that puts the four pixels of a 2 x 2 square side by side."""
    _clear(conv)
    for place in range(4):
        for channel in range(channels):
            conv.weight[place * channels + channel, channel, place // 2, place % 2] = 1


def _project(conv: nn.Conv2d, components: Components) -> None:
    """The last strided convolution multiplies four folded 4 x 4 squares with the directions."""
    _clear(conv)
    # (K, y2, y1, y0, x2, x1, x0, colour): the bits of a pixel's place within its patch.
    bits = torch.from_numpy(components.directions).view(-1, *(2,) * 6, 3)
    kernel = bits.permute(0, 2, 5, 3, 6, 7, 1, 4).reshape(LATENT_CHANNELS, 48, 2, 2)
    conv.weight[:LATENT_CHANNELS, :48, :2, :2] = kernel
    conv.bias[:LATENT_CHANNELS] = torch.from_numpy(components.offsets)


def _slots(norm: nn.GroupNorm) -> tuple[Tensor, Tensor, Tensor]:
    """Channels of the latents, and of the high and low constant of each latent's group."""
    size, each = norm.num_channels // norm.num_groups, -(-LATENT_CHANNELS // norm.num_groups)
    numbers = torch.arange(LATENT_CHANNELS)
    start = numbers // each * size
    return start + numbers % each, start + size - 2, start + size - 1


def _anchor(shortcut: nn.Conv2d, norm: nn.GroupNorm) -> None:
    """Spread the latents over the groups of the last norm, two constants beside them."""
    _clear(shortcut)
    own, high, low = _slots(norm)
    shortcut.weight[own, torch.arange(LATENT_CHANNELS), 0, 0] = 1
    shortcut.bias[high], shortcut.bias[low] = _ANCHOR, -_ANCHOR
    spread = _ANCHOR * (2 * norm.num_groups / norm.num_channels) ** 0.5
    nn.init.constant_(norm.weight, spread / _ANCHOR)
    nn.init.constant_(norm.bias, _LIFT)
    norm.weight[own] = spread


def _read_out(conv: nn.Conv2d, norm: nn.GroupNorm) -> None:
    """Take the latents from their channels and give back the group mean that the norm removed."""
    _clear(conv)
    own, high, low = _slots(norm)
    rows = torch.arange(LATENT_CHANNELS)
    conv.weight[rows, own, 1, 1] = 1
    conv.weight[rows, high, 1, 1] = conv.weight[rows, low, 1, 1] = -_ANCHOR / 2
    conv.bias[rows] = _LIFT * (_ANCHOR - 1)
    conv.bias[LATENT_CHANNELS:] = _SILENT_LOG_VARIANCE
