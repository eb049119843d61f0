"""Similar cases: is the condition among the five nearest, and do their labels help the ranking?"""

from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from core.domain.cases import Likelihood
from core.photos.tone import estimate
from workers.demo_pack.pool import PoolSpec, one
from workers.demo_pack.scene import CONDITIONS
from workers.devices import choose
from workers.evaluation.demo_vlm import Seer
from workers.evaluation.seen import Score, fresh, scaled
from workers.models import read_entry
from workers.retrieval import Match
from workers.retrieval.embedding import build_embedder
from workers.retrieval.library import VOTERS, open_library
from workers.retrieval.reranking import reranked

KEYS: Final = ("retrieval_hit5", "rerank_top1_gain")
MODELS: Final = Path("models/demo")
_USUAL: Final = 240
_PHOTO_PX: Final = 192
_TOP: Final = 5


def score(seed: int, scale: float) -> Score:
    """Look up fresh photos of all lights, and rank each with and without the cases' labels."""
    count = scaled(_USUAL, scale)
    spec = PoolSpec(name="", count=count, size_px=_PHOTO_PX, seed=0, photo_like=True)
    pairs = [one(spec, fresh(seed, 3000 + number)) for number in range(count)]
    truth = [CONDITIONS[labels[0]] for _, labels in pairs]
    images = [pixels for pixels, _ in pairs]
    found = _matches(images)
    likelihoods = Seer(MODELS / "vlm").likelihoods(images)
    plain = [CONDITIONS[row.argmax()] for row in likelihoods]
    mixed = [
        reranked(_ranked(row), matches)[0].condition_id
        for row, matches in zip(likelihoods, found, strict=True)
    ]
    before, after = _right(plain, truth), _right(mixed, truth)
    nearest = [[match.case.condition_id for match in matches[:_TOP]] for matches in found]
    hits = [wanted in names for wanted, names in zip(truth, nearest, strict=True)]
    alone = _right([names[0] for names in nearest], truth)
    return Score(
        figures={
            "retrieval_hit5": round(float(np.mean(hits)), 4),
            "rerank_top1_gain": round(after - before, 4),
        },
        counts=dict.fromkeys(KEYS, count),
        details={"top1_before": before, "top1_after": after, "top1_of_cases_alone": alone}
        | _by_light(images, hits),
    )


def _matches(images: list[np.ndarray]) -> list[tuple[Match, ...]]:
    entry = read_entry(Path("config/models.toml"), "embedder", "demo")
    library = open_library(MODELS / "cases", build_embedder(entry, choose("auto")))
    features = library.embedder.embed([Image.fromarray(image) for image in images])
    tones = [estimate(image) for image in images]
    return [
        library.index.nearest(feature, tone.ita_deg if tone else None, VOTERS)
        for feature, tone in zip(features, tones, strict=True)
    ]


def _ranked(row: np.ndarray) -> list[Likelihood]:
    shares = zip(CONDITIONS, row.tolist(), strict=True)
    return [
        Likelihood(condition_id=name, share=share)
        for name, share in sorted(shares, key=lambda pair: -pair[1])
    ]


def _right(named: list[str], truth: list[str]) -> float:
    return round(float(np.mean([one == other for one, other in zip(named, truth, strict=True)])), 4)


def _by_light(images: list[np.ndarray], hits: list[bool]) -> dict[str, float]:
    """Return the share of hits in the darkest and the brightest tenth of the photos."""
    order = np.argsort([float(image.mean()) for image in images])
    tenth = max(1, len(order) // 10)
    return {
        "hit5_darkest_tenth": float(np.mean([hits[row] for row in order[:tenth]])),
        "hit5_brightest_tenth": float(np.mean([hits[row] for row in order[-tenth:]])),
    }
