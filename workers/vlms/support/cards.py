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
        method: The one known way: distance from the mean of the training photos' vision features.
        threshold: Distances above it are unusual.
        stats: Safetensors file with ``mean`` (D,) and ``precision`` (D, D).
    """

    method: Literal["mahalanobis"]
    threshold: float
    stats: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """Settings of the scored differential.

    Attributes:
        score_prefix: Put before a condition's name to make it likely that a name comes next.
        score_suffix: Put after it, so that a name cannot win by being the start of a longer one.
        score: Whether the log-likelihoods of a name's tokens are summed or averaged. A model that
            was trained on the names is summed; else long names would never win.
        temperature: Divides the scores; above 1 makes shares more even.
        candidates: Conditions that it was taught.
        unusual: How to tell an unusual photo; None for never.
    """

    score_prefix: str = "Most likely condition: "
    score_suffix: str = ""
    score: Literal["mean", "sum"] = "mean"
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
    default = ModelCard()
    score = values.get("score", default.score)
    if score not in ("mean", "sum"):
        raise ValueError(f"score is {score!r}, not mean or sum")
    temperature = float(values.get("temperature", 1.0))
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}, not above 0")
    return ModelCard(
        score_prefix=str(values.get("score_prefix", default.score_prefix)),
        score_suffix=str(values.get("score_suffix", default.score_suffix)),
        score=score,
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
    stats = folder / values["stats"]
    if not stats.is_file():
        raise ValueError(f"there is no {stats.name}")
    return NoveltyRule(method="mahalanobis", threshold=float(values["threshold"]), stats=stats)
