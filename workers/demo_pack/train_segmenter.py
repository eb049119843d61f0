"""Trains the segmenter of the demo pack: `python -m workers.demo_pack.train_segmenter`.

Renders with exact masks are made while it trains. It goes on where it stopped; stopped before the
last step, `--steps` of the last checkpoint writes the weights as they are.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from workers.demo_pack.masked_renders import CHUNK, Shelf, make_chunk
from workers.demo_pack.schedule import (
    CHECKPOINTS,
    Average,
    Progress,
    cosine,
    load_checkpoint,
    pixels,
    save_checkpoint,
)
from workers.localizers.support.unet import UNet, save_unet

OUT: Final = Path("models/demo/segmenter")
SEED: Final = 20_000_000
_TEST_SEED: Final = 29_000_000
_BATCH: Final = 32
_RATE: Final = 3e-3
_WARM_UP: Final = 60
_FIRST_CHUNKS: Final = 24
_STEPS_PER_CHUNK: Final = 8
_EVERY: Final = 200


def train(steps: int, checkpoint: Path) -> UNet:
    """Train, going on from the checkpoint if there is one; returns the averaged weights."""
    torch.random.default_generator.manual_seed(0)
    model = UNet().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), _RATE, weight_decay=0.02)
    average, start = Average(model.parameters(), decay=0.995), 0
    state = load_checkpoint(checkpoint)
    if state is not None:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average.values, start = state["average"], state["step"]
    progress = Progress(name="segmenter", steps=steps, every=25)
    with Shelf(SEED) as shelf:
        shelf.skip(_FIRST_CHUNKS + start // _STEPS_PER_CHUNK)
        for step in range(start, steps):
            shelf.fill(_FIRST_CHUNKS + step // _STEPS_PER_CHUNK)
            rng = np.random.default_rng([SEED, step])
            for group in optimizer.param_groups:
                group["lr"] = _RATE * cosine(step, steps, _WARM_UP)
            batch = shelf.batch(_BATCH, rng)
            loss = _loss(model, pixels(batch.images), torch.from_numpy(batch.masks))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            average.update()
            progress.step(step, loss=loss.item())
            if (step + 1) % _EVERY == 0 or step + 1 == steps:
                _save(checkpoint, model, optimizer, average, step + 1)
    average.swap()
    return model.eval()


def _loss(model: UNet, batch: Tensor, masks: Tensor) -> Tensor:
    """Cross entropy, and one minus the soft overlap of each picture that has a lesion."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(batch)
    logits, truth = logits.float(), masks.float()  # (B, H, W)
    entropy = functional.binary_cross_entropy_with_logits(logits, truth)
    found = logits.sigmoid()
    both = (found * truth).sum((1, 2))
    overlap = (2 * both + 1) / (found.sum((1, 2)) + truth.sum((1, 2)) + 1)
    has_lesion = truth.amax((1, 2))
    missed = ((1 - overlap) * has_lesion).sum() / has_lesion.sum().clamp(min=1)
    return entropy + missed


def _save(
    checkpoint: Path, model: UNet, optimizer: torch.optim.Optimizer, average: Average, step: int
) -> None:
    state: dict[str, Any] = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    save_checkpoint(checkpoint, state | {"average": average.values, "step": step})
    average.swap()
    model.eval()
    print(f"segmenter held-out overlap {held_out(model):.3f}", flush=True)  # noqa: T201
    model.train()
    average.swap()


@torch.no_grad()
def held_out(model: UNet) -> float:
    """Mean intersection over union on renders of other seeds that have a lesion."""
    test = make_chunk(_TEST_SEED)
    found = (model(pixels(test.images)) > 0).numpy()
    return float(np.mean([_iou(a, b) for a, b in zip(found, test.masks, strict=True) if b.any()]))


def _iou(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float((found & truth).sum() / (found | truth).sum())


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    model = train(args.steps, CHECKPOINTS / "segmenter.pt")
    save_unet(model, args.out)
    renders = (_FIRST_CHUNKS + args.steps // _STEPS_PER_CHUNK) * CHUNK
    print(f"segmenter: {args.steps * _BATCH} samples of {renders} renders")  # noqa: T201


if __name__ == "__main__":
    main()
