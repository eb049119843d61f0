"""Turns a scene into a picture, its exact lesion mask, its skin angle and its caption."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.demo_pack.canvas import Canvas, plain_canvas
from workers.demo_pack.colour import BASE_HAEMOGLOBIN, ita_deg, reflectance
from workers.demo_pack.dressing import dress
from workers.demo_pack.lesions_bumps import paint_acne, paint_impetigo, paint_zoster
from workers.demo_pack.lesions_growths import (
    paint_carcinoma,
    paint_keratosis,
    paint_melanoma,
    paint_nevus,
)
from workers.demo_pack.lesions_patches import (
    paint_eczema,
    paint_psoriasis,
    paint_ringworm,
    paint_urticaria,
    paint_vitiligo,
)
from workers.demo_pack.optics import albedo, expose, light, limb_cutout
from workers.demo_pack.prompts import prompt
from workers.demo_pack.scene import Scene

_PAINTERS: dict[str, Callable[[Canvas], None]] = {
    "melanocytic-nevus": paint_nevus,
    "melanoma": paint_melanoma,
    "basal-cell-carcinoma": paint_carcinoma,
    "seborrheic-keratosis": paint_keratosis,
    "psoriasis": paint_psoriasis,
    "eczema": paint_eczema,
    "acne": paint_acne,
    "vitiligo": paint_vitiligo,
    "tinea-corporis": paint_ringworm,
    "urticaria": paint_urticaria,
    "herpes-zoster": paint_zoster,
    "impetigo": paint_impetigo,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """A rendered picture and what is known about it for certain.

    Attributes:
        image: sRGB bytes, (H, W, 3).
        mask: True on the lesion, (H, W).
        ita_deg: Individual typology angle of the person's skin away from the lesion, in degrees.
        caption: The text-to-image prompt that describes the picture.
        scene: What was asked for.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    ita_deg: float
    caption: str
    scene: Scene


def render(scene: Scene, size_px: int = 256) -> Render:
    """Render a scene as a square picture; the same scene and size give the same bytes."""
    canvas = plain_canvas(scene, size_px)
    paint(canvas, scene.condition)
    return developed(canvas)


def paint(canvas: Canvas, condition: str) -> None:
    """Paint a condition into a canvas; plain skin paints nothing."""
    painter = _PAINTERS.get(condition)
    if painter is not None:
        painter(canvas)


def developed(canvas: Canvas) -> Render:
    """Let light fall on a painted canvas and take the picture."""
    scene = canvas.scene
    linear = light(canvas, albedo(canvas))
    if scene.limb:
        linear = limb_cutout(canvas, linear)
    image = expose(scene, dress(scene, linear))
    pigments = (
        np.array([canvas.base_melanin], np.float32),
        np.array([BASE_HAEMOGLOBIN], np.float32),
    )
    return Render(
        image=image,
        mask=canvas.mask,
        ita_deg=float(ita_deg(reflectance(*pigments))[0]),
        caption=prompt(scene.condition, scene.tone, scene.site, scene.severity),
        scene=scene,
    )
