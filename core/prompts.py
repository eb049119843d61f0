"""What a vision-language model is told, besides the dialogue itself.

The prompts are English, like the models. They say nothing about urgency or treatment: the next
step comes from `core.triage`, never from the model.

Source of the order "findings first, then conditions": the two training steps of SkinGPT-4 (Zhou et
al., Nature Communications 15:5649, 2024), where describing findings made the diagnosis right.
"""

from collections.abc import Sequence
from typing import Final

SYSTEM: Final = (
    "You explain photos of skin in plain words. Describe what you see first, then what it could "
    "be. You are not a doctor: never say that a diagnosis is certain or that something is "
    "harmless, and never name doses."
)
"""System prompt of every dialogue."""

FIRST_QUESTION: Final = "What could this be?"
"""Stands in for the words of a turn that is only photos."""

_INTAKE: Final = frozenset({"duration", "symptoms", "illness", "site", "spot"})


def spoken(answers: Sequence[str]) -> str:
    """Return intake answers (``question=option``) as words for the model; empty if there are none.

    Answers that are not about the skin, such as ratings, are never shown to a model.
    """
    told = [answer for answer in answers if answer.partition("=")[0] in _INTAKE]
    return "; ".join(answer.replace("=", ": ").replace("-", " ") for answer in told)
