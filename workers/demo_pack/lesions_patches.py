"""Painters of plaques and patches: psoriasis, eczema, vitiligo, ringworm, urticaria.

Each painter's docstring gives the morphology that it follows and where it was read.
"""

import numpy as np

from workers.demo_pack.canvas import SCALE, Canvas
from workers.demo_pack.colour import BASE_HAEMOGLOBIN, Floats
from workers.demo_pack.fields import inside, outline, scatter, smooth
from workers.demo_pack.lesions_growths import centre


def inflame(canvas: Canvas, amount: Floats) -> None:
    """Redden, and darken as inflamed brown skin does (it reads as violet-brown there)."""
    canvas.redden(amount)
    canvas.melanin += np.float32(0.14 * min(canvas.base_melanin, 2.0)) * amount


def paint_psoriasis(canvas: Canvas) -> None:
    """Raised plaques with a sharp border, salmon to violet, under thick silvery scale.

    Source: DermNet, "Psoriasis"; "Psoriasis in skin of colour".
    """
    rng, severity = canvas.rng, canvas.scene.severity
    places = _places(canvas, 0.2 * (0.8 + 0.17 * severity), severity - 1 + int(rng.integers(2)))
    edge = canvas.shapes(places, rough=0.13, cells=8)
    cover, deep = inside(edge, 0.006), inside(edge + 0.024, 0.014)
    flakes = np.clip(0.18 + 0.13 * severity + 0.36 * canvas.noise(18, 3, 0.9), 0, 1)
    inflame(canvas, cover * rng.uniform(0.8, 1.0))
    canvas.cover(0.85 * flakes * deep, SCALE)
    canvas.height += cover * (9 + 4 * flakes + 1.2 * canvas.noise(22, 2))
    canvas.mark(cover)


def paint_eczema(canvas: Canvas) -> None:
    """Ill-defined red, dry, rough area with tiny papules, cracks and scratch marks.

    Source: DermNet, "Atopic dermatitis"; "Eczema in skin of colour" (papular, darker).
    """
    rng, severity = canvas.rng, canvas.scene.severity
    radius = rng.uniform(0.26, 0.32) * (0.88 + 0.14 * severity)
    edge = canvas.shapes([(centre(canvas, 0.12), radius)], rough=0.16, cells=4)
    cover = inside(edge, 0.045)
    patchy = np.clip(0.72 + 0.22 * canvas.noise(7, 3, 0.8), 0.1, 1.2)
    inflame(canvas, cover * patchy * (0.42 + 0.15 * severity))
    canvas.melanin += 0.16 * cover * patchy
    grains = np.clip(canvas.noise(24, 2, 0.9) - 0.55, 0, 1.4)
    canvas.haemoglobin += 0.35 * grains * cover
    canvas.height += cover * (5.0 * grains + 1.6 * canvas.noise(20, 2))
    dry = np.clip(canvas.noise(16, 3, 0.9) - 1.0, 0, 0.8)
    canvas.cover(dry * cover * (0.28 + 0.08 * severity), SCALE)
    _scratches(canvas, cover, 2 * severity)
    canvas.mark(cover)


def _scratches(canvas: Canvas, cover: Floats, count: int) -> None:
    """Draw short parallel lines of fresh scratching."""
    rng = canvas.rng
    turn = rng.uniform(0, 3.14)
    for x, y in rng.uniform(0.25, 0.75, (count, 2)):
        angle = turn + rng.normal() * 0.15
        dx, dy = canvas.xy[0] - x, canvas.xy[1] - y
        along = (dx * np.cos(angle) + dy * np.sin(angle)) / rng.uniform(0.05, 0.1)
        across = (dy * np.cos(angle) - dx * np.sin(angle)) / 0.006
        canvas.haemoglobin += 0.9 * cover * np.exp(-(along**4) - across**2)


def paint_vitiligo(canvas: Canvas) -> None:
    """Flat chalk-white patches with a sharp scalloped border and normal surface.

    Source: DermNet, "Vitiligo".
    """
    rng, severity = canvas.rng, canvas.scene.severity
    places = _places(canvas, rng.uniform(0.15, 0.18) * (0.8 + 0.2 * severity), severity)
    lost = inside(canvas.shapes(places, rough=0.2, cells=5), 0.006)
    canvas.melanin *= 1 - 0.985 * lost
    canvas.haemoglobin -= (0.62 * BASE_HAEMOGLOBIN) * lost
    canvas.cover(0.22 * lost, (0.93, 0.88, 0.83))
    border = np.clip(1 - np.abs(lost - 0.5) * 2, 0, 1)
    canvas.melanin += 0.12 * border * (1 - lost)
    canvas.mark(lost)


def paint_ringworm(canvas: Canvas) -> None:
    """Ring with a raised, red, scaly edge, tiny bumps on it, and a clearing middle.

    Source: DermNet, "Tinea corporis".
    """
    rng, severity = canvas.rng, canvas.scene.severity
    points = [centre(canvas, 0.12)]
    points += scatter(rng, int(severity == 3), 0.1, 0.9, 0.4)
    rough = canvas.noise(20, 2)
    for index, at in enumerate(points):
        radius = rng.uniform(0.19, 0.23) * (0.75 + 0.2 * severity) * (1 if index == 0 else 0.55)
        edge = outline(rng, canvas.xy, (at, radius), irregular=0.04, stretch=0.08)
        edge += 0.007 * rough
        ring = np.exp(-(((edge + 0.012) / (0.024 + 0.003 * severity)) ** 2)).astype(np.float32)
        whole = inside(edge, 0.01)
        inflame(canvas, ring * rng.uniform(0.75, 0.95) + 0.13 * whole)
        canvas.cover(ring * np.clip(0.16 + 0.36 * canvas.noise(24, 2, 0.9), 0, 0.7), SCALE)
        canvas.height += ring * (11 + 2.5 * rough)
        canvas.mark(np.maximum(whole, ring))


def paint_urticaria(canvas: Canvas) -> None:
    """Smooth raised wheals, pale in the middle, pink at the edge, inside a red flare; no scale.

    Source: DermNet, "Acute urticaria".
    """
    severity = canvas.scene.severity
    places = _places(canvas, 0.095 * (0.9 + 0.12 * severity), 2 + 2 * severity, smaller=0.85)
    edge = canvas.shapes(places, rough=0.2, cells=6, stretch=0.2)
    wheal, core = inside(edge, 0.009), inside(edge + 0.034, 0.014)
    flare = inside(edge - 0.03, 0.02)
    inflame(canvas, np.clip(0.42 * flare + 0.38 * wheal - 0.62 * core, 0, None))
    canvas.haemoglobin -= 0.07 * core
    canvas.melanin *= 1 - 0.10 * core
    canvas.height += 8 * smooth(inside(edge + 0.016, 0.014), 0.008)
    canvas.gloss += 0.1 * wheal
    canvas.mark(wheal)


def _places(
    canvas: Canvas, radius: float, others: int, smaller: float = 0.6
) -> list[tuple[tuple[float, float], float]]:
    """Middle and radius of a main lesion and of smaller ones around it."""
    rng = canvas.rng
    points = scatter(rng, others, 0.08, 0.92, 0.22)
    sizes = radius * smaller * rng.uniform(0.8, 1.2, len(points))
    main = (centre(canvas, 0.12), radius * rng.uniform(0.9, 1.1))
    return [main, *zip(points, sizes.tolist(), strict=True)]
