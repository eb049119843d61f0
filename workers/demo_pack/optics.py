"""Light, lens and sensor: turns a painted canvas into linear light and then into bytes."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from workers.demo_pack.canvas import Canvas
from workers.demo_pack.colour import Floats, reflectance, to_srgb
from workers.demo_pack.fields import fractal, smooth
from workers.demo_pack.scene import Scene

_ROUNDNESS = {"arm": 0.8, "leg": 0.65, "trunk": 0.25, "back": 0.2, "face": 0.5, "hand": 0.6}
_SHINE = {"arm": 0.5, "leg": 0.4, "trunk": 0.5, "back": 0.5, "face": 1.1, "hand": 0.6}


def albedo(canvas: Canvas) -> Floats:
    """Linear RGB (H, W, 3) of the canvas under even white light."""
    rgb = reflectance(np.clip(canvas.melanin, 0, 6), np.clip(canvas.haemoglobin, 0.02, 2.4))
    for coverage, colour in canvas.matter:
        paint = np.array(colour, np.float32) * np.float32(
            0.72 + 0.28 * np.exp(-canvas.base_melanin)
        )
        rgb += coverage[..., None] * (paint - rgb)
    return rgb


def light(canvas: Canvas, rgb: Floats) -> Floats:
    """Shade linear RGB (H, W, 3) by relief, body shape, shadow, warmth and exposure."""
    scene = canvas.scene
    rng = np.random.default_rng([scene.seed, 4])
    turn = -2.3 if scene.textbook else rng.uniform(0, 6.28)
    slope_x, slope_y = _slopes(canvas.height)
    towards = slope_x * np.float32(np.cos(turn)) + slope_y * np.float32(np.sin(turn))
    shade = np.clip(1 + 0.85 * towards, 0.45, 1.5)
    shape = _body(canvas, rng, turn)
    shine = _shine(canvas, rng, towards, shape)
    warmth = np.exp(np.array([0.11, 0.0, -0.13], np.float32) * np.float32(scene.warmth))
    lit = rgb * (shade * shape)[..., None] + shine[..., None]
    return (lit * warmth * np.float32(scene.exposure)).astype(np.float32)


def _slopes(height: Floats) -> tuple[Floats, Floats]:
    """Gradient of the relief along x and y, dimensionless."""
    relief = smooth(height, 0.0022) * np.float32(0.001 * height.shape[0])
    slope_y, slope_x = np.gradient(relief)
    return slope_x, slope_y


def _body(canvas: Canvas, rng: np.random.Generator, turn: float) -> Floats:
    """Brightness from the body's own curve, a cast shadow and the lens's vignette."""
    scene = canvas.scene
    x, y = canvas.xy
    axis = _limb_axis(scene)
    across = (x - 0.5) * np.float32(-np.sin(axis)) + (y - 0.5) * np.float32(np.cos(axis))
    curve = _ROUNDNESS[scene.site] * (0.25 + 0.75 * scene.falloff)
    if scene.limb:
        curve = max(curve, 0.7)
    brightness = 1 - curve * 1.5 * across**2
    sideways = (x - 0.5) * np.float32(np.cos(turn)) + (y - 0.5) * np.float32(np.sin(turn))
    brightness -= np.float32(0.35 * scene.falloff) * sideways
    brightness -= np.float32(0.5 * scene.falloff) * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
    if rng.uniform() < 0.25 * scene.falloff:
        edge = sideways + 0.05 * fractal(rng, canvas.size, 2, 2) + rng.uniform(-0.45, 0.45)
        brightness *= 1 - 0.32 / (1 + np.exp(edge / 0.06))
    return np.clip(brightness, 0.2, 1.3).astype(np.float32)


def _shine(canvas: Canvas, rng: np.random.Generator, towards: Floats, shape: Floats) -> Floats:
    """Mirror-like highlights where the relief turns to the light."""
    oil = 0.5 + 0.5 * np.clip(fractal(rng, canvas.size, 3, 2), -1, 2)
    base = 0.016 * _SHINE[canvas.scene.site] * oil * shape
    peak = np.exp(-(((towards - 0.42) / 0.22) ** 2))
    return (base * (1 + 2 * np.clip(towards, 0, 1)) + 0.42 * canvas.gloss * peak).astype(np.float32)


def _limb_axis(scene: Scene) -> float:
    """Direction in radians in which an arm or a leg runs through the picture."""
    if scene.textbook:
        return 0.35
    return float(np.random.default_rng([scene.seed, 5]).uniform(0, 3.14))


def limb_cutout(canvas: Canvas, rgb: Floats) -> Floats:
    """Show the blurred room behind an arm or a leg, linear RGB in and out."""
    rng = np.random.default_rng([canvas.scene.seed, 6])
    axis = _limb_axis(canvas.scene)
    x, y = canvas.xy
    across = (x - 0.5) * np.float32(-np.sin(axis)) + (y - 0.5) * np.float32(np.cos(axis))
    half = rng.uniform(0.40, 0.47)
    outside = 1 / (1 + np.exp((half - np.abs(across)) / 0.006))
    canvas.mask &= outside < 0.5
    tint = rng.uniform(0.03, 0.6) * (1 + 0.25 * rng.normal(size=3))
    room = np.clip(tint, 0.01, 0.9) * (1 + 0.2 * fractal(rng, canvas.size, 2, 2))[..., None]
    return (rgb + outside[..., None] * (np.clip(room, 0, 1) - rgb)).astype(np.float32)


def expose(scene: Scene, linear: Floats) -> NDArray[np.uint8]:
    """Blur, add sensor noise and encode linear RGB (H, W, 3) as sRGB bytes."""
    size = linear.shape[0]
    rng = np.random.default_rng([scene.seed, 7])
    noise = 0.004 if scene.textbook else rng.uniform(0.004, 0.013)
    image = Image.fromarray((np.clip(to_srgb(linear), 0, 1) * 255 + 0.5).astype(np.uint8))
    if scene.blur * size / 1000 > 0.2:
        image = image.filter(ImageFilter.GaussianBlur(scene.blur * size / 1000))
    grain = rng.standard_normal((size, size, 3), np.float32) * np.float32(255 * noise)
    return np.clip(np.asarray(image, np.float32) + grain, 0, 255).astype(np.uint8)
