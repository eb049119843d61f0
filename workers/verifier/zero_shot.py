"""A reader for any CLIP- or SigLIP-type checkpoint: nothing is trained, names and statements do.

Source: prompt of A. Radford et al. 2021 ("a photo of ..."), in the form that the dermatology
models were tested with ("This is a skin image of ...", Derm1M); statements against those of the
look-alikes, as a concept bottleneck does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from PIL import Image

from core.domain.conditions import Condition
from core.ontology import Ontology
from core.photos.tone import estimate
from workers.retrieval import Floats, unit
from workers.retrieval.embedding import TextEmbedder
from workers.verifier import Reading

_SHARPNESS: Final = 100.0
"""Source: the learned temperature of CLIP, clipped at 100."""
_NAMED: Final = "This is a skin image of {}."
_SHOWN: Final = "A close-up photo of skin with {}."
_PLACED: Final = "A close-up photo of the skin of the {}."
_SITES: Final = ("scalp", "face", "neck", "trunk", "back", "arm", "hand", "leg", "foot")


@dataclass(kw_only=True)
class ZeroShotReader:
    """`workers.verifier.Reader` by words.

    Attributes:
        embedder: Has one space for pictures and words.
        ontology: What there is to see.
    """

    embedder: TextEmbedder
    ontology: Ontology

    def read(self, images: Sequence[Image.Image]) -> list[Reading]:
        features = unit(self.embedder.embed(images))  # (N, D)
        return [
            self._reading(image, feature) for image, feature in zip(images, features, strict=True)
        ]

    @cached_property
    def _conditions(self) -> tuple[Condition, ...]:
        return tuple(condition for condition in self.ontology.all() if condition.drawable)

    @cached_property
    def _names(self) -> Floats:
        return self.embedder.embed_words(
            [_NAMED.format(condition.medical_name) for condition in self._conditions]
        )

    @cached_property
    def _places(self) -> Floats:
        return self.embedder.embed_words([_PLACED.format(site) for site in _SITES])

    @cached_property
    def _statements(self) -> dict[str, Floats]:
        lines = list(dict.fromkeys(line for c in self._conditions for line in c.checklist))
        vectors = self.embedder.embed_words([_SHOWN.format(line) for line in lines])
        return dict(zip(lines, vectors, strict=True))

    def _reading(self, image: Image.Image, feature: Floats) -> Reading:
        shares = _softmax((_SHARPNESS * self._names @ feature).astype(np.float32))
        tone = estimate(np.asarray(image))
        places = _softmax((_SHARPNESS * self._places @ feature).astype(np.float32))
        return Reading(
            shares={c.id: float(v) for c, v in zip(self._conditions, shares, strict=True)},
            checklist=self._checklist(feature),
            tone=tone.fitzpatrick if tone else None,
            site=_SITES[int(places.argmax())] if places.max() > 0.5 else None,
        )

    def _checklist(self, feature: Floats) -> dict[str, float]:
        """Each statement against the same-numbered statements of its condition's look-alikes."""
        found: dict[str, float] = {}
        for condition in self._conditions:
            rivals = [
                line
                for neighbour in condition.neighbours
                for line in self.ontology.get(neighbour.condition_id).checklist
                if line in self._statements and line not in condition.checklist
            ]
            against = max((float(self._statements[line] @ feature) for line in rivals), default=0.0)
            for line in condition.checklist:
                margin = _SHARPNESS * (float(self._statements[line] @ feature) - against)
                found[line] = float(1 / (1 + np.exp(-np.clip(margin, -30, 30))))
        return found


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max())
    shares: Floats = powers / powers.sum()
    return shares
