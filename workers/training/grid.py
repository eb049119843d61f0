"""The grid of the experiment: which strategies are compared, and the recipe of each."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from workers.demo_pack.scene import HELD_OUT
from workers.training.options import checked
from workers.training.recipe import Recipe

Adapters = Literal["unified", "per-condition"]
Style = Literal["token", "name", "attributes", "verbatim"]
FACTORS: Final = ("rank", "adapters", "captions", "images")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """One way to train, whatever the seed.

    Attributes:
        rank: Rank of the adapter.
        adapters: One for all held-out conditions, or one each.
        captions: Caption style.
        images: Pictures of each condition.
    """

    rank: int
    adapters: Adapters
    captions: Style
    images: int

    @property
    def name(self) -> str:
        """For folders and tables."""
        return f"r{self.rank}-{self.adapters}-{self.captions}-{self.images}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A strategy with one seed."""

    strategy: Strategy
    seed: int

    @property
    def name(self) -> str:
        """For folders and the log."""
        return f"seed{self.seed}-{self.strategy.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the whole experiment holds constant.

    Attributes:
        base: The demo Stable Diffusion.
        out: Where cells are kept.
        steps: Optimiser steps of a cell, shared by its adapters.
        batch: Pictures per step.
        rate: Peak learning rate.
        precision: Number format of the passes.
        each: Scored pictures of each held-out condition.
        drawing_steps: Denoising steps of a scored picture.
    """

    base: Path
    out: Path
    steps: int
    batch: int
    rate: float
    precision: str
    each: int
    drawing_steps: int

    def facts(self) -> dict[str, Any]:
        """Return what a finished cell must agree with to be kept."""
        return {
            "steps": self.steps,
            "batch": self.batch,
            "rate": self.rate,
            "precision": self.precision,
            "each": self.each,
            "drawing_steps": self.drawing_steps,
        }


def strategies(
    ranks: list[int], adapters: list[Adapters], captions: list[Style], images: list[int]
) -> tuple[Strategy, ...]:
    """Return every combination, a fair half first.

    With two levels of each choice, the first half has every level, and every pair of levels,
    equally often: a sweep that was stopped there still compares fairly (G. Box, W. Hunter and
    J. Hunter, "Statistics for Experimenters", half fractions of resolution IV).
    """
    made = [
        Strategy(rank=rank, adapters=how, captions=style, images=count)
        for rank, how, style, count in itertools.product(ranks, adapters, captions, images)
    ]

    def parity(strategy: Strategy) -> int:
        levels = ranks.index(strategy.rank) + adapters.index(strategy.adapters)
        levels += captions.index(strategy.captions) + images.index(strategy.images)
        return levels % 2

    return tuple(sorted(made, key=parity))


def recipe_of(cell: Cell, plan: Plan) -> Recipe:
    """Return the recipe of a cell.

    All cells cost the same: where each condition has an adapter of its own, the steps are shared
    out. Alpha is the rank's square root times four, so that the adapter's effect per step does not
    grow with the rank (D. Kalajdzievski, "Rank stabilization", arXiv 2312.03732).
    """
    strategy = cell.strategy
    many = 1 if strategy.adapters == "unified" else len(HELD_OUT)
    steps = max(1, plan.steps // many)
    return checked(
        {
            "base": str(plan.base),
            "out": plan.out / cell.name,
            "conditions": HELD_OUT,
            "images_per_condition": strategy.images,
            # Another seed sees other pictures, and starts from other weights.
            "data_seed": 3_000_000 + cell.seed * 10_000_000,
            "seed": cell.seed,
            "caption_style": strategy.captions,
            "adapters": strategy.adapters,
            "rank": strategy.rank,
            "alpha": 4 * strategy.rank**0.5,
            "targets": ("attention", "convolutions"),
            "steps": steps,
            "batch": plan.batch,
            "rate": plan.rate,
            "warm_up": min(10, steps // 4),
            "weight_decay": 0.0,
            "least_weight": 0.15,
            "precision": plan.precision,
            "save_every": 0,
            "keep": 1,
            "device": "cpu",
        }
    )
