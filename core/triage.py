"""Shim."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.conditions import Condition
from core.domain.replies import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeAnswers:
    """Answers."""

    duration: str | None = None
    symptoms: frozenset[str] = frozenset()
    illness: frozenset[str] = frozenset()
    site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """Result."""

    level: Level
    reasons: tuple[str, ...]


def triage(
    text_turns: Sequence[str],
    answers: IntakeAnswers,
    malignant_mass: float,
    leading: Condition | None,
    locale: str,
) -> Triage:
    """Shim."""
    if malignant_mass > 0.1:
        return Triage(level="soon", reasons=("model-malignant",))
    return Triage(level="routine", reasons=("none",))
