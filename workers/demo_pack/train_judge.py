"""Trains the independent classifier: `python -m workers.demo_pack.train_judge`.

Its seeds, its architecture and its data (renders only) are its own.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from workers.demo_pack.judge import save_judge, train_judge, verdicts
from workers.demo_pack.learning import Plan
from workers.demo_pack.pool import Pool, PoolSpec, load_pool
from workers.demo_pack.schedule import CHECKPOINTS

OUT = Path("models/demo/judge/model.safetensors")
_SIZE_PX = 96
_POOLS = CHECKPOINTS / "pools"


def judge_pool(count: int, seed: int) -> Pool:
    """Atlas pictures and photos of all conditions, half and half."""
    specs = [
        PoolSpec(
            name=f"judge_{kind}_{seed}_{count}",
            count=count // 2,
            size_px=_SIZE_PX,
            seed=seed + (count if kind == "photo" else 0),
            textbook=kind == "textbook",
            photo_like=kind == "photo",
        )
        for kind in ("textbook", "photo")
    ]
    pools = [load_pool(spec, _POOLS, 1) for spec in specs]
    return Pool(
        images=np.concatenate([pool.images for pool in pools]),
        labels=np.concatenate([pool.labels for pool in pools]),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, print the accuracy on unseen renders, and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", type=int, default=12_000)
    parser.add_argument("--test", type=int, default=1200)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=60_000_000, help="first seed of its renders")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    plan = Plan(
        name="judge", steps=args.steps, rate=2e-3, warm_up=50, weight_decay=0.02,
        betas=(0.9, 0.999), memory=None, checkpoint=CHECKPOINTS / "judge.pt", seed=29,
    )  # fmt: skip
    judge = train_judge(judge_pool(args.pool, args.seed), plan)
    test = judge_pool(args.test, args.seed + 5_000_000)
    kinds, tones = verdicts(judge, test.images)
    right = (kinds == test.labels[:, 0]).reshape(2, -1).mean(1)
    tone = (tones == test.labels[:, 1]).mean()
    print(f"judge on unseen renders: textbook {right[0]:.3f} photo {right[1]:.3f} tone {tone:.3f}")  # noqa: T201
    save_judge(judge, args.out)


if __name__ == "__main__":
    main()
