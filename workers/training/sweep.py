"""The paper's experiment in small: `python -m workers.training.sweep`.

Trains every strategy of a grid (rank x unified or per condition x caption style x pictures per
condition) on the rendered world, for several seeds, lets the independent classifier judge what
the adapters draw, and writes one HTML report. Stopped and started again, it keeps finished cells.
"""

import argparse
import json
import logging
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from workers.demo_pack.scene import HELD_OUT
from workers.demo_pack.sheets import sheet
from workers.training.base import folder_digest
from workers.training.errors import TrainingError
from workers.training.files import replace, storage
from workers.training.grid import Cell, Plan, recipe_of, strategies
from workers.training.lora import train
from workers.training.report import write_report
from workers.training.scoring import BASE, Examiner, Scores, as_jpeg

_log = logging.getLogger(__name__)
Result = dict[str, Any]


def run_cell(cell: Cell, plan: Plan, examiner: Examiner) -> Result:
    """Train and score one cell, or return its kept result if nothing has changed since.

    Raises:
        TrainingError: It cannot be trained, or its result cannot be written.
    """
    recipe = recipe_of(cell, plan)
    facts = {**plan.facts(), "weights": folder_digest(plan.base)}
    kept = recipe.out / "result.json"
    if (result := _kept(kept, facts)) is not None:
        return result
    if kept.exists():
        shutil.rmtree(recipe.out)
    folders = train(recipe)
    result = {"cell": asdict(cell), "facts": facts, **_measure(cell, plan, examiner, folders)}
    with storage(f"the result of {cell.name}", "finished cells are kept"):
        replace(kept, json.dumps(result).encode())
    for folder in folders:
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    return result


def _kept(path: Path, facts: Result) -> Result | None:
    try:
        result: Result = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return result if result.get("facts") == facts else None


def _measure(cell: Cell, plan: Plan, examiner: Examiner, folders: Sequence[Path]) -> Result:
    """Score held-out conditions, each with its adapter, and base conditions with all of them."""
    style, seed = cell.strategy.captions, cell.seed
    own = {
        condition: examiner.score(
            adapter_of(condition, folders), [condition] * plan.each, style, seed
        )
        for condition in HELD_OUT
    }
    share = len(BASE) // len(folders)
    others = [
        examiner.score(folder, BASE[i * share : (i + 1) * share], style, seed)
        for i, folder in enumerate(folders)
    ]
    right = np.concatenate([scores.right for scores in own.values()])
    return {
        "recognised": float(right.mean()),
        "certainty": float(np.mean([scores.certainty.mean() for scores in own.values()])),
        "by_condition": {name: float(scores.right.mean()) for name, scores in own.items()},
        "base": float(np.concatenate([scores.right for scores in others]).mean()),
        "pictures": len(right),
        "base_pictures": int(sum(len(scores.right) for scores in others)),
        "sample": _strip(list(own.values())),
    }


def adapter_of(condition: str, folders: Sequence[Path]) -> Path:
    """Return the folder of the adapter that draws a condition: its own, or the only one."""
    if len(folders) == 1:
        return folders[0]
    return next(folder for folder in folders if folder.name == condition)


def _strip(scores: Sequence[Scores]) -> str:
    """Return the first two pictures of each condition as one small JPEG, in hexadecimal."""
    pictures = [picture for one in scores for picture in one.pictures[:2]]
    return as_jpeg(sheet(pictures, len(pictures)))


def bare_base(plan: Plan, examiner: Examiner, seed: int) -> Result:
    """Score the base without any adapter, kept per seed like a cell."""
    facts = {**plan.facts(), "weights": folder_digest(plan.base)}
    path = plan.out / f"base-seed{seed}.json"
    if (kept := _kept(path, facts)) is not None:
        return kept
    own = [examiner.score(None, [c] * plan.each, "attributes", seed) for c in HELD_OUT]
    base = examiner.score(None, BASE, "attributes", seed)
    result: Result = {
        "facts": facts,
        "seed": seed,
        "recognised": float(np.mean([scores.right.mean() for scores in own])),
        "certainty": float(np.mean([scores.certainty.mean() for scores in own])),
        "base": float(base.right.mean()),
        "sample": _strip(own),
    }
    plan.out.mkdir(parents=True, exist_ok=True)
    replace(path, json.dumps(result).encode())
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the grid, cell by cell, and write the report after each.

    Returns:
        0, or 1 after a sentence on stderr that says what is wrong.
    """
    given = _parser().parse_args(arguments)
    torch.set_num_threads(given.threads)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    plan = Plan(
        base=given.base, out=given.out, steps=given.steps, batch=given.batch, rate=given.rate,
        precision=given.precision, each=given.each, drawing_steps=given.drawing_steps,
    )  # fmt: skip
    grid = strategies(given.ranks, given.adapters, given.captions, given.images)
    cells = [Cell(strategy=strategy, seed=seed) for seed in given.seeds for strategy in grid]
    try:
        _run(cells, plan, given.judge, given.report)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _run(cells: Sequence[Cell], plan: Plan, judge: Path, report: Path) -> None:
    examiner = Examiner(plan.base, judge, plan.drawing_steps)
    bases = [bare_base(plan, examiner, seed) for seed in sorted({cell.seed for cell in cells})]
    results: list[Result] = []
    for cell in cells:
        results.append(run_cell(cell, plan, examiner))
        last = results[-1]
        figures = " ".join(f"{k} {last[k]:.2f}" for k in ("recognised", "certainty", "base"))
        _log.info("%d/%d %s %s", len(results), len(cells), cell.name, figures)
        write_report(report, plan, bases, results, planned=len(cells))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=Path("models/demo/sd"))
    parser.add_argument("--judge", type=Path, default=Path("models/demo/judge/model.safetensors"))
    parser.add_argument("--out", type=Path, default=Path("training/sweep"))
    parser.add_argument("--report", type=Path, default=Path("docs/reports/lora-sweep.html"))
    parser.add_argument("--ranks", type=int, nargs="+", default=[4, 16])
    parser.add_argument("--adapters", nargs="+", default=["unified", "per-condition"])
    parser.add_argument("--captions", nargs="+", default=["name", "attributes"])
    parser.add_argument("--images", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--steps", type=int, default=120, help="steps of a cell, over all adapters")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="bf16")
    parser.add_argument("--each", type=int, default=8, help="scored pictures per condition")
    parser.add_argument("--drawing-steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
