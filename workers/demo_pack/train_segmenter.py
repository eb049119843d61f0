"""Trains the segmenter of the demo pack: `python -m workers.demo_pack.train_segmenter`.

Renders with exact masks are made while it trains. It goes on where it stopped; stopped before the
last step, `--steps` of the last checkpoint writes the weights as they are.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from workers.demo_pack.learning import Learner, Plan
from workers.demo_pack.masked_renders import CHUNK, Shelf, make_chunk
from workers.demo_pack.schedule import CHECKPOINTS, pixels
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
    plan = Plan(
        name="segmenter",
        steps=steps,
        rate=_RATE,
        checkpoint=checkpoint,
        warm_up=_WARM_UP,
        weight_decay=0.02,
        betas=(0.9, 0.999),
        memory=0.995,
        every=_EVERY,
        seed=SEED,
    )
    learner = Learner(plan, {"unet": model})
    with Shelf(SEED) as shelf:
        shelf.skip(_FIRST_CHUNKS + learner.done // _STEPS_PER_CHUNK)

        def loss(rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
            shelf.fill(_FIRST_CHUNKS + learner.done // _STEPS_PER_CHUNK)
            batch = shelf.batch(_BATCH, rng)
            return _loss(model, pixels(batch.images), torch.from_numpy(batch.masks)), {}

        learner.run(loss, lambda _: _tell(model))
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


def _tell(model: UNet) -> None:
    model.eval()
    print(f"segmenter held-out overlap {held_out(model):.3f}", flush=True)  # noqa: T201
    model.train()


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
