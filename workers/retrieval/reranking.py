"""Lets the labels of similar cases speak in a differential.

Source: product of experts, p ~ p_model^(1 - w) * p_cases^w. The weight was chosen on renders that
neither the index nor the evaluation holds; docs/how-it-explains.md says what it gains.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from core.domain.cases import Likelihood
from workers.retrieval import Match, shares

WEIGHT: Final = 0.25
_FLOOR: Final = 0.02
"""Share of a condition that no similar case has: the model alone may still be right."""
_LEAST_ALIKE: Final = 0.2
"""Below this similarity of the best match the cases say nothing."""


def reranked(
    differential: Sequence[Likelihood], matches: Sequence[Match], weight: float = WEIGHT
) -> tuple[Likelihood, ...]:
    """Return a differential with the matches' labels worked in, most likely first."""
    if not matches or matches[0].similarity < _LEAST_ALIKE:
        return tuple(differential)
    mixed = _mixed({one.condition_id: one.share for one in differential}, shares(matches), weight)
    ranked = sorted(mixed.items(), key=lambda pair: -pair[1])
    return tuple(Likelihood(condition_id=name, share=share) for name, share in ranked)


def _mixed(
    model: Mapping[str, float], cases: Mapping[str, float], weight: float
) -> dict[str, float]:
    """Return shares that sum to 1; what the model does not name is left out."""
    product = {
        name: max(share, 1e-9) ** (1 - weight) * max(cases.get(name, 0.0), _FLOOR) ** weight
        for name, share in model.items()
    }
    whole = sum(product.values())
    return {name: value / whole for name, value in product.items()}
