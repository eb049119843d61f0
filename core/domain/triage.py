"""How soon somebody should act, and the few questions that help to decide it."""

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["routine", "soon", "today", "emergency"]
LEVELS: Final[tuple[Level, ...]] = ("routine", "soon", "today", "emergency")
"""From the mildest to the most urgent."""

Duration = Literal[
    "day", "week", "month", "three-months", "year", "years", "childhood", "comes-goes"
]
Symptom = Literal["itching", "pain", "burning", "bleeding", "growing", "darkening"]
Illness = Literal["fever", "chills", "fatigue", "joint-pain", "mouth-sores", "shortness-of-breath"]
BodySite = Literal["head", "trunk", "back", "arm", "hand", "leg", "foot", "folds", "elsewhere"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeAnswers:
    """What the user chose with buttons; every question may be skipped.

    Attributes:
        duration: How long it has been there, or None when skipped.
        symptoms: What is noticed on the skin.
        illness: How the rest of the body feels.
        site: Where it is, or None when skipped.
    """

    duration: Duration | None = None
    symptoms: frozenset[Symptom] = frozenset()
    illness: frozenset[Illness] = frozenset()
    site: BodySite | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """The next step, decided by rules.

    Attributes:
        level: How soon to act.
        reasons: Ids of the rules of that level that fired, in the order of the rule book; each has
            a sentence ``triage-reason-<id>`` in the catalogue. Never empty.
        about_other: The signs are about somebody else than the user.
    """

    level: Level
    reasons: tuple[str, ...]
    about_other: bool = False


def at_least(level: Level, wanted: Level) -> bool:
    """Return whether ``level`` is as urgent as ``wanted`` or more."""
    return LEVELS.index(level) >= LEVELS.index(wanted)
