"""Trains all demo models, one after the other: `python -m workers.demo_pack.rebuild`.

Everything lies under one folder, `training/` and `models/demo/` in it; a second start goes on
where the first one stopped. `--quick` makes each stage tiny: the chain is proved, the models are
worth nothing.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from workers.demo_pack import (
    served,
    train_judge,
    train_lora,
    train_sd,
    train_segmenter,
    train_vlm,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One trainer and the arguments that make it tiny."""

    name: str
    run: Callable[[Sequence[str]], None]
    quick: str


STAGES: tuple[Stage, ...] = (
    Stage(
        name="vision-language model",
        run=train_vlm.main,
        quick="--pool 96 --talk 400 --calibration 96 --vision-steps 2 --steps 2",
    ),
    Stage(
        name="diffusion model",
        run=train_sd.main,
        quick="--pool 240 --decoder-steps 2 --steps 2 --words 2",
    ),
    Stage(name="adapters", run=train_lora.main, quick="--pool 240 --steps 2"),
    Stage(name="segmenter", run=train_segmenter.main, quick="--steps 2"),
    # Last, so that it cannot steer what it judges.
    Stage(name="classifier", run=train_judge.main, quick="--pool 96 --test 48 --steps 2"),
    Stage(name="what is served", run=served.main, quick="--each 1"),
)


def rebuild(root: Path, *, quick: bool, threads: int) -> None:
    """Run all stages inside a folder."""
    root.mkdir(parents=True, exist_ok=True)
    with chdir(root):
        for number, stage in enumerate(STAGES, 1):
            sys.stdout.write(f"{number} of {len(STAGES)}: {stage.name}\n")
            sys.stdout.flush()
            stage.run([*(stage.quick.split() if quick else ()), "--threads", str(threads)])


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="tiny stages, to prove the chain")
    args = parser.parse_args()
    rebuild(args.root, quick=args.quick, threads=args.threads)


if __name__ == "__main__":
    main()
