"""What all trainers share: threads, learning rates, augmentation, checkpoints, progress lines."""

import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

CHECKPOINTS = Path("training")


def cosine(step: int, steps: int, warm_up: int, floor: float = 0.02) -> float:
    """Learning-rate factor: linear warm-up, then half a cosine down to `floor`."""
    rise = min(1.0, (step + 1) / warm_up)
    return rise * (0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))) + floor)


def pixels(images: NDArray[np.uint8]) -> Tensor:
    """Bytes (B, H, W, 3) to floats (B, 3, H, W) from -1 to 1, channels last in memory."""
    tensor = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)
    return (tensor.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def augment(batch: Tensor, rng: np.random.Generator) -> Tensor:
    """Turn, mirror and relight a batch (B, 3, H, W) from -1 to 1."""
    batch = torch.rot90(batch, int(rng.integers(4)), (2, 3))
    if rng.random() < 0.5:
        batch = batch.flip(3)
    gain = torch.from_numpy(rng.normal(1, 0.07, (len(batch), 3, 1, 1)).astype(np.float32))
    return ((batch + 1) * gain - 1).clamp(-1, 1)


class Average:
    """Exponential moving average of a model's parameters."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], decay: float = 0.999, steps: int = 0
    ) -> None:
        self._live = list(parameters)
        self._decay = decay
        self._steps = steps
        self.values = [p.detach().clone() for p in self._live]

    @torch.no_grad()
    def update(self) -> None:
        """Move the average towards the parameters."""
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        torch._foreach_lerp_(self.values, [p.detach() for p in self._live], 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the parameters and their average; call twice to undo."""
        for live, mean in zip(self._live, self.values, strict=True):
            kept = live.detach().clone()
            live.copy_(mean)
            mean.copy_(kept)


@dataclass(slots=True, kw_only=True)
class Progress:
    """Prints one line every `every` steps: step, share, speed and running means."""

    name: str
    steps: int
    every: int = 50
    _started: float = field(default_factory=time.monotonic)
    _sums: dict[str, float] = field(default_factory=dict)
    _count: int = 0
    _first: int | None = None

    def step(self, step: int, **values: float) -> None:
        """Count a finished step (from 0) and its figures."""
        self._first = step if self._first is None else self._first
        self._count += 1
        for key, value in values.items():
            self._sums[key] = self._sums.get(key, 0.0) + value
        if (step + 1) % self.every == 0 or step + 1 == self.steps:
            seconds = time.monotonic() - self._started
            pace = (step + 1 - self._first) / seconds
            means = " ".join(f"{k} {v / self._count:.4f}" for k, v in self._sums.items())
            left = (self.steps - step - 1) / pace / 60
            line = f"{self.name} {step + 1}/{self.steps} {pace:.2f}/s {left:.1f} min left {means}"
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            self._sums, self._count = {}, 0


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint beside the old one and then replace it, so a kill leaves one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".partial")
    torch.save(state, temporary)
    temporary.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint, or None if there is none."""
    return torch.load(path, weights_only=True) if path.exists() else None
