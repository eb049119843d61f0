"""The figures of `make eval-seeing`, one scorer per file.

To add one, write ``workers/evaluation/seen/<name>.py`` with

- ``KEYS``: the keys of the report that it fills, out of `REPORT`;
- ``score(seed, scale)``: measure on renders that nothing was trained on and return a `Score`.

`workers.evaluation.seeing` finds every file of this folder by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

REPORT: Final = (
    "iou",
    "iou_worst_tone",
    "heat_mass_ratio",
    "outside_mask_changed_px",
    "ita_shift_deg",
    "retrieval_hit5",
    "rerank_top1_gain",
    "accepted",
    "recognised_before",
    "recognised_after",
    "copies_found",
)
"""All keys of the report, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one scorer measured.

    Attributes:
        figures: Value by key of the report.
        counts: How many pictures or cases each figure stands on, by the same keys.
        details: More figures, for people; not part of the last line.
    """

    figures: Mapping[str, float]
    counts: Mapping[str, int]
    details: Mapping[str, object] = field(default_factory=dict)


class Scorer(Protocol):
    """A file of this folder."""

    KEYS: tuple[str, ...]

    def score(self, seed: int, scale: float) -> Score:
        """Measure on fresh renders.

        Args:
            seed: Chooses the renders; no two seeds share one, and training shares none.
            scale: Multiplies the usual number of pictures; below 1 for a quick look.
        """
        ...


def fresh(seed: int, number: int) -> int:
    """Return a seed for one render that belongs to no other evaluation seed and no training.

    Training uses seeds below a thousand million; each evaluation seed owns ten thousand above.
    """
    return 1_500_000_000 + seed * 10_000 + number


def scaled(usual: int, scale: float) -> int:
    """Return how many pictures to take: the usual number times ``scale``, at least two."""
    return max(2, round(usual * scale))
