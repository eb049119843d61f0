"""Painters of many small lesions: acne, herpes zoster, impetigo.

Each painter's docstring gives the morphology that it follows and where it was read.
"""

import numpy as np

from workers.demo_pack.canvas import BLISTER, CRUST, HONEY, PUS, Canvas
from workers.demo_pack.fields import inside, outline, scatter, spot
from workers.demo_pack.lesions_growths import centre
from workers.demo_pack.lesions_patches import inflame


def paint_acne(canvas: Canvas) -> None:
    """Scattered papules, yellow-headed pustules, black and white comedones, old dark marks.

    Source: DermNet, "Acne vulgaris".
    """
    rng, severity = canvas.rng, canvas.scene.severity
    canvas.redden(0.05 * (1 + canvas.noise(3, 3)))
    for at in scatter(rng, 6 + 6 * severity, 0.06, 0.94, 0.075):
        radius = rng.uniform(0.015, 0.024) * (0.9 + 0.1 * severity)
        bump = spot(canvas.xy, at, radius)
        kind = rng.uniform()
        if kind < 0.22:
            canvas.cover(0.85 * spot(canvas.xy, at, radius * 0.55), CRUST)
            canvas.mark(1.6 * bump)
            continue
        if kind < 0.34:
            canvas.melanin += 0.35 * bump
            canvas.mark(1.2 * bump)
            continue
        inflame(canvas, rng.uniform(0.7, 1.0) * spot(canvas.xy, at, radius * 1.7))
        canvas.height += radius * 560 * bump
        canvas.gloss += 0.5 * bump
        canvas.mark(1.2 * spot(canvas.xy, at, radius * 1.5))
        if kind < 0.72:
            canvas.cover(1.25 * spot(canvas.xy, at, radius * 0.62), PUS)


def paint_zoster(canvas: Canvas) -> None:
    """Clusters of clear to cloudy blisters on red skin, in a band along one nerve; later crusts.

    Source: DermNet, "Herpes zoster".
    """
    rng, severity = canvas.rng, canvas.scene.severity
    x, y = centre(canvas, 0.08)
    turn = rng.uniform(-0.5, 0.5)
    for step in np.linspace(-0.36, 0.36, 3 + severity) + rng.normal(0, 0.015, 3 + severity):
        at = (x + step * np.cos(turn), y + step * np.sin(turn) + rng.normal() * 0.03)
        edge = outline(rng, canvas.xy, (at, rng.uniform(0.09, 0.12)), irregular=0.1)
        inflame(canvas, 0.75 * inside(edge, 0.016))
        canvas.mark(inside(edge, 0.016))
        for offset in rng.normal(0, 0.042, (5 + severity, 2)):
            _blister(canvas, (at[0] + offset[0], at[1] + offset[1]))


def _blister(canvas: Canvas, at: tuple[float, float]) -> None:
    """Draw one tense blister: pale, domed and shiny, or dried to a crust in late disease."""
    rng = canvas.rng
    radius = rng.uniform(0.014, 0.021)
    dome = np.clip(1.3 * spot(canvas.xy, at, radius), 0, 1)
    if rng.uniform() < 0.12 * (canvas.scene.severity - 1):
        canvas.cover(0.85 * dome, CRUST)
        return
    canvas.melanin *= 1 - 0.4 * dome
    canvas.cover(0.42 * dome, BLISTER if rng.uniform() < 0.6 else PUS)
    canvas.height += radius * 620 * dome
    canvas.gloss += 0.9 * dome


def paint_impetigo(canvas: Canvas) -> None:
    """Raw red patches under thick honey-coloured crusts, spreading by satellites.

    Source: DermNet, "Impetigo".
    """
    rng, severity = canvas.rng, canvas.scene.severity
    main = rng.uniform(0.12, 0.15) * (0.8 + 0.2 * severity)
    places = [(centre(canvas, 0.12), main)]
    places += [(at, 0.4 * main) for at in scatter(rng, 2 * severity, 0.1, 0.9, 0.17)]
    lumps = canvas.noise(12, 3, 0.8)
    edge = canvas.shapes(places, rough=0.17, cells=7)
    raw = inside(edge, 0.009)
    inflame(canvas, 0.85 * raw)
    crust = inside(edge + 0.022 + 0.014 * lumps, 0.010)
    canvas.cover(crust * np.clip(0.80 + 0.14 * lumps, 0.4, 0.97), HONEY)
    canvas.cover(0.3 * crust * np.clip(lumps - 0.3, 0, 1), PUS)
    canvas.cover(0.5 * crust * np.clip(-lumps - 0.5, 0, 1), CRUST)
    canvas.height += crust * (7 + 2.4 * lumps)
    canvas.gloss += 0.25 * crust + 0.2 * raw
    canvas.mark(raw)
