"""The independent classifier: a small convolutional network that judges generated pictures.

It shares nothing with the models that it judges: other architecture, other training seeds,
renders only. It picks no checkpoint and no seed. Its early verdicts did show which conditions
needed more training, so its figures are those of a test that was looked at during the work.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from workers.demo_pack.pool import Pool
from workers.demo_pack.scene import CONDITIONS
from workers.demo_pack.schedule import Progress, augment, cosine, pixels

_CHANNELS = (32, 64, 96, 128)


class Judge(nn.Module):
    """Reads condition and tone off a picture (B, 3, S, S) from -1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.ReLU()]
        before = 32
        for channels in _CHANNELS:
            layers += [nn.Conv2d(before, channels, 3, 2, 1), nn.BatchNorm2d(channels), nn.ReLU()]
            layers += [nn.Conv2d(channels, channels, 3, 1, 1), nn.BatchNorm2d(channels), nn.ReLU()]
            before = channels
        self.body = nn.Sequential(*layers)
        self.condition = nn.Linear(2 * before, len(CONDITIONS))
        self.tone = nn.Linear(2 * before, 6)

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the condition (B, 12) and of the tone (B, 6)."""
        maps = self.body(batch)
        features = torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1)
        return self.condition(features), self.tone(features)


def train_judge(pool: Pool, steps: int, seed: int = 5) -> Judge:
    """Train the judge on renders (labels as in `Pool`)."""
    torch.random.default_generator.manual_seed(seed)
    model, rng = Judge().to(memory_format=torch.channels_last), np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.02)
    progress = Progress(name="judge", steps=steps)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * cosine(step, steps, 50)
        rows = rng.integers(0, len(pool), 64)
        batch = _soften(augment(pixels(pool.images[rows]), rng), rng)
        target = torch.from_numpy(pool.labels[rows])
        with torch.autocast("cpu", torch.bfloat16):
            condition, tone = model(batch)
        loss = functional.cross_entropy(condition.float(), target[:, 0])
        loss = loss + 0.3 * functional.cross_entropy(tone.float(), target[:, 1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        right = (condition.argmax(1) == target[:, 0]).float().mean()
        progress.step(step, loss=loss.item(), right=float(right))
    return model.eval()


def _soften(batch: Tensor, rng: np.random.Generator) -> Tensor:
    """Blur half of the batches a little: a decoder's softness is no reason to fail a picture."""
    if rng.random() < 0.5:
        return batch
    size = batch.shape[-1]
    small = functional.interpolate(batch, size=int(size * rng.uniform(0.55, 0.9)), mode="area")
    return functional.interpolate(small, size=size, mode="bilinear", align_corners=False)


@torch.no_grad()
def verdicts(judge: Judge, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Condition and tone index of each picture (N, S, S, 3) uint8."""
    out = [judge(pixels(images[i : i + 128])) for i in range(0, len(images), 128)]
    return (
        torch.cat([o[0].argmax(1) for o in out]).numpy(),
        torch.cat([o[1].argmax(1) for o in out]).numpy(),
    )


def save_judge(judge: Judge, path: Path) -> None:
    """Write the weights as half-precision safetensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {k: v.half() if v.is_floating_point() else v for k, v in judge.state_dict().items()}
    save_file({k: v.contiguous() for k, v in state.items()}, path)


def load_judge(path: Path) -> Judge:
    """Read weights that `save_judge` wrote."""
    judge = Judge()
    state = {k: v.float() if v.is_floating_point() else v for k, v in load_file(path).items()}
    judge.load_state_dict(state)
    return judge.eval()
