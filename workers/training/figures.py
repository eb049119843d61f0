"""What the cells of the experiment say together: ranking, effects of each choice, the winner."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, Final

from workers.training.grid import FACTORS, Strategy

Result = Mapping[str, Any]
_LEVEL_NAMES: Final = {
    "rank": "rank {}",
    "adapters": "{}",
    "captions": "captions: {}",
    "images": "{} pictures each",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One strategy over its seeds.

    Attributes:
        strategy: What it is.
        recognised: Share of recognised pictures per seed.
        certainty: The judge's mean probability per seed.
        base: Share of recognised base pictures per seed.
        samples: A strip of pictures per seed, JPEG in hexadecimal.
        by_condition: Mean share recognised of each condition.
    """

    strategy: Strategy
    recognised: tuple[float, ...]
    certainty: tuple[float, ...]
    base: tuple[float, ...]
    samples: tuple[str, ...]
    by_condition: Mapping[str, float]

    @property
    def merit(self) -> tuple[float, float, float]:
        """What strategies are ranked by: recognised, then certainty, then what the base kept."""
        return mean(self.recognised), mean(self.certainty), mean(self.base)


def standings(results: Sequence[Result]) -> list[Standing]:
    """Return the strategies, best first."""
    by_strategy: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_strategy[Strategy(**result["cell"]["strategy"]).name].append(result)
    rows = [_standing(group) for group in by_strategy.values()]
    return sorted(rows, key=lambda row: row.merit, reverse=True)


def _standing(group: Sequence[Result]) -> Standing:
    conditions = group[0]["by_condition"]
    return Standing(
        strategy=Strategy(**group[0]["cell"]["strategy"]),
        recognised=tuple(result["recognised"] for result in group),
        certainty=tuple(result["certainty"] for result in group),
        base=tuple(result["base"] for result in group),
        samples=tuple(result["sample"] for result in group),
        by_condition={c: mean(result["by_condition"][c] for result in group) for c in conditions},
    )


def effects(results: Sequence[Result], key: str) -> list[tuple[str, tuple[float, ...]]]:
    """Return, for every level of every choice, its mean per seed over all other choices.

    The results should be `balanced`, or a level would be compared on other cells.
    """
    rows = []
    for factor in FACTORS:
        levels = sorted({result["cell"]["strategy"][factor] for result in results})
        if len(levels) < 2:
            continue
        for level in levels:
            name = _LEVEL_NAMES[factor].format(level)
            rows.append((name, _per_seed(results, factor, level, key)))
    return rows


def _per_seed(results: Sequence[Result], factor: str, level: object, key: str) -> tuple[float, ...]:
    seeds = sorted({result["cell"]["seed"] for result in results})
    groups = [
        [
            result[key]
            for result in results
            if result["cell"]["seed"] == seed and result["cell"]["strategy"][factor] == level
        ]
        for seed in seeds
    ]
    return tuple(mean(group) for group in groups if group)


def balanced(results: Sequence[Result]) -> list[Result]:
    """Return the results of the seeds in which every level of a choice comes equally often."""
    by_seed: dict[int, list[Result]] = defaultdict(list)
    for result in results:
        by_seed[result["cell"]["seed"]].append(result)
    return [result for group in by_seed.values() if _is_balanced(group) for result in group]


def _is_balanced(group: Sequence[Result]) -> bool:
    counts = [Counter(result["cell"]["strategy"][factor] for result in group) for factor in FACTORS]
    return all(len(set(count.values())) == 1 for count in counts)


def seed_spread(rows: Sequence[Standing]) -> float | None:
    """Return the mean distance between the seeds of a strategy; None with one seed."""
    pairs = [max(row.recognised) - min(row.recognised) for row in rows if len(row.recognised) > 1]
    return mean(pairs) if pairs else None
