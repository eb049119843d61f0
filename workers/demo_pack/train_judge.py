"""Trains the independent classifier: `python -m workers.demo_pack.train_judge`.

Its seeds, its architecture and its data (renders only) are its own.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from workers.demo_pack.judge import save_judge, train_judge, verdicts
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


def main() -> None:
    """Train, print the accuracy on unseen renders, and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", type=int, default=14_000)
    parser.add_argument("--steps", type=int, default=1100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    judge = train_judge(judge_pool(args.pool, 5_000_000), args.steps)
    test = judge_pool(1200, 5_500_000)
    kinds, tones = verdicts(judge, test.images)
    right = (kinds == test.labels[:, 0]).reshape(2, -1).mean(1)
    tone = (tones == test.labels[:, 1]).mean()
    print(f"judge on unseen renders: textbook {right[0]:.3f} photo {right[1]:.3f} tone {tone:.3f}")  # noqa: T201
    save_judge(judge, args.out)


if __name__ == "__main__":
    main()
