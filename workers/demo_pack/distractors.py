"""Pictures that are not a skin lesion, so that the models learn what they do not know.

They teach the vision tower a fourteenth class ("other"), beside plain skin; the evaluation uses
other pictures than these.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from workers.demo_pack.fields import fractal
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import sample_scene

Bytes = NDArray[np.uint8]


def distractor(seed: int, size_px: int) -> Bytes:
    """One picture (size, size, 3) without skin, or with skin's colours in a wrong order."""
    rng = np.random.default_rng([seed, 77])
    kinds: tuple[Callable[[np.random.Generator, int], Bytes], ...] = (
        _noise,
        _clouds,
        _shapes,
        _stripes,
        _broken_render,
        _page,
    )
    return kinds[int(rng.integers(len(kinds)))](rng, size_px)


def _bytes(values: NDArray[np.floating]) -> Bytes:
    return (np.clip(values, 0, 1) * 255).astype(np.uint8)


def _noise(rng: np.random.Generator, size: int) -> Bytes:
    """Grain of one of several sizes over one colour."""
    cells = int(rng.choice([size, size // 2, size // 4, size // 8]))
    grain = rng.normal(rng.uniform(0.2, 0.8, 3), rng.uniform(0.05, 0.4), (cells, cells, 3))
    return np.asarray(Image.fromarray(_bytes(grain)).resize((size, size)), np.uint8)


def _clouds(rng: np.random.Generator, size: int) -> Bytes:
    """Smooth clouds that blend random colours."""
    first, octaves = int(rng.integers(2, 9)), int(rng.integers(2, 6))
    mix = 0.5 + 0.5 * np.tanh(rng.uniform(0.5, 3) * fractal(rng, size, first, octaves))[..., None]
    return _bytes(mix * rng.uniform(0, 1, 3) + (1 - mix) * rng.uniform(0, 1, 3))


def _shapes(rng: np.random.Generator, size: int) -> Bytes:
    """Flat coloured ellipses, boxes and polygons, as things and rooms look from afar."""
    page = Image.new("RGB", (size, size), tuple(rng.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(page)
    for _ in range(int(rng.integers(3, 16))):
        colour = tuple(rng.integers(0, 256, 3).tolist())
        x, y, x2, y2 = np.sort(rng.uniform(-0.2, 1.2, (2, 2)) * size, axis=0).ravel().tolist()
        match int(rng.integers(3)):
            case 0:
                draw.ellipse([x, y, x2, y2], fill=colour)
            case 1:
                draw.rectangle([x, y, x2, y2], fill=colour)
            case _:
                draw.polygon((rng.uniform(0, 1, 8) * size).tolist(), fill=colour)
    return _bytes(np.asarray(page) / 255 + rng.normal(0, 0.02, (size, size, 3)))


def _stripes(rng: np.random.Generator, size: int) -> Bytes:
    """Waves, checks and gradients."""
    y, x = np.mgrid[0:size, 0:size] / size
    turn, pace = rng.uniform(0, 6.28), rng.uniform(0.3, 25)
    wave = np.sin(6.28 * pace * (x * np.cos(turn) + y * np.sin(turn)) + rng.uniform(0, 6.28))
    if rng.uniform() < 0.4:
        wave = wave * np.sin(6.28 * pace * (y * np.cos(turn) - x * np.sin(turn)))
    if rng.uniform() < 0.4:
        wave = np.sign(wave)
    mix = (0.5 + 0.5 * wave)[..., None]
    return _bytes(mix * rng.uniform(0, 1, 3) + (1 - mix) * rng.uniform(0, 1, 3))


def _broken_render(rng: np.random.Generator, size: int) -> Bytes:
    """A rendered lesion with its colours swapped, negated, or cut into shuffled tiles."""
    image = render(sample_scene(int(rng.integers(2**31))), size).image
    match int(rng.integers(4)):
        case 0:
            return image[..., rng.permutation([2, 0, 1])]
        case 1:
            return np.asarray(255 - image, np.uint8)
        case 2:
            return np.repeat(image.mean(2, keepdims=True), 3, 2).astype(np.uint8)
        case _:
            tiles = image.reshape(4, size // 4, 4, size // 4, 3).swapaxes(1, 2)
            mixed = rng.permutation(tiles.reshape(16, size // 4, size // 4, 3))
            return mixed.reshape(4, 4, size // 4, size // 4, 3).swapaxes(1, 2).reshape(image.shape)


def _page(rng: np.random.Generator, size: int) -> Bytes:
    """Dark lines on light paper, like text or a drawing."""
    page = Image.new("RGB", (size, size), tuple(rng.integers(170, 256, 3).tolist()))
    draw = ImageDraw.Draw(page)
    for y in np.arange(rng.uniform(2, 8), size, rng.uniform(4, 14)):
        x = rng.uniform(0, 10)
        while x < size:
            step = rng.uniform(2, 16)
            draw.line([x, y, x + step, y + rng.normal()], fill=(20, 20, 30), width=2)
            x += step + rng.uniform(2, 6)
    return np.asarray(page, np.uint8)
