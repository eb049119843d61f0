"""A reader made of linear heads on an embedder's features, for pictures it was trained on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from core.domain.errors import ModelUnavailable
from workers.retrieval import Floats
from workers.retrieval.embedding import Embedder
from workers.verifier import Reading

WEIGHTS: Final = "heads.safetensors"
NAMES: Final = "heads.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heads:
    """Weights of the heads.

    Attributes:
        embedder: Name of the checkpoint whose features they read.
        conditions: Names of the first head's classes.
        statements: Names of the second head's classes.
        centre: Taken off a feature, (D,).
        scale: What a feature is divided by, (D,).
        weights: One matrix per head, (D + 1, classes); the last row is the bias.
    """

    embedder: str
    conditions: tuple[str, ...]
    statements: tuple[str, ...]
    centre: Floats
    scale: Floats
    weights: dict[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsReader:
    """`workers.verifier.Reader` on an embedder. It cannot tell the site."""

    embedder: Embedder
    heads: Heads

    def read(self, images: Sequence[Image.Image]) -> list[Reading]:
        features = (self.embedder.embed(images) - self.heads.centre) / self.heads.scale  # (N, D)
        conditions = _softmax(self._scores(features, "condition"))
        checklist = 1 / (1 + np.exp(-self._scores(features, "checklist")))
        tones = _softmax(self._scores(features, "tone"))
        return [
            Reading(
                shares=dict(zip(self.heads.conditions, map(float, conditions[row]), strict=True)),
                checklist=dict(zip(self.heads.statements, map(float, checklist[row]), strict=True)),
                tone=int(tones[row].argmax()) + 1,
            )
            for row in range(len(features))
        ]

    def _scores(self, features: Floats, head: str) -> Floats:
        weights = self.heads.weights[head]
        scores: Floats = features @ weights[:-1] + weights[-1]
        return scores


def save_heads(heads: Heads, folder: Path) -> None:
    """Write heads in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.astype(np.float16) for name, value in heads.weights.items()}
    save_file(tensors | {"centre": heads.centre, "scale": heads.scale}, folder / WEIGHTS)
    names = {
        "embedder": heads.embedder,
        "conditions": heads.conditions,
        "statements": heads.statements,
    }
    (folder / NAMES).write_text(json.dumps(names, indent=2) + "\n", encoding="utf-8")


def load_heads(folder: Path, embedder: Embedder) -> HeadsReader:
    """Read heads.

    Raises:
        ModelUnavailable: They are missing, damaged, or read another checkpoint's features.
    """
    mend = "train them again with: python -m workers.verifier.train"
    try:
        names = json.loads((folder / NAMES).read_text(encoding="utf-8"))
        tensors = load_file(folder / WEIGHTS)
        heads = Heads(
            embedder=names["embedder"],
            conditions=tuple(names["conditions"]),
            statements=tuple(names["statements"]),
            centre=tensors["centre"].astype(np.float32),
            scale=tensors["scale"].astype(np.float32),
            weights={
                name: tensors[name].astype(np.float32)
                for name in ("condition", "checklist", "tone")
            },
        )
    except OSError as error:
        raise ModelUnavailable(f"there are no heads of a reader in {folder}; {mend}") from error
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelUnavailable(f"the heads in {folder} are damaged; {mend}") from error
    if heads.embedder != embedder.name:
        raise ModelUnavailable(f"the heads in {folder} read {heads.embedder}; {mend}")
    return HeadsReader(embedder=embedder, heads=heads)


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares
