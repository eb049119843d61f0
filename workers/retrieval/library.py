"""An open index with its data set: what looks like a photo, and what of it may be shown."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from core.domain.cases import Likelihood
from core.photos.tone import estimate
from workers.badge import BadgedPicture, Sign, badge
from workers.generators import Drawn
from workers.retrieval import CaseIndex, Match
from workers.retrieval.embedding import Embedder
from workers.retrieval.files import load_index
from workers.retrieval.reranking import reranked
from workers.retrieval.sources import open_source
from workers.training.datasets import Dataset

VOTERS: Final = 15
"""Cases whose labels speak in the ranking."""
SHOWN: Final = 3
_SHOWN_PX: Final = 512
_JPEG_QUALITY: Final = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Similar cases for a worker.

    Attributes:
        index: The cases.
        embedder: Makes their vectors.
        data: Their pictures.
    """

    index: CaseIndex
    embedder: Embedder
    data: Dataset

    def similar(self, photo: bytes, count: int = VOTERS) -> tuple[Match, ...]:
        """Return the cases most like a photo, best first; called on the model's thread."""
        picture = Image.open(io.BytesIO(photo)).convert("RGB")
        tone = estimate(np.asarray(picture))
        feature = self.embedder.embed([picture])[0]
        return self.index.nearest(feature, tone.ita_deg if tone else None, count)

    def rerank(
        self, differential: Sequence[Likelihood], matches: Sequence[Match]
    ) -> tuple[Likelihood, ...]:
        """Return a differential in which the matches' labels have a say."""
        return reranked(differential, matches)

    def may_show(self, matches: Sequence[Match]) -> tuple[Match, ...]:
        """Return the few best matches of different pictures, or none where the licence forbids."""
        return tuple(matches[:SHOWN]) if self.index.card.shown else ()

    def drawn(self, match: Match, word: str, sign: Sign | None) -> BadgedPicture:
        """Return a drawn case's picture with the badge that every drawn picture has."""
        image = self.data.picture(match.case.number, _SHOWN_PX)
        drawn = Drawn(image=image, source="schematic", model=self.index.card.source)
        return badge(drawn, word, sign)

    def photographed(self, match: Match) -> bytes:
        """Return a photographed case's picture as JPEG, without metadata."""
        target = io.BytesIO()
        picture = self.data.picture(match.case.number, _SHOWN_PX).convert("RGB")
        picture.save(target, "JPEG", quality=_JPEG_QUALITY)
        return target.getvalue()

    def example(self, condition_id: str, ita_deg: float | None) -> Image.Image | None:
        """Return a case of a condition on skin like the person's, as an image prompt."""
        rows = [
            (abs((case.ita_deg or 0) - (ita_deg or 0)), case.number)
            for case in self.index.cases
            if case.condition_id == condition_id
        ]
        return self.data.picture(min(rows)[1], _SHOWN_PX).convert("RGB") if rows else None


def open_library(folder: Path, embedder: Embedder) -> Library:
    """Open an index.

    Raises:
        ModelUnavailable: It or its data set is missing, damaged or of another checkpoint.
    """
    index = load_index(folder, embedder.name)
    return Library(index=index, embedder=embedder, data=open_source(index.card.source))
