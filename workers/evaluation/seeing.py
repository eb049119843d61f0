"""Score what the product shows of why: `python -m workers.evaluation.seeing --seed 1`.

Prints what each scorer found, and on the last line one JSON object with the keys of
`workers.evaluation.seen.REPORT` and, under ``counts``, on how many pictures each figure stands.
A key that nothing measures is null.
"""

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from typing import Any, cast

from workers.evaluation import seen
from workers.evaluation.seen import REPORT, Score, Scorer


def scorers() -> dict[str, Scorer]:
    """Return every scorer of the folder by its file's name."""
    names = sorted(module.name for module in pkgutil.iter_modules(seen.__path__))
    return {
        name: cast("Scorer", importlib.import_module(f"{seen.__name__}.{name}")) for name in names
    }


def report(scores: Iterable[Score], seed: int) -> dict[str, Any]:
    """Put scores together, all keys in the report's order; what nothing measured is None."""
    figures: dict[str, float] = {}
    counts: dict[str, int] = {}
    for score in scores:
        figures.update(score.figures)
        counts.update(score.counts)
    return {
        **{key: figures.get(key) for key in REPORT},
        "counts": {key: counts.get(key, 0) for key in REPORT},
        "seed": seed,
    }


def _measured(chosen: Mapping[str, Scorer], seed: int, scale: float) -> Iterable[Score]:
    for name, scorer in chosen.items():
        score = scorer.score(seed, scale)
        found = {**score.figures, **score.details}
        sys.stdout.write(f"{name}: {json.dumps(found)}\n")
        sys.stdout.flush()
        yield score


def main() -> int:
    """Run the scorers and print one JSON object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the usual pictures")
    parser.add_argument("--only", nargs="*", default=[], help="names of scorers")
    args = parser.parse_args()
    chosen = {
        name: scorer for name, scorer in scorers().items() if not args.only or name in args.only
    }
    result = report(_measured(chosen, args.seed, args.scale), args.seed)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
