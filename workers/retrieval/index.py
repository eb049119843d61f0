"""Build an index of cases from any data set: `python -m workers.retrieval.index`.

    python -m workers.retrieval.index --data rendered:48:9000000 --out models/demo/cases --show
    python -m workers.retrieval.index --data path/to/folder --embedder dermlip --out data/cases \
        --licence "CC BY 4.0" --credit "Somebody" --show

A folder has pictures and, beside them, ``metadata.csv`` or ``metadata.jsonl``, as for the trainer.
``--show`` says that the licence allows to show the pictures to people; without it they serve the
ranking and as image prompts only.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from core.domain.errors import ModelUnavailable
from core.photos.tone import estimate
from core.provenance.fingerprint import look_of
from workers.devices import choose
from workers.models import read_entry
from workers.retrieval import CaseIndex, Floats, IndexCard, KnownCase, unit
from workers.retrieval.embedding import BATCH, Embedder, build_embedder
from workers.retrieval.files import save_index
from workers.retrieval.sources import SYNTHETIC, open_source
from workers.training.datasets import Dataset

PICTURE_PX: Final = 192
_MODELS_FILE: Final = Path("config/models.toml")
_OWN: Final = "same as this project"


def build(data: Dataset, embedder: Embedder, card: IndexCard) -> CaseIndex:
    """Return the index of a data set.

    Features are centred and scaled by those of the index itself, so that what all pictures share
    (light, the average skin) does not count as likeness.
    """
    features: list[Floats] = []
    cases: list[KnownCase] = []
    for numbers, pictures in _batches(data):
        features.append(embedder.embed(pictures))
        cases += [
            _case(data, number, picture) for number, picture in zip(numbers, pictures, strict=True)
        ]
    whole = np.concatenate(features)  # (N, D)
    centre, scale = whole.mean(0), np.maximum(whole.std(0), 1e-4)
    return CaseIndex(
        card=card,
        cases=tuple(cases),
        vectors=unit((whole - centre) / scale),
        centre=centre,
        scale=scale,
    )


def _batches(data: Dataset) -> Iterator[tuple[range, list[Image.Image]]]:
    count = len(data.notes)
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        yield numbers, [data.picture(number, PICTURE_PX).convert("RGB") for number in numbers]


def _case(data: Dataset, number: int, picture: Image.Image) -> KnownCase:
    notes, tone = data.notes[number], estimate(np.asarray(picture))
    return KnownCase(
        number=number,
        condition_id=notes.condition,
        ita_deg=tone.ita_deg if tone else None,
        site=notes.site or "",
        look=look_of(picture),
    )


def main() -> int:
    """Build an index; 0 when it is written, 2 when something is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="rendered:48:9000000")
    parser.add_argument("--embedder", default="demo", help="name in models.toml")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--licence", default=_OWN)
    parser.add_argument("--credit", default="")
    parser.add_argument("--show", action="store_true", help="the licence allows to show pictures")
    args = parser.parse_args()
    try:
        data = open_source(args.data)
        entry = read_entry(_MODELS_FILE, "embedder", args.embedder)
        card = IndexCard(
            source=args.data,
            fingerprint=data.fingerprint,
            embedder=entry.name,
            licence=args.licence,
            credit=args.credit,
            shown=args.show,
            synthetic=args.data.partition(":")[0] in SYNTHETIC,
        )
        index = build(data, build_embedder(entry, choose("auto")), card)
    except ModelUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    save_index(index, args.out)
    sys.stdout.write(f"{len(index.cases)} cases in {args.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
