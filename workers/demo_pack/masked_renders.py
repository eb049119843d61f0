"""Renders with their lesion masks, made while a trainer runs, and how they are varied.

A chunk of fresh renders joins the trainer's shelf every few steps; the oldest leave it. Which chunk
is on the shelf at which step does not depend on how fast anything runs.
"""

from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workers.demo_pack.distractors import distractor
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, PLAIN, sample_scene

SIDE_PX: Final = 128
CHUNK: Final = 128
_SHELF_CHUNKS: Final = 96
_AHEAD: Final = 3
# Many small or faint spots are harder to mark than one dark one.
_HARD: Final = ("acne", "urticaria", "herpes-zoster", "eczema")
_MIX: Final = (*CONDITIONS, *_HARD, PLAIN)
_STRANGE_SHARE: Final = 0.03
_TEXTBOOK_SHARE: Final = 0.15
_DRAWN_SOFT_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Pictures (N, S, S, 3) uint8 and masks (N, S, S) bool."""

    images: NDArray[np.uint8]
    masks: NDArray[np.bool_]


class Shelf:
    """Chunks of renders, made ahead by another process."""

    def __init__(self, seed: int) -> None:
        """Begin at a seed; chunk k uses the seeds from ``seed + k * CHUNK``."""
        self._seed = seed
        self._next = 0
        self._chunks: deque[Chunk] = deque(maxlen=_SHELF_CHUNKS)
        self._coming: deque[Future[Chunk]] = deque()
        self._maker = ProcessPoolExecutor(1)

    def __enter__(self) -> Self:
        """Start making chunks."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop making chunks."""
        self._maker.shutdown(cancel_futures=True)

    def skip(self, chunks: int) -> None:
        """Leave out chunks that an earlier run has used up."""
        self._next = max(0, chunks - _SHELF_CHUNKS)

    def fill(self, chunks: int) -> None:
        """Make sure that all chunks up to number ``chunks`` have been on the shelf."""
        while self._next - len(self._coming) < chunks:
            while len(self._coming) < _AHEAD:
                start = self._seed + self._next * CHUNK
                self._coming.append(self._maker.submit(make_chunk, start))
                self._next += 1
            self._chunks.append(self._coming.popleft().result())

    def batch(self, size: int, rng: np.random.Generator) -> Chunk:
        """Draw a varied batch from the shelf."""
        picked = [self._chunks[int(i)] for i in rng.integers(0, len(self._chunks), size)]
        places = rng.integers(0, CHUNK, size)
        pairs = [
            varied(chunk.images[place], chunk.masks[place], rng)
            for chunk, place in zip(picked, places, strict=True)
        ]
        return Chunk(
            images=np.stack([image for image, _ in pairs]),
            masks=np.stack([mask for _, mask in pairs]),
        )


def make_chunk(start: int) -> Chunk:
    """Render one chunk."""
    pairs = [masked_render(start + i) for i in range(CHUNK)]
    return Chunk(
        images=np.stack([image for image, _ in pairs]),
        masks=np.stack([mask for _, mask in pairs]),
    )


def masked_render(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """One picture (S, S, 3) and its mask (S, S), as photos are: some reduced, some compressed."""
    rng = np.random.default_rng([seed, 21])
    if rng.uniform() < _STRANGE_SHARE:
        return distractor(seed, SIDE_PX), np.zeros((SIDE_PX, SIDE_PX), bool)
    condition = _MIX[int(rng.integers(len(_MIX)))]
    scene = sample_scene(
        seed, conditions=(condition,), textbook=bool(rng.uniform() < _TEXTBOOK_SHARE)
    )
    picture = render(scene, SIDE_PX * 2 if rng.uniform() < 0.3 else SIDE_PX)
    image, mask = Image.fromarray(picture.image), Image.fromarray(picture.mask)
    if rng.uniform() < _DRAWN_SOFT_SHARE:
        # The diffusion model draws at 96 px; what it drew is looked at, too.
        image = image.resize((96, 96), Image.Resampling.BOX)
    if rng.uniform() < 0.35:
        stream = BytesIO()
        image.save(stream, "JPEG", quality=int(rng.integers(60, 96)))
        image = Image.open(stream)
    return (
        np.asarray(image.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC), np.uint8),
        np.asarray(mask.resize((SIDE_PX, SIDE_PX), Image.Resampling.NEAREST), bool),
    )


def varied(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Turn, mirror, cut closer and relight one picture with its mask."""
    turns = int(rng.integers(4))
    image, mask = np.rot90(image, turns), np.rot90(mask, turns)
    if rng.uniform() < 0.5:
        image, mask = image[:, ::-1], mask[:, ::-1]
    if rng.uniform() < 0.4:
        image, mask = _closer(image, mask, rng)
    gains = rng.normal(1, 0.1) * (1 + rng.normal(0, 0.05, 3))
    lit = np.clip(image.astype(np.float32) * gains, 0, 255)
    return lit.astype(np.uint8), np.ascontiguousarray(mask)


def _closer(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Cut out a part, its sides of different lengths, and stretch it to the whole."""
    width, height = rng.uniform(0.6, 1, 2) * SIDE_PX
    left, top = rng.uniform(0, SIDE_PX - width), rng.uniform(0, SIDE_PX - height)
    box = (left, top, left + width, top + height)
    size = (SIDE_PX, SIDE_PX)
    grown = Image.fromarray(image).resize(size, Image.Resampling.BILINEAR, box)
    marked = Image.fromarray(mask).resize(size, Image.Resampling.NEAREST, box)
    return np.asarray(grown), np.asarray(marked)
