"""``skingen.json``: what a checkpoint says about itself to this project.

All keys are optional; a checkpoint that was not made for the project needs no such file.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from core.domain.errors import ModelUnavailable
from workers.vlms import Candidate

FILE_NAME: Final = "skingen.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoveltyRule:
    """How to tell a photo that is unlike everything the model was trained on.

    Attributes:
        method: The one known way: distance of its vision features from the nearest condition's.
        threshold: Distances above it are unusual.
        statistics: Safetensors file with ``means`` (C, D) and ``whitening`` (D, D).
    """

    method: Literal["mahalanobis"]
    threshold: float
    statistics: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """Settings of the scored differential.

    The defaults are for a model that was never taught to name conditions in this way: without a
    sure end, long names would lose to short ones, so the average over a name's tokens counts.

    Attributes:
        question: Asked with each photo alone to score it; empty scores after the dialogue itself.
        prefix: Begins the answer, so that a condition's name comes next.
        joiner: Between prefix and name.
        closes: Whether the end of the answer counts as a part of each name, so that no name wins
            by being the start of a longer one.
        averages: Whether a name's score is the mean, not the sum, over its tokens.
        temperature: Divides the scores; above 1 makes shares more even.
        candidates: Conditions that it was taught.
        unusual: How to tell an unusual photo; None for never.
    """

    question: str = ""
    prefix: str = "Most likely condition:"
    joiner: str = " "
    closes: bool = False
    averages: bool = True
    temperature: float = 1.0
    candidates: tuple[Candidate, ...] = ()
    unusual: NoveltyRule | None = None


def read_card(folder: Path | None, label: str) -> ModelCard:
    """Return the card in a checkpoint's folder; the defaults without a folder or a file.

    Raises:
        ModelUnavailable: The file is there but makes no sense.
    """
    if folder is None or not (folder / FILE_NAME).is_file():
        return ModelCard()
    path = folder / FILE_NAME
    try:
        return _card(json.loads(path.read_bytes()), folder)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ModelUnavailable(f"{label}: {path} makes no sense ({error}); restore it") from error


def _card(values: dict[str, Any], folder: Path) -> ModelCard:
    temperature = float(values.get("temperature", 1.0))
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}, not above 0")
    return ModelCard(
        question=str(values.get("score_question", "")),
        prefix=str(values.get("score_prefix", ModelCard().prefix)),
        joiner=str(values.get("candidate_joiner", " ")),
        closes=bool(values.get("score_closes", True)),
        averages=bool(values.get("score_averages", False)),
        temperature=temperature,
        candidates=tuple(
            Candidate(condition_id=condition_id, name=name)
            for condition_id, name in values.get("candidates", {}).items()
        ),
        unusual=_novelty(values.get("unusual"), folder),
    )


def _novelty(values: dict[str, Any] | None, folder: Path) -> NoveltyRule | None:
    if not values:
        return None
    if values["method"] != "mahalanobis":
        raise ValueError(f"method {values['method']!r} is unknown")
    statistics = folder / values["statistics"]
    if not statistics.is_file():
        raise ValueError(f"there is no {statistics.name}")
    return NoveltyRule(
        method="mahalanobis", threshold=float(values["threshold"]), statistics=statistics
    )
