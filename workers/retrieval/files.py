"""An index on disk: a folder with vectors, cases and card."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from core.domain.errors import ModelUnavailable
from workers.retrieval import CaseIndex, IndexCard, KnownCase, unit

VECTORS: Final = "vectors.safetensors"
CASES: Final = "cases.jsonl"
CARD: Final = "card.json"
_card: Final[TypeAdapter[IndexCard]] = TypeAdapter(IndexCard)
_case: Final[TypeAdapter[KnownCase]] = TypeAdapter(KnownCase)


def save_index(index: CaseIndex, folder: Path) -> None:
    """Write an index; vectors are kept in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "vectors": index.vectors.astype(np.float16),
        "centre": index.centre.astype(np.float32),
        "scale": index.scale.astype(np.float32),
    }
    save_file(tensors, folder / VECTORS)
    lines = (json.dumps(asdict(case), separators=(",", ":")) for case in index.cases)
    (folder / CASES).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (folder / CARD).write_text(json.dumps(asdict(index.card), indent=2) + "\n", encoding="utf-8")


def load_index(folder: Path, embedder: str) -> CaseIndex:
    """Read an index.

    Args:
        folder: Where `save_index` wrote it.
        embedder: Name of the checkpoint that its vectors must come from.

    Raises:
        ModelUnavailable: It is missing, damaged, or of another checkpoint.
    """
    mend = f"build it again with: python -m workers.retrieval.index --out {folder}"
    try:
        tensors = load_file(folder / VECTORS)
        lines = (folder / CASES).read_text(encoding="utf-8").splitlines()
        index = CaseIndex(
            card=_card.validate_json((folder / CARD).read_bytes()),
            cases=tuple(_case.validate_json(line) for line in lines),
            vectors=unit(tensors["vectors"].astype(np.float32)),
            centre=tensors["centre"],
            scale=tensors["scale"],
        )
    except OSError as error:
        raise ModelUnavailable(f"there is no index of cases in {folder}; {mend}") from error
    except (SafetensorError, ValidationError, KeyError) as error:
        raise ModelUnavailable(f"the index of cases in {folder} is damaged; {mend}") from error
    if len(index.cases) != len(index.vectors):
        raise ModelUnavailable(f"the index of cases in {folder} is damaged; {mend}")
    if index.card.embedder != embedder:
        raise ModelUnavailable(
            f"the index in {folder} was made with {index.card.embedder}, not {embedder}; {mend}"
        )
    return index
