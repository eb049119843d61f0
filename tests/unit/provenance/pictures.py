"""Pictures for the tests of provenance."""

import io

import numpy as np
from PIL import Image

from workers.badge import badge
from workers.demo_pack import render, sample_scene
from workers.generators import Drawn, Source


def skin(seed: int = 1, size_px: int = 128, condition: str = "psoriasis") -> Image.Image:
    """Return a rendered close-up."""
    scene = sample_scene(seed, conditions=(condition,), textbook=True)
    return Image.fromarray(render(scene, size_px).image)


def badged(seed: int = 1, word: str = "SYNTHETIC", source: Source = "generated") -> bytes:
    """Return a finished, unsigned picture."""
    return badge(Drawn(image=skin(seed), source=source, model="demo"), word).png


def saved_again(png: bytes, side_px: int = 320, quality: int = 70) -> bytes:
    """Return a picture as a chat app passes it on: another size, another format, no metadata."""
    target = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.resize((side_px, side_px), Image.Resampling.LANCZOS).save(
        target, "JPEG", quality=quality
    )
    return target.getvalue()


def opened(data: bytes) -> Image.Image:
    """Return the pixels of a file."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def noise(seed: int = 1) -> Image.Image:
    """Return a picture of nothing."""
    pixels = np.random.default_rng(seed).integers(0, 256, (256, 256, 3), np.uint8)
    return Image.fromarray(pixels)
