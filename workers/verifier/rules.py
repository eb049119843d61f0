"""What a picture must hold to be shown, as rules over a reading.

The thresholds were chosen on pictures of seed 77, which no figure in the docs is measured on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from core.domain.cases import PictureSpec
from core.domain.conditions import Condition
from core.ontology import Ontology
from core.ports import ALIKE_BITS
from core.provenance.fingerprint import look_of
from workers.retrieval import CaseIndex
from workers.retrieval.embedding import Embedder
from workers.verifier import Fault, Reader, Reading, Verdict

_LEAST_SHARE: Final = 0.45
_LEAST_CHECKLIST: Final = 0.45
_MOST_SECOND: Final = 0.4
_TONES_OFF: Final = 1
_LEAST_CONTRAST: Final = 3.0
"""Least standard deviation of lightness, of 255: below it a picture is blank."""
_LEAST_EDGE: Final = 0.2
"""Least mean difference from a blurred copy, of 255: below it nothing has an edge."""
_COPY_ALIKE: Final = 0.97
"""Cosine above which a picture may be a copy; then its look decides.

Source: tests/workers/verifier/test_rules.py; a training picture that went through the autoencoder
has 0.98 and more, and differs in at most 30 bits.
"""
_COPY_BITS: Final = 2 * ALIKE_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRules:
    """`workers.verifier.Verifier` by rules.

    Attributes:
        reader: Sees what is in a picture.
        ontology: Checklists of the conditions.
        embedder: Gives the features of ``trained_on``; None looks for no copies.
        trained_on: Pictures that the generator was trained on; None looks for no copies.
    """

    reader: Reader
    ontology: Ontology
    embedder: Embedder | None = None
    trained_on: CaseIndex | None = None

    def verdict(self, image: Image.Image, spec: PictureSpec) -> Verdict:
        picture = image.convert("RGB")
        reading = _mean(self.reader.read(_views(picture)))
        condition = self.ontology.get(spec.condition_id)
        faults: list[Fault] = [] if sound(picture) else ["quality"]
        faults += looks_faults(reading, condition, spec)
        if self.copied(picture):
            faults.append("copy")
        return Verdict(faults=tuple(faults), share=reading.shares.get(spec.condition_id, 0.0))

    def copied(self, picture: Image.Image) -> bool:
        """Return whether a picture is nearly one that the generator was trained on."""
        if self.embedder is None or self.trained_on is None:
            return False
        feature = self.embedder.embed([picture])[0]
        look = int(look_of(picture), 16)
        return any(
            match.similarity > _COPY_ALIKE
            and (int(match.case.look, 16) ^ look).bit_count() <= _COPY_BITS
            for match in self.trained_on.nearest(feature, None, 3)
        )


def _views(picture: Image.Image) -> list[Image.Image]:
    """Return a picture and its mirror images: what is seen in one of them only is chance."""
    mirrors = (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM)
    return [picture, *(picture.transpose(mirror) for mirror in mirrors)]


def _mean(readings: Sequence[Reading]) -> Reading:
    """Return what is seen on average; tone and site as in the picture itself."""
    first = readings[0]

    def mean(values: Iterable[Mapping[str, float]]) -> dict[str, float]:
        rows = list(values)
        return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}

    return Reading(
        shares=mean(reading.shares for reading in readings),
        checklist=mean(reading.checklist for reading in readings),
        tone=first.tone,
        site=first.site,
    )


def looks_faults(reading: Reading, condition: Condition, spec: PictureSpec) -> list[Fault]:
    """Return what speaks against a picture in what a reader saw."""
    share = reading.shares.get(spec.condition_id, 0.0)
    others = [value for name, value in reading.shares.items() if name != spec.condition_id]
    held = _held(reading.checklist, condition)
    known = spec.condition_id in reading.shares  # a reader judges what it has learned, no more
    faults: list[tuple[Fault, bool]] = [
        ("condition", known and share < _LEAST_SHARE),
        ("checklist", held is not None and held < _LEAST_CHECKLIST),
        ("second", known and max(others, default=0.0) > _MOST_SECOND),
        ("tone", reading.tone is not None and abs(reading.tone - spec.tone) > _TONES_OFF),
        ("site", reading.site is not None and bool(spec.site) and reading.site != spec.site),
    ]
    return [name for name, wrong in faults if wrong]


def _held(checklist: Mapping[str, float], condition: Condition) -> float | None:
    """Return how well the condition's statements hold on average; None when none was read."""
    read = [checklist[line] for line in condition.checklist if line in checklist]
    return sum(read) / len(read) if read else None


def sound(picture: Image.Image) -> bool:
    """Return whether a picture shows anything at all: neither blank nor without an edge."""
    grey = picture.convert("L").resize((96, 96), Image.Resampling.BOX)
    pixels = np.asarray(grey, np.float32)
    soft = np.asarray(grey.filter(ImageFilter.GaussianBlur(2)), np.float32)
    return bool(pixels.std() > _LEAST_CONTRAST and np.abs(pixels - soft).mean() > _LEAST_EDGE)
