"""``python -m tests.faults.harness --turns 1000 --seed 1``: the last line is one JSON object."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tests.faults.harness.run import Run, perform
from tests.faults.harness.steps import StepRun
from tests.stage.theatre import PLATFORMS


def main() -> int:
    """Run; 1 when anything was lost, doubled, misplaced, wrong or left."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.harness", description=__doc__)
    parser.add_argument("--turns", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=10, help="turns between faults; 0 for none")
    parser.add_argument("--steps", action="store_true", help="kill at every named step, once")
    parser.add_argument("--errands", action="store_true", help="people also stop, copy and erase")
    parser.add_argument("--at-once", type=int, default=18, help="people who talk at a time")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--platforms", default=",".join(PLATFORMS))
    parser.add_argument("--keep", type=Path, help="folder for logs and report.json")
    given = parser.parse_args()
    kind: Any = StepRun if given.steps else Run
    more = {"errands": True} if given.errands else {}
    run: Run = kind(
        turns=given.turns,
        seed=given.seed,
        every=given.every,
        at_once=given.at_once,
        workers=given.workers,
        platforms=tuple(given.platforms.split(",")),
        **more,
    )
    perform(run, keep=given.keep)
    for note in run.verdict.notes[:50]:
        print(note, file=sys.stderr)
    print(json.dumps(run.details), file=sys.stderr)
    print(json.dumps(run.summary()))
    return 0 if run.clean else 1


if __name__ == "__main__":
    sys.exit(main())
