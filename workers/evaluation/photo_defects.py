"""Pictures that the photo gate must refuse, rendered at a chosen strength.

Each takes a seed, so that fresh ones can be made; none of them is used to train a model.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from workers.demo_pack.colour import to_linear, to_srgb
from workers.demo_pack.fields import fractal
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, Scene, sample_scene

Bytes = NDArray[np.uint8]
Defect = Callable[[int, int], Bytes]


def blurred(level: float) -> Defect:
    """Out of focus by ``level`` of the picture's width, before the sensor's grain."""
    return lambda seed, size: render(replace(_scene(seed), blur=level * 1000), size).image


def exposed(factor: float) -> Defect:
    """Exposed by ``factor`` times the right light."""
    return lambda seed, size: render(replace(_scene(seed), exposure=factor), size).image


def glaring(radius: float) -> Defect:
    """A lamp's reflection of ``radius`` of the width (standard deviation) hides the lesion."""
    return lambda seed, size: _with_lamp(render(_scene(seed), size).image, seed, radius)


def _scene(seed: int) -> Scene:
    return sample_scene(seed, conditions=CONDITIONS, tone=seed % 6 + 1)


def _with_lamp(image: Bytes, seed: int, radius: float) -> Bytes:
    rng = np.random.default_rng([seed, 34])
    y, x = np.mgrid[0 : image.shape[0], 0 : image.shape[1]] / image.shape[1]
    centre_x, centre_y = rng.uniform(0.35, 0.65, 2)
    spot = np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / (2 * radius**2))
    lit = to_linear(image.astype(np.float32) / np.float32(255))
    lit += 2 * spot[..., None].astype(np.float32)
    return (to_srgb(lit) * 255).astype(np.uint8)


def slide(seed: int, size: int) -> Bytes:
    """Tissue under a microscope, stained with haematoxylin and eosin."""
    rng = np.random.default_rng([seed, 31])
    eosin = np.array([rng.uniform(*c) for c in ((215, 245), (130, 185), (170, 215))])
    gaps = 1 / (1 + np.exp(-10 * (fractal(rng, size, 4, 4) - rng.uniform(0.9, 1.8))))[..., None]
    tissue = eosin * (1 + 0.06 * fractal(rng, size, 6, 4)[..., None])
    mixed = tissue * (1 - gaps) + gaps * np.array([243, 240, 244])
    page = Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(page)
    nucleus = np.array([rng.uniform(*c) for c in ((80, 130), (50, 85), (120, 170))])
    for _ in range(int(rng.integers(150, 900))):
        x, y = rng.uniform(0, size, 2)
        radius = rng.uniform(0.005, 0.018) * size
        colour = tuple((nucleus * rng.uniform(0.8, 1.25)).astype(int).tolist())
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)
    return np.asarray(page.filter(ImageFilter.GaussianBlur(size / 400)))


def drawing(seed: int, size: int) -> Bytes:
    """Flat shapes with outlines, on paper or on a flat skin colour."""
    rng = np.random.default_rng([seed, 32])
    paper = tuple(rng.integers(200, 256, 3).tolist()) if rng.uniform() < 0.6 else (225, 180, 150)
    page = Image.new("RGB", (size * 2, size * 2), paper)
    draw = ImageDraw.Draw(page)
    for _ in range(int(rng.integers(3, 9))):
        box = (np.sort(rng.uniform(-0.1, 1.1, (2, 2)), axis=0).ravel() * size * 2).tolist()
        shape = draw.ellipse if rng.uniform() < 0.5 else draw.rectangle
        fill = tuple(rng.integers(20, 256, 3).tolist())
        shape(box, fill=fill, outline=(20, 20, 20), width=max(2, size // 64))
    return np.asarray(page.resize((size, size), Image.Resampling.BOX))


def screenshot(seed: int, size: int) -> Bytes:
    """A page of a phone with text around a photo of skin."""
    rng = np.random.default_rng([seed, 33])
    dark = rng.uniform() < 0.4
    page_colour, ink = ((18, 18, 20), (230, 230, 230)) if dark else ((250, 250, 250), (30, 30, 35))
    height = int(size * rng.uniform(1.2, 2.1))
    page = Image.new("RGB", (size, height), page_colour)
    margin, top = int(size * rng.uniform(0, 0.12)), int(height * rng.uniform(0.12, 0.3))
    shown = (size - 2 * margin, int(min(size * rng.uniform(0.5, 0.8), height * 0.55)))
    photo = Image.fromarray(render(_scene(seed), size).image).resize(shown)
    page.paste(photo, (margin, top))
    _write(page, rng, ink, (0, top), margin)
    _write(page, rng, ink, (top + shown[1], height), margin)
    return np.asarray(page)


def _write(
    page: Image.Image,
    rng: np.random.Generator,
    ink: tuple[int, int, int],
    rows: tuple[int, int],
    margin: int,
) -> None:
    """Fill rows of a page with bars that look like words."""
    draw, unit = ImageDraw.Draw(page), page.width / 256
    for y in np.arange(rows[0] + 6 * unit, rows[1] - 6 * unit, 10 * unit):
        x, end = margin + 6 * unit, page.width * rng.uniform(0.5, 0.95)
        while x < end:
            word = rng.uniform(3, 14) * unit
            draw.rectangle([x, y, x + word, y + 3 * unit], fill=ink)
            x += word + 3 * unit


def elsewhere(seed: int, size: int) -> Bytes:
    """Clouds of colours that skin never has: leaves, sky, walls, cloth."""
    rng = np.random.default_rng([seed, 35])
    hues = np.array([[70, 120, 50], [90, 140, 200], [128, 128, 132], [40, 60, 110], [70, 90, 70]])
    first, second = (hues[rng.integers(len(hues))] * rng.uniform(0.7, 1.2) for _ in range(2))
    mix = (0.5 + 0.5 * np.tanh(fractal(rng, size, 3, 5)))[..., None]
    grain = rng.normal(0, 3, (size, size, 3))
    colours: Bytes = np.clip(mix * first + (1 - mix) * second + grain, 0, 255).astype(np.uint8)
    return colours
