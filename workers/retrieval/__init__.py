"""Cases that look like a photo: found by their embedding, tone counted in.

`workers.retrieval.index` builds an index from any data set, `embedding` turns pictures into
vectors, `library` finds the nearest and may show them, `reranking` lets their labels speak.
An index knows what a case was labelled as, not whether the label is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_TONE_WEIGHT: Final = 0.15
"""Similarity lost by a case whose skin is `_TONE_SPAN_DEG` lighter or darker.

Source: `make eval-seeing`; small enough that condition comes first and tone decides among equals.
"""
_TONE_SPAN_DEG: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCase:
    """One picture of an index.

    Attributes:
        number: Its number in the data set that the index was built from.
        condition_id: What it was labelled as.
        ita_deg: Individual typology angle of its skin; None where it could not be measured.
        site: Body site in words; empty if unknown.
        look: Perceptual hash, 256 bits as hexadecimal digits.
    """

    number: int
    condition_id: str
    ita_deg: float | None
    site: str
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCard:
    """What is known of an index as a whole.

    Attributes:
        source: The data set: ``rendered:<each>:<seed>``, ``pool:<count>:<seed>`` or a folder.
        fingerprint: Of the data set as it was.
        embedder: Name of the checkpoint whose vectors these are.
        licence: Licence of the pictures.
        credit: Who is to be named; empty for nobody.
        shown: Whether the licence allows to show the pictures to people.
        synthetic: Whether the pictures are drawn rather than photographed.
    """

    source: str
    fingerprint: str
    embedder: str
    licence: str
    credit: str
    shown: bool
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A case that was found.

    Attributes:
        case: The case.
        similarity: Cosine of the vectors, -1 to 1, less what another tone takes off.
    """

    case: KnownCase
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseIndex:
    """Vectors and what they stand for.

    Attributes:
        card: The index as a whole.
        cases: One per row of ``vectors``.
        vectors: Unit vectors, (N, D).
        centre: Taken off a feature before it is scaled, (D,).
        scale: What a feature is divided by, (D,).
    """

    card: IndexCard
    cases: tuple[KnownCase, ...]
    vectors: Floats
    centre: Floats
    scale: Floats

    def vector(self, feature: Floats) -> Floats:
        """Bring a feature (..., D) of the embedder to the index's own unit vectors."""
        return unit((feature - self.centre) / self.scale)

    def nearest(
        self, feature: Floats, ita_deg: float | None, count: int = 5, condition_id: str = ""
    ) -> tuple[Match, ...]:
        """Return the cases most like a picture, best first.

        Args:
            feature: The embedder's feature of the picture, (D,).
            ita_deg: Angle of its skin; None leaves tone out.
            count: How many.
            condition_id: Only cases of this condition; empty for all.
        """
        scores = self.vectors @ self.vector(feature)  # (N,)
        if ita_deg is not None:
            scores = scores - _TONE_WEIGHT * self._apart(ita_deg)
        if condition_id:
            other = np.array([case.condition_id != condition_id for case in self.cases])
            scores = np.where(other, -np.inf, scores)
        best = np.argsort(-scores, kind="stable")[:count]
        return tuple(
            Match(case=self.cases[row], similarity=float(scores[row]))
            for row in best
            if np.isfinite(scores[row])
        )

    def _apart(self, ita_deg: float) -> Floats:
        """Return how far each case's tone is, 0 (the same or unknown) to 1, (N,)."""
        angles = np.array(
            [ita_deg if case.ita_deg is None else case.ita_deg for case in self.cases], np.float32
        )
        apart: Floats = np.clip(np.abs(angles - ita_deg) / _TONE_SPAN_DEG, 0, 1)
        return apart


def unit(vectors: Floats) -> Floats:
    """Scale vectors (..., D) to length one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(length, 1e-6)).astype(np.float32)
    return scaled


def shares(matches: Sequence[Match], sharpness: float = 12.0) -> dict[str, float]:
    """Return what the labels of matches say, as shares that sum to 1; nearer cases count more."""
    weights: dict[str, float] = {}
    best = max((match.similarity for match in matches), default=0.0)
    for match in matches:
        weight = float(np.exp(sharpness * (match.similarity - best)))
        weights[match.case.condition_id] = weights.get(match.case.condition_id, 0.0) + weight
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}
