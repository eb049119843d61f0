"""Painters of single growths: nevus, melanoma, basal cell carcinoma, seborrheic keratosis.

Each painter's docstring gives the morphology that it follows and where it was read. Lengths are
shares of the picture's width, which stands for about five centimetres of skin.
"""

import numpy as np

from workers.demo_pack.canvas import BLUE_GREY, CRUST, KERATIN, SCALE, Canvas
from workers.demo_pack.colour import Floats
from workers.demo_pack.fields import inside, outline, smooth, spot


def centre(canvas: Canvas, reach: float) -> tuple[float, float]:
    """Where the lesion sits: the middle, give or take `reach` (a third of it in an atlas)."""
    spread = reach * (0.3 if canvas.scene.textbook else 1.0)
    x, y = canvas.rng.uniform(0.5 - spread, 0.5 + spread, 2)
    return float(x), float(y)


def paint_nevus(canvas: Canvas) -> None:
    """Small round or oval spot of one even brown, with a smooth border, often slightly raised.

    Source: DermNet, "Melanocytic naevus"; the ABCD criteria's benign side.
    """
    rng = canvas.rng
    radius = rng.uniform(0.055, 0.07) * (1 + 0.32 * (canvas.scene.severity - 1))
    edge = outline(rng, canvas.xy, (centre(canvas, 0.17), radius), irregular=0.02, stretch=0.08)
    cover = inside(edge, 0.008)
    depth = rng.uniform(0.75, 1.15) + 0.25 * canvas.base_melanin
    canvas.melanin += cover * np.float32(depth) * (1 + 0.05 * canvas.noise(8))
    canvas.height += rng.uniform(2, 16) * _dome(edge, radius)
    canvas.mark(cover)


def paint_melanoma(canvas: Canvas) -> None:
    """Asymmetric large patch, notched border, several colours: brown, black, blue-grey, red, white.

    Source: DermNet, "Melanoma"; ABCDE rule, N. R. Abbasi et al., JAMA 292 (2004) 2771.
    """
    rng, scene = canvas.rng, canvas.scene
    radius = rng.uniform(0.13, 0.16) * (1 + 0.25 * (scene.severity - 1))
    x, y = centre(canvas, 0.1)
    second = (x + rng.normal() * 0.6 * radius, y + rng.normal() * 0.6 * radius)
    places = (((x, y), radius), (second, 0.62 * radius))
    edge = canvas.shapes(places, rough=0.24, cells=7, stretch=0.2)
    cover = inside(edge, 0.007)
    pattern = canvas.noise(4, 4, 0.7)
    depth = 1.0 + 0.2 * canvas.base_melanin + 0.55 * pattern
    canvas.melanin += cover * np.maximum(depth, 0.25)
    for index in range(2 + scene.severity):
        at = (x + rng.normal() * radius * 0.5, y + rng.normal() * radius * 0.5)
        blotch = outline(rng, canvas.xy, (at, radius * rng.uniform(0.25, 0.5)), irregular=0.2)
        _colour_melanoma(canvas, inside(blotch, 0.014) * cover, index)
    canvas.height += (3 + 4 * scene.severity) * cover * (1 + 0.35 * canvas.noise(8))
    canvas.mark(cover)


def _colour_melanoma(canvas: Canvas, area: Floats, index: int) -> None:
    """Give one part of a melanoma its own colour: black, blue-grey, red or regressed white."""
    match index % 4:
        case 0:
            canvas.melanin += 2.2 * area
        case 1:
            canvas.cover(0.62 * area, BLUE_GREY)
        case 2:
            canvas.melanin *= 1 - 0.45 * area
            canvas.redden(0.8 * area)
        case _:
            canvas.cover(0.33 * area, SCALE)


