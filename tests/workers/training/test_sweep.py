"""The experiment: equal cost per cell, kept cells, an honest report."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from workers.demo_pack.judge import Judge, save_judge
from workers.demo_pack.scene import HELD_OUT
from workers.training import sweep
from workers.training.figures import balanced, effects, seed_spread, standings
from workers.training.grid import Cell, Plan, Strategy, recipe_of, strategies
from workers.training.report import page

GRID = strategies([4, 16], ["unified", "per-condition"], ["name", "attributes"], [20, 100])


def plan(tmp_path: Path, base: Path) -> Plan:
    """Return a plan of very short cells."""
    return Plan(
        base=base, out=tmp_path / "cells", steps=3, batch=1, rate=1e-3, precision="fp32", each=1,
        drawing_steps=2,
    )  # fmt: skip


def result(strategy: Strategy, seed: int, recognised: float) -> dict[str, object]:
    """Return a made-up result of a cell."""
    cell = {
        "strategy": {
            "rank": strategy.rank, "adapters": strategy.adapters,
            "captions": strategy.captions, "images": strategy.images,
        },
        "seed": seed,
    }  # fmt: skip
    return {
        "cell": cell, "facts": {"weights": "abc123"}, "recognised": recognised,
        "certainty": recognised / 2, "by_condition": dict.fromkeys(HELD_OUT, recognised),
        "base": 0.9, "pictures": 6, "base_pictures": 9, "sample": "ffd8ff",
    }  # fmt: skip


def base_result(seed: int) -> dict[str, object]:
    """Return made-up figures of the base alone."""
    return {"seed": seed, "recognised": 0.1, "certainty": 0.1, "base": 0.95, "sample": "ffd8ff"}


def test_every_combination_is_a_strategy() -> None:
    """Rank, adapters, captions and pictures are crossed."""
    assert len(GRID) == 16
    assert len({strategy.name for strategy in GRID}) == 16


def test_all_cells_take_the_same_number_of_steps(tmp_path: Path) -> None:
    """Three adapters share the steps of one, and the scale does not grow with the rank."""
    shared = plan(tmp_path, tmp_path)
    recipes = {s: recipe_of(Cell(strategy=s, seed=0), shared) for s in GRID}
    for strategy, recipe in recipes.items():
        many = 3 if strategy.adapters == "per-condition" else 1
        assert recipe.steps * many == shared.steps
        assert recipe.scale_alpha / recipe.rank**0.5 == 4
    assert recipe_of(Cell(strategy=GRID[0], seed=1), shared).data_seed != 3_000_000


def test_each_condition_is_drawn_by_its_own_adapter(tmp_path: Path) -> None:
    """Adapters are found by name, whatever order they were trained in."""
    folders = [tmp_path / name for name in sorted(HELD_OUT)]
    assert [sweep.adapter_of(c, folders).name for c in HELD_OUT] == list(HELD_OUT)
    assert sweep.adapter_of("urticaria", folders[:1]) == folders[0]


def test_effects_compare_a_level_over_all_other_choices() -> None:
    """The effect of a level is its mean over all cells that have it, per seed."""
    results = [result(s, seed, 0.8 if s.rank == 16 else 0.4) for s in GRID for seed in (0, 1)]
    table = dict(effects(results, "recognised"))
    assert table["rank 16"] == pytest.approx((0.8, 0.8))
    assert table["rank 4"] == pytest.approx((0.4, 0.4))
    assert table["unified"] == pytest.approx((0.6, 0.6))


def test_an_unfinished_seed_does_not_bend_the_effects() -> None:
    """Only seeds are averaged in which every level comes equally often."""
    results = [result(s, 0, 0.5) for s in GRID] + [result(s, 1, 1.0) for s in GRID[:3]]
    assert len(balanced(results)) == 16


def test_half_of_a_seed_is_a_fair_half() -> None:
    """The order of cells is such that the first half compares every choice fairly."""
    results = [result(s, 0, 0.5) for s in GRID[:8]]
    assert balanced(results) == results
    assert {s.name for s in GRID[:8]}.isdisjoint(s.name for s in GRID[8:])


def test_the_report_names_the_winner_and_how_sure_it_is(tmp_path: Path) -> None:
    """Winner, spread over seeds, rivals within it, unfinished cells and weights are all told."""
    results = [
        result(s, seed, 0.9 - 0.05 * i + 0.02 * seed)
        for seed in (0, 1)
        for i, s in enumerate(GRID[:4])
    ]
    rows = standings(results)
    assert rows[0].strategy == GRID[0]
    assert seed_spread(rows) == pytest.approx(0.02)
    text = page(plan(tmp_path, Path("models/demo/sd")), [base_result(0)], results, planned=9)
    assert f"<b>{GRID[0].name}</b> won" in text
    assert "8 of 9 cells are finished" in text
    assert "abc123" in text
    assert "against 10% without an adapter" in text
    assert text.count("<svg") >= 1
    assert "http" not in text, "the report needs nothing from outside"


def test_one_seed_is_said_to_say_nothing_of_spread(tmp_path: Path) -> None:
    """With one seed the report does not pretend to know the spread."""
    results = [result(s, 0, 0.5) for s in GRID[:2]]
    text = page(plan(tmp_path, Path("models/demo/sd")), [base_result(0)], results, planned=2)
    assert "One seed was run, so nothing is known of the spread" in text


# The fast scheduler converts its tables in a way that numpy 2 warns about.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_sweep_keeps_finished_cells(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep that is started again trains nothing twice and writes the same report."""
    with torch.random.fork_rng():
        save_judge(Judge(), tmp_path / "judge.safetensors")
    report = tmp_path / "report.html"
    words = ["--base", base, "--judge", tmp_path / "judge.safetensors", "--out", tmp_path / "cells"]
    words += ["--report", report, "--ranks", 2, "--captions", "name", "--images", 2, "--seeds", 0]
    words += ["--steps", 3, "--batch", 1, "--each", 1, "--drawing-steps", 2, "--precision", "fp32"]
    assert sweep.main([str(word) for word in words]) == 0
    first = report.read_text()

    def never(_recipe: object) -> Callable[..., None]:
        raise AssertionError("a finished cell was trained again")

    monkeypatch.setattr(sweep, "train", never)
    assert sweep.main([str(word) for word in words]) == 0
    assert report.read_text() == first
    assert "2 of 2 cells" in first
