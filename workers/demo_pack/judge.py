"""The independent classifier: a small convolutional network that judges generated pictures.

It shares nothing with the models that it judges: other architecture, other training seeds,
renders only. No training of another model was begun after its first verdict, so nothing that it
says can have steered them.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from workers.demo_pack.learning import Learner, Plan
from workers.demo_pack.pool import Pool
from workers.demo_pack.scene import CONDITIONS
from workers.demo_pack.schedule import augment, pixels

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


def train_judge(pool: Pool, plan: Plan) -> Judge:
    """Train the judge on renders (labels as in `Pool`)."""
    torch.random.default_generator.manual_seed(plan.seed)
    model = Judge().to(memory_format=torch.channels_last)

    def loss(rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        rows = rng.integers(0, len(pool), 64)
        batch = worn(augment(pixels(pool.images[rows]), rng), rng)
        target = torch.from_numpy(pool.labels[rows])
        with torch.autocast("cpu", torch.bfloat16):
            condition, tone = model(batch)
        value = functional.cross_entropy(condition.float(), target[:, 0])
        value = value + 0.3 * functional.cross_entropy(tone.float(), target[:, 1])
        right = (condition.argmax(1) == target[:, 0]).float().mean()
        return value, {"right": float(right)}

    Learner(plan, {"judge": model}).run(loss)
    return model.eval()


def worn(batch: Tensor, rng: np.random.Generator) -> Tensor:
    """Make some batches smaller and back, compress some: wear is no reason to fail a picture.

    Any codec takes fine texture away. A judge that leans on it would measure the codec, and not
    what the picture shows.
    """
    if rng.random() < 0.5:
        size = batch.shape[-1]
        small = functional.interpolate(batch, size=int(size * rng.uniform(0.4, 0.9)), mode="area")
        kernel = str(rng.choice(["bilinear", "bicubic"]))
        batch = functional.interpolate(small, size=size, mode=kernel, align_corners=False)
    if rng.random() < 0.5:
        batch = _compressed(batch, int(rng.integers(12, 80)))
    return batch.contiguous(memory_format=torch.channels_last)


def _compressed(batch: Tensor, quality: int) -> Tensor:
    """The batch after JPEG of a quality (1 to 95) and back."""
    images = ((batch.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    worn = []
    for image in images:
        file = BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=quality)
        worn.append(np.asarray(Image.open(file)))
    return pixels(np.stack(worn))


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