def paint_carcinoma(canvas: Canvas) -> None:
    """Pearly dome with a rolled shiny border and branching vessels; later a central ulcer.

    Source: DermNet, "Basal cell carcinoma" (nodular); pigment on dark skin: same, "in skin of
    colour".
    """
    rng, scene = canvas.rng, canvas.scene
    radius = rng.uniform(0.095, 0.115) * (1 + 0.28 * (scene.severity - 1))
    middle = centre(canvas, 0.14)
    edge = outline(rng, canvas.xy, (middle, radius), irregular=0.04, stretch=0.08)
    cover, rim = inside(edge, 0.009), np.exp(-(((edge + 0.022) / 0.02) ** 2))
    canvas.redden(0.30 * cover)
    canvas.melanin *= 1 - 0.35 * cover
    canvas.cover(0.16 * rim * cover + 0.12 * cover, (0.80, 0.64, 0.60))
    _vessels(canvas, middle, radius, cover)
    pit = spot(canvas.xy, middle, radius * (0.18 + 0.14 * scene.severity))
    canvas.height += 24 * _dome(edge, radius) + 3 * rim * cover - (4 + 7 * scene.severity) * pit
    canvas.gloss += 0.8 * cover * (1 - 0.7 * pit)
    if scene.severity > 1:
        ulcer = inside(0.42 - pit - 0.12 * canvas.noise(9), 0.08) * cover
        canvas.redden(1.1 * ulcer)
        canvas.cover(0.78 * ulcer, CRUST)
    canvas.mark(cover)


def _vessels(canvas: Canvas, middle: tuple[float, float], radius: float, cover: Floats) -> None:
    """Draw tree-like vessels that run inwards from the border."""
    rng = canvas.rng
    dx, dy = canvas.xy[0] - middle[0], canvas.xy[1] - middle[1]
    bend = 0.012 * canvas.noise(7, 2)
    vessels = np.zeros_like(dx)
    for turn in rng.uniform(0, 6.28) + np.arange(5) * 1.26 + rng.normal(0, 0.2, 5):
        across = -dx * np.sin(turn) + dy * np.cos(turn) + bend
        along = dx * np.cos(turn) + dy * np.sin(turn)
        reach = inside(radius * 0.3 - along, 0.01)
        vessels = np.maximum(vessels, np.exp(-((across / 0.0055) ** 2)) * reach)
    canvas.haemoglobin += (0.95 * vessels * cover).astype(np.float32)


def paint_keratosis(canvas: Canvas) -> None:
    """Waxy, warty plaque that looks stuck on: sharp edge, furrows, horn plugs, tan to dark brown.

    Source: DermNet, "Seborrhoeic keratosis".
    """
    rng, scene = canvas.rng, canvas.scene
    radius = rng.uniform(0.125, 0.15) * (1 + 0.27 * (scene.severity - 1))
    edge = canvas.shapes([(centre(canvas, 0.12), radius)], rough=0.07, cells=9)
    cover = inside(edge, 0.006)
    ridges = 1 - np.abs(canvas.noise(9, 2, 0.5))
    depth = rng.uniform(0.6, 0.95) + 0.15 * canvas.base_melanin
    canvas.melanin += cover * (depth + 0.75 * np.clip(0.35 - ridges, -0.1, 0.9)).astype(np.float32)
    canvas.cover(0.20 * cover * np.clip(ridges, 0, 1), KERATIN)
    for _ in range(5 + 4 * scene.severity):
        turn, out = rng.uniform(0, 6.28), radius * np.sqrt(rng.uniform(0, 0.75))
        at = (_at(edge)[0] + out * np.cos(turn), _at(edge)[1] + out * np.sin(turn))
        plug = spot(canvas.xy, at, rng.uniform(0.008, 0.013)) * cover
        canvas.cover(0.75 * plug, SCALE if rng.uniform() < 0.5 else CRUST)
    canvas.height += cover * (11 + 3.2 * scene.severity) * (1 + 0.5 * smooth(ridges, 0.004))
    canvas.mark(cover)


def _at(edge: Floats) -> tuple[float, float]:
    """Deepest point of a closed curve's inside."""
    row, column = np.unravel_index(int(np.argmin(edge)), edge.shape)
    return (float(column) + 0.5) / edge.shape[1], (float(row) + 0.5) / edge.shape[0]


def _dome(edge: Floats, radius: float) -> Floats:
    """Height of a flat dome of 1 over a curve's inside."""
    depth = np.clip(-edge / np.float32(radius), 0, 1)
    return np.sqrt(1 - (1 - depth) ** 2).astype(np.float32)
