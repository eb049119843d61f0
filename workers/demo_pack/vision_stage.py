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

from workers.demo_pack.pool import CLASSES, OTHER, Pool, PoolSpec
from workers.demo_pack.scene import CONDITIONS, PLAIN, SITES
from workers.demo_pack.schedule import (
    Average,
    Progress,
    augment,
    cosine,
    load_checkpoint,
    pixels,
    save_checkpoint,
)
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
    model, rng = Classifier(), np.random.default_rng(0)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.05, betas=(0.9, 0.98))
    average, start = Average(model.parameters()), 0
    state = load_checkpoint(checkpoint)
    if state is not None:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average.values, start = state["average"], state["step"]
        rng = np.random.default_rng(start)
    progress = Progress(name="vision", steps=steps)
    for step in range(start, steps):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * cosine(step, steps, 100)
        rows = rng.integers(0, len(pool), _BATCH)
        loss, right = _loss(model, augment(pixels(pool.images[rows]), rng), pool.labels[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update()
        progress.step(step, loss=loss.item(), right=right)
        if (step + 1) % 250 == 0 or step + 1 == steps:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint(checkpoint, state | {"average": average.values, "step": step + 1})
            average.swap()
            print(f"vision held-out {accuracy(model, test)}", flush=True)  # noqa: T201
            average.swap()
    average.swap()
    return model.eval()


def _loss(model: Classifier, batch: Tensor, labels: np.ndarray) -> tuple[Tensor, float]:
    """Weighted cross entropy of the four heads, and the share of right classes."""
    target = torch.from_numpy(labels)
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(batch)
    loss = sum(
        weight * functional.cross_entropy(out.float(), target[:, i], ignore_index=-1)
        for i, (out, weight) in enumerate(zip(logits, _WEIGHTS, strict=True))
    )
    return loss, float((logits[0].argmax(1) == target[:, 0]).float().mean())


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
