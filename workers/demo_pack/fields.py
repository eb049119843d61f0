"""Random fields over the unit square: the brushes that skin and lesions are drawn with.

Every field draws the same random numbers whatever the size, so a scene looks alike at 96 and at
512 pixels.
"""

import numpy as np
from PIL import Image, ImageFilter

from workers.demo_pack.colour import Floats


def enlarge(lattice: Floats, size: int) -> Floats:
    """Interpolate a lattice (n, n) to (size, size) with a smooth kernel."""
    image = Image.fromarray(lattice.astype(np.float32))
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC), np.float32)


def smooth(field: Floats, radius: float) -> Floats:
    """Blur a field (H, W) by a Gaussian of this radius in unit lengths."""
    size = field.shape[0]
    low, high = float(field.min()), float(field.max())
    if high - low < 1e-6 or radius * size < 0.3:
        return field
    # Pillow blurs bytes only; 8 bits are enough for light and relief.
    scaled = Image.fromarray(((field - low) * (255 / (high - low))).astype(np.uint8))
    blurred = np.asarray(scaled.filter(ImageFilter.GaussianBlur(radius * size)), np.float32)
    return blurred * np.float32((high - low) / 255) + np.float32(low)


def fractal(
    rng: np.random.Generator, size: int, first: int = 2, octaves: int = 5, gain: float = 0.55
) -> Floats:
    """Fractal noise (size, size) of zero mean and unit deviation.

    Args:
        rng: Source of the lattice values.
        size: Side of the field in pixels.
        first: Cells along one side in the coarsest octave.
        octaves: How many octaves, each twice as fine.
        gain: Amplitude of an octave relative to the one before.
    """
    total = np.zeros((size, size), np.float32)
    amplitude = 1.0
    for octave in range(octaves):
        cells = first * 2**octave + 1
        total += np.float32(amplitude) * enlarge(
            rng.standard_normal((cells, cells)).astype(np.float32), size
        )
        amplitude *= gain
    return (total - total.mean()) / (total.std() + np.float32(1e-6))


def grid(size: int) -> tuple[Floats, Floats]:
    """Coordinates x and y of the pixel centres, each (size, size) in 0 to 1."""
    axis = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
    x, y = np.meshgrid(axis, axis)
    return x, y


def outline(
    rng: np.random.Generator,
    xy: tuple[Floats, Floats],
    place: tuple[tuple[float, float], float],
    *,
    irregular: float = 0.08,
    stretch: float = 0.15,
) -> Floats:
    """Distance to a smooth closed curve, negative inside, in unit lengths, shape (H, W).

    Args:
        rng: Source of the curve's shape.
        xy: Pixel coordinates from `grid`.
        place: Middle and mean radius of the curve.
        irregular: Amplitude of the wobble relative to the radius.
        stretch: Amplitude of the oval stretch relative to the radius.
    """
    (x, y), radius = place
    dx, dy = xy[0] - np.float32(x), xy[1] - np.float32(y)
    turn = np.arctan2(dy, dx)
    width = 1 + stretch * np.cos(2 * turn + rng.uniform(0, 6.28))
    for wave in range(3, 6):
        size = irregular * rng.standard_normal() / (wave - 2)
        width += size * np.cos(wave * turn + rng.uniform(0, 6.28))
    return (np.hypot(dx, dy) - radius * np.clip(width, 0.35, 1.9)).astype(np.float32)


def inside(distance: Floats, softness: float) -> Floats:
    """Turn a distance field into coverage: 1 inside, 0 outside, with a soft border."""
    scaled = np.clip(distance / np.float32(softness), -20, 20)
    return (1 / (1 + np.exp(scaled))).astype(np.float32)


def spot(xy: tuple[Floats, Floats], centre: tuple[float, float], radius: float) -> Floats:
    """Gaussian bump of height 1 at a point."""
    squared = (xy[0] - np.float32(centre[0])) ** 2 + (xy[1] - np.float32(centre[1])) ** 2
    return np.exp(-squared / np.float32(radius * radius)).astype(np.float32)


def scatter(
    rng: np.random.Generator, count: int, low: float, high: float, apart: float
) -> list[tuple[float, float]]:
    """Random points in a square, not nearer to each other than `apart` where that is possible."""
    points: list[tuple[float, float]] = []
    for candidate in rng.uniform(low, high, (count * 8, 2)):
        far = all(np.hypot(candidate[0] - x, candidate[1] - y) > apart for x, y in points)
        if far and len(points) < count:
            points.append((float(candidate[0]), float(candidate[1])))
    return points
