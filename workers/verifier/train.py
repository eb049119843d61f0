"""Train the demo pack's reader: `python -m workers.verifier.train`, a minute on one core.

Renders of its own seeds, photos and atlas pictures in turn, half of them softened as a decoder
softens; the embedder stays as it is. The judge of the demo pack is another network, trained on
other renders, and is never asked here.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from core.ontology import Ontology, load_ontology
from workers.demo_pack.pool import PoolSpec, one
from workers.demo_pack.scene import CONDITIONS, PLAIN
from workers.devices import choose
from workers.models import read_entry
from workers.retrieval import Floats
from workers.retrieval.embedding import BATCH, Embedder, build_embedder
from workers.verifier.heads import Heads, save_heads

CLASSES: Final = (*CONDITIONS, PLAIN)
OUT: Final = Path("models/demo/verifier")
_SEED: Final = 21_000_000
_SIZE_PX: Final = 96
_ROUNDS: Final = 120
_DECAY: Final = 0.1
Labels = NDArray[np.int64]


def features_of(embedder: Embedder, count: int, seed: int = _SEED) -> tuple[Floats, Labels]:
    """Return features (N, D) and labels (N, 4) of ``count`` renders."""
    features, labels = [], []
    for start in range(0, count, BATCH):
        pairs = list(_renders(range(start, min(start + BATCH, count)), seed))
        features.append(embedder.embed([picture for picture, _ in pairs]))
        labels += [row for _, row in pairs]
    return np.concatenate(features), np.array(labels, np.int64)


def _renders(numbers: range, seed: int) -> Iterator[tuple[Image.Image, tuple[int, ...]]]:
    for number in numbers:
        atlas = number % 3 > 0
        spec = PoolSpec(
            name="",
            count=1,
            size_px=_SIZE_PX,
            seed=seed,
            conditions=CLASSES,
            textbook=atlas,
            photo_like=not atlas,
        )
        pixels, labels = one(spec, seed + number)
        yield _softened(Image.fromarray(pixels), number), labels


def _softened(picture: Image.Image, number: int) -> Image.Image:
    rng = np.random.default_rng([number, 21])
    if rng.random() < 0.5:
        return picture
    side = round(_SIZE_PX * rng.uniform(0.5, 0.9))
    small = picture.resize((side, side), Image.Resampling.BOX)
    return small.resize(picture.size, Image.Resampling.BILINEAR)


def fit(features: Floats, labels: Labels, ontology: Ontology, embedder: str) -> Heads:
    """Return heads for condition, checklist and tone."""
    centre, scale = features.mean(0), np.maximum(features.std(0), 1e-4)
    inputs = torch.from_numpy((features - centre) / scale)
    statements, truth = _checklist(ontology)
    kinds = torch.from_numpy(labels[:, 0])
    return Heads(
        embedder=embedder,
        conditions=CLASSES,
        statements=statements,
        centre=centre,
        scale=scale,
        weights={
            "condition": _trained(inputs, kinds, len(CLASSES)),
            "checklist": _trained(inputs, torch.from_numpy(truth)[kinds], len(statements)),
            "tone": _trained(inputs, torch.from_numpy(labels[:, 1]), 6),
        },
    )


def _checklist(ontology: Ontology) -> tuple[tuple[str, ...], Floats]:
    """Return all statements, and which class each of them holds for, (classes, statements)."""
    lists = [ontology.get(name).checklist if name != PLAIN else () for name in CLASSES]
    statements = tuple(dict.fromkeys(line for lines in lists for line in lines))
    truth = np.array([[line in lines for line in statements] for lines in lists], np.float32)
    return statements, truth


def _trained(inputs: Tensor, target: Tensor, classes: int) -> Floats:
    """Return a linear head (D + 1, classes); whole numbers are classes, shares are statements."""
    weights = torch.zeros(inputs.shape[1] + 1, classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=_ROUNDS)
    loss_of = (
        functional.cross_entropy
        if target.dtype == torch.int64
        else functional.binary_cross_entropy_with_logits
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = loss_of(inputs @ weights[:-1] + weights[-1], target)
        loss = loss + _DECAY * weights[:-1].square().mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    found: Floats = weights.detach().numpy()
    return found


def main() -> int:
    """Train and write the reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1800)
    parser.add_argument("--embedder", default="demo")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    entry = read_entry(Path("config/models.toml"), "embedder", args.embedder)
    embedder = build_embedder(entry, choose("auto"))
    features, labels = features_of(embedder, args.count)
    save_heads(
        fit(features, labels, load_ontology(Path("config/conditions.toml")), entry.name), args.out
    )
    sys.stdout.write(f"{args.count} renders, heads in {args.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
