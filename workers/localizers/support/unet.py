"""A small U-shaped network that marks affected skin, and its file.

Source of the shape: Ronneberger et al., "U-Net", MICCAI 2015, arXiv 1505.04597. It works at half
the picture's size, for speed, and writes four pixels at each place.
"""

import json
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

CHANNELS: Final = (24, 48, 96, 128)
"""Channels at a half, a quarter, an eighth and a sixteenth of the picture's size."""

STRIDE: Final = 16
"""Height and width must be multiples of this."""

FILE_NAME: Final = "model.safetensors"
_CONFIG: Final = {"model_type": "skingen-unet", "side_px": 128}


class UNet(nn.Module):
    """Pixels (B, 3, H, W) from -1 to 1 -> logit of "affected" (B, H, W); 0.8 M parameters."""

    def __init__(self) -> None:
        """Start with random weights."""
        super().__init__()
        first = CHANNELS[0]
        self.stem = nn.Conv2d(3, first, 5, 2, 2)
        self.down = nn.ModuleList(
            _double(before, after)
            for before, after in zip((first, *CHANNELS), CHANNELS, strict=False)
        )
        ups = list(zip(CHANNELS[:0:-1], CHANNELS[-2::-1], strict=True))
        self.up = nn.ModuleList(_double(below + beside, beside) for below, beside in ups)
        self.head = nn.Conv2d(first, 4, 1)

    def forward(self, batch: Tensor) -> Tensor:
        """Mark affected skin."""
        features = self.stem(batch)
        kept: list[Tensor] = []
        for depth, block in enumerate(self.down):
            features = block(functional.max_pool2d(features, 2) if depth else features)
            kept.append(features)
        for block, beside in zip(self.up, kept[-2::-1], strict=True):
            larger = functional.interpolate(features, scale_factor=2.0, mode="nearest")
            features = block(torch.cat([larger, beside], 1))
        logits: Tensor = functional.pixel_shuffle(self.head(features), 2)  # (B, 1, H, W)
        return logits[:, 0]


def _double(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, 1, 1, bias=False),
        nn.BatchNorm2d(after),
        nn.SiLU(),
        nn.Conv2d(after, after, 3, 1, 1, bias=False),
        nn.BatchNorm2d(after),
        nn.SiLU(),
    )


def save_unet(model: UNet, folder: Path) -> None:
    """Write the weights in half precision, and what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in model.state_dict().items()
    }
    save_file(state, folder / FILE_NAME)
    (folder / "config.json").write_text(json.dumps(_CONFIG, indent=2) + "\n")


def load_unet(folder: Path) -> UNet:
    """Read weights that `save_unet` wrote.

    Raises:
        OSError: The file is missing.
        RuntimeError: It holds other weights.
    """
    model = UNet()
    stored = load_file(folder / FILE_NAME)
    model.load_state_dict(
        {
            name: value.float() if value.is_floating_point() else value
            for name, value in stored.items()
        }
    )
    return model.eval()
