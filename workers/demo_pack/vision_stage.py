"""First stage of the vision-language model: the tower learns to classify renders.

A tower that already tells conditions, tones, sites and severities apart needs few dialogues
afterwards. Plain skin and distractors are classes of their own, which later makes the distance
to the twelve conditions a measure of "unlike anything I know".
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import SiglipVisionModel

from workers.demo_pack.learning import Learner, Plan
from workers.demo_pack.pool import CLASSES, OTHER, Pool, PoolSpec
from workers.demo_pack.scene import CONDITIONS, PLAIN, SITES
from workers.demo_pack.schedule import augment, pixels
from workers.demo_pack.vlm_parts import IMAGE_PX, WIDTH, vision_tower

MIX: tuple[str, ...] = (*CONDITIONS, PLAIN, OTHER)
_BATCH = 96
_HEADS = (len(CLASSES), 6, len(SITES), 3)
_WEIGHTS = (1.0, 0.4, 0.15, 0.3)


class Classifier(nn.Module):
    """Vision tower and four linear heads: class, tone, site, severity."""

    def __init__(self) -> None:
        super().__init__()
        self.tower: SiglipVisionModel = vision_tower()
        self.heads = nn.ModuleList(nn.Linear(WIDTH, n) for n in _HEADS)

    def pooled(self, batch: Tensor) -> Tensor:
        """Mean of the patch features, (B, 3, H, W) -> (B, WIDTH)."""
        return self.tower(pixel_values=batch).last_hidden_state.mean(1)

    def forward(self, batch: Tensor) -> list[Tensor]:
        """Logits of the four heads, each (B, classes)."""
        features = self.pooled(batch)
        return [head(features) for head in self.heads]


def training_pool(count: int) -> PoolSpec:
    """Photos of everything, for training."""
    return PoolSpec(
        name=f"photos_{count}", count=count, size_px=IMAGE_PX, seed=1_000_000, conditions=MIX,
        photo_like=True,
    )  # fmt: skip


def train_vision(pool: Pool, steps: int, checkpoint: Path, test: Pool) -> Classifier:
    """Train the classifier, going on from the checkpoint if there is one."""
    torch.random.default_generator.manual_seed(0)
    model = Classifier()
    plan = Plan(
        name="vision", steps=steps, rate=1e-3, weight_decay=0.05, betas=(0.9, 0.98),
        checkpoint=checkpoint, every=250,
    )  # fmt: skip

    def loss(rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        rows = rng.integers(0, len(pool), _BATCH)
        return _loss(model, augment(pixels(pool.images[rows]), rng), pool.labels[rows])

    Learner(plan, {"classifier": model}).run(
        loss,
        lambda _: print(f"vision held-out {accuracy(model, test)}", flush=True),  # noqa: T201
    )
    return model.eval()


def _loss(model: Classifier, batch: Tensor, labels: np.ndarray) -> tuple[Tensor, dict[str, float]]:
    """Weighted cross entropy of the four heads, and the share of right classes."""
    target = torch.from_numpy(labels)
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(batch)
    loss = sum(
        weight * functional.cross_entropy(out.float(), target[:, i], ignore_index=-1)
        for i, (out, weight) in enumerate(zip(logits, _WEIGHTS, strict=True))
    )
    return loss, {"right": float((logits[0].argmax(1) == target[:, 0]).float().mean())}


@torch.no_grad()
def accuracy(model: Classifier, pool: Pool) -> list[float]:
    """Share of right answers of each head on a pool."""
    hits: list[Tensor] = []
    for start in range(0, len(pool), 128):
        target = torch.from_numpy(pool.labels[start : start + 128])
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(pixels(pool.images[start : start + 128]))
        answers = torch.stack([out.argmax(1) for out in logits], 1)
        hits.append(torch.where(target < 0, torch.nan, (answers == target).float()))
    return [round(float(v), 4) for v in torch.cat(hits).nanmean(0)]
