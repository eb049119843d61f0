"""Pictures on a person's own photo: does anything change outside the spot, and does skin stay?"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from core.domain.cases import PictureSpec
from core.photos.tone import estimate
from workers.batching import ModelThread
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import sample_scene
from workers.devices import choose
from workers.evaluation.seen import Score, fresh, scaled
from workers.generators import Drawn
from workers.models import build_generator, build_localizer, read_entry
from workers.own_skin.canvas import Canvas, canvas_of
from workers.own_skin.repainting import StudioRepainter
from workers.own_skin.series import OwnSkin
from workers.studio import Studio

KEYS: Final = ("outside_mask_changed_px", "ita_shift_deg")
CONDITIONS: Final = (
    "melanocytic-nevus",
    "psoriasis",
    "eczema",
    "acne",
    "vitiligo",
    "tinea-corporis",
)
"""Harmless conditions that the demo model draws: what a person may ask for."""
SEVERITIES: Final = (0, 1, 3)
_USUAL: Final = 24
_PHOTO_PX: Final = 384


class Free:
    """A hold that nobody takes away."""

    def cancelled(self) -> bool:
        return False

    def lost(self) -> bool:
        return False


def score(seed: int, scale: float) -> Score:
    """Draw all three forms on fresh photos of all tones."""
    changed: list[int] = []
    shifts: list[float] = []
    worst = 0.0
    with ModelThread() as thread:
        skin = own_skin(thread)
        for number in range(scaled(_USUAL, scale)):
            photo, spec = photo_of(seed, number)
            canvas = canvas_of(photo, skin.localizer.locate(photo))
            before = estimate(photo)
            if canvas is None or before is None:
                continue
            for whole, form in asyncio.run(_forms(skin, canvas, spec)):
                outside = ~canvas.area(form)
                changed.append(int((whole != photo)[outside].any(axis=-1).sum()))
                after = estimate(whole)
                if after is not None:
                    shifts.append(abs(after.ita_deg - before.ita_deg))
                    worst = max(worst, shifts[-1])
    return Score(
        figures={
            "outside_mask_changed_px": float(sum(changed)),
            "ita_shift_deg": round(float(np.mean(shifts)), 2),
        },
        counts={"outside_mask_changed_px": len(changed), "ita_shift_deg": len(shifts)},
        details={
            "ita_shift_worst_deg": round(worst, 1),
            "ita_shift_over_5": sum(shift > 5 for shift in shifts),
        },
    )


def own_skin(thread: ModelThread) -> OwnSkin:
    """Return what draws on photos, as the demo pack does, without the check."""
    file, device = Path("config/models.toml"), choose("auto")
    generator = build_generator(read_entry(file, "generator", "demo"), device)
    return OwnSkin(
        repainter=StudioRepainter(studio=Studio(generator, thread)),
        localizer=build_localizer(read_entry(file, "localizer", "demo"), device),
        thread=thread,
    )


def photo_of(seed: int, number: int) -> tuple[np.ndarray, PictureSpec]:
    """Return a fresh photo and what may be drawn on it."""
    condition = CONDITIONS[number % len(CONDITIONS)]
    tone = number % 6 + 1
    scene = sample_scene(fresh(seed, number), conditions=(condition,), tone=tone)
    spec = PictureSpec(
        condition_id=condition, tone=tone, site=scene.site, severity=1, seed=number + 1
    )
    return render(scene, _PHOTO_PX).image, spec


async def _forms(skin: OwnSkin, canvas: Canvas, spec: PictureSpec) -> list[tuple[np.ndarray, int]]:
    forms = []
    for severity in SEVERITIES:
        drawn = await skin.draw(canvas, replace(spec, severity=severity), Free())
        if isinstance(drawn, Drawn):
            forms.append((np.asarray(drawn.image), severity))
    return forms
