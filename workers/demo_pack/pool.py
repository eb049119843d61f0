"""Pools of renders on disk: rendered once by several processes, read by every trainer."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workers.demo_pack.distractors import distractor
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, PLAIN, SITES, sample_scene

OTHER = "other"
CLASSES: tuple[str, ...] = (*CONDITIONS, PLAIN, OTHER)
_CHUNK = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSpec:
    """What a pool holds.

    Attributes:
        name: File name without its ending.
        count: Number of pictures.
        size_px: Side of each picture.
        seed: First seed; picture i uses seed + i.
        conditions: What to draw from; `OTHER` asks for a distractor.
        textbook: Atlas pictures rather than photos.
        photo_like: Some are rendered larger and reduced, or saved as JPEG, as a user's photo is.
    """

    name: str
    count: int
    size_px: int
    seed: int
    conditions: Sequence[str] = CONDITIONS
    textbook: bool = False
    photo_like: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Pictures (N, S, S, 3) uint8 and labels (N, 4): class, tone - 1, site, severity - 1."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


def load_pool(spec: PoolSpec, folder: Path, processes: int = 2) -> Pool:
    """Read a pool from the folder, rendering it first if it is not there."""
    path = folder / f"{spec.name}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial_path = path.with_suffix(".partial.npz")
        pool = _make(spec, processes)
        np.savez(partial_path, images=pool.images, labels=pool.labels)
        partial_path.replace(path)
        return pool
    with np.load(path) as data:
        return Pool(images=data["images"], labels=data["labels"])


def _make(spec: PoolSpec, processes: int) -> Pool:
    starts = range(0, spec.count, _CHUNK)
    with ProcessPoolExecutor(processes) as executor:
        parts = list(executor.map(partial(_chunk, spec), starts))
    images = np.concatenate([part[0] for part in parts])
    return Pool(images=images, labels=np.concatenate([part[1] for part in parts]))


def _chunk(spec: PoolSpec, start: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    pairs = [one(spec, spec.seed + i) for i in range(start, min(start + _CHUNK, spec.count))]
    return np.stack([p[0] for p in pairs]), np.array([p[1] for p in pairs], np.int64)


def one(spec: PoolSpec, seed: int) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """Picture (S, S, 3) and its four labels for one seed of a pool."""
    rng = np.random.default_rng([seed, 11])
    condition = spec.conditions[int(rng.integers(len(spec.conditions)))]
    size = spec.size_px
    if spec.photo_like:
        size = int(rng.choice([size, size * 4 // 3, size * 2], p=[0.4, 0.3, 0.3]))
    if condition == OTHER:
        image, labels = distractor(seed, size), (CLASSES.index(OTHER), -1, -1, -1)
    else:
        scene = sample_scene(seed, conditions=(condition,), textbook=spec.textbook)
        image = render(scene, size).image
        place = SITES.index(scene.site)
        labels = (CLASSES.index(condition), scene.tone - 1, place, scene.severity - 1)
    if spec.photo_like:
        image = _as_photo(image, spec.size_px, rng)
    return image, labels


def _as_photo(
    image: NDArray[np.uint8], size_px: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    picture = Image.fromarray(image)
    if rng.uniform() < 0.35:
        stream = BytesIO()
        picture.save(stream, "JPEG", quality=int(rng.integers(60, 96)))
        picture = Image.open(stream)
    return np.asarray(picture.resize((size_px, size_px), Image.Resampling.BICUBIC), np.uint8)
