"""Doubles for what compares pictures: an embedder without a model, a reader that was told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from core.domain.cases import PictureSpec
from workers.retrieval import Floats
from workers.verifier import Reading, Verdict


@dataclass(frozen=True)
class ColourEmbedder:
    """Features are the mean colours of a picture's nine fields: enough to tell plain ones apart."""

    name: str = "colours"

    def embed(self, images: Sequence[Image.Image]) -> Floats:
        small = [image.convert("RGB").resize((3, 3), Image.Resampling.BOX) for image in images]
        return np.stack([np.asarray(one, np.float32).ravel() for one in small])


@dataclass
class ToldReader:
    """Sees what it was told to see."""

    reading: Reading

    def read(self, images: Sequence[Image.Image]) -> list[Reading]:
        return [self.reading for _ in images]


@dataclass
class ToldVerifier:
    """Gives verdicts in the order that a test wants; accepts when none is left."""

    verdicts: list[Verdict] = field(default_factory=list)
    asked: list[PictureSpec] = field(default_factory=list)

    def verdict(self, image: Image.Image, spec: PictureSpec) -> Verdict:
        assert image.mode == "RGB"
        self.asked.append(spec)
        return self.verdicts.pop(0) if self.verdicts else Verdict(faults=(), share=1.0)


BAD = Verdict(faults=("condition",), share=0.1)
GOOD = Verdict(faults=(), share=0.9)
