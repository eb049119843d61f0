"""How well the affected area is found on fresh renders, by skin tone and by light."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, Scene, sample_scene
from workers.evaluation.localizer import iou
from workers.evaluation.seen import Score, fresh, scaled
from workers.localizers import Localizer
from workers.localizers.segmenter import SegmentingLocalizer
from workers.localizers.support.unet import load_unet

KEYS = ("iou", "iou_worst_tone")
USUAL = 240
SEGMENTER = Path("models/demo/segmenter")
_SIZE_PX = 256
_ODD_LIGHT = 0.25
_ODD_EXPOSURE = 0.12
_ODD_FALLOFF = 0.66


def score(seed: int, scale: float) -> Score:
    """Mean intersection over union with the exact mask, and the worst tone's mean."""
    localizer = SegmentingLocalizer(model=load_unet(SEGMENTER))
    return measured(localizer, seed, scaled(USUAL, scale))


def measured(localizer: Localizer, seed: int, count: int) -> Score:
    """Measure one localizer, each condition equally often."""
    groups: dict[str, list[float]] = defaultdict(list)
    for number in range(count):
        condition = CONDITIONS[number % len(CONDITIONS)]
        picture = render(sample_scene(fresh(seed, number), conditions=(condition,)), _SIZE_PX)
        found = iou(localizer.locate(picture.image).mask, picture.mask)
        for group in ("all", condition, f"tone {picture.scene.tone}", *lights(picture.scene)):
            groups[group].append(found)
    means = {name: round(float(np.mean(found)), 3) for name, found in sorted(groups.items())}
    return Score(
        figures={"iou": means.pop("all"), "iou_worst_tone": _worst(means, "tone")},
        counts=dict.fromkeys(KEYS, count),
        details={"iou_worst_light": _worst(means, "light"), "by_group": means},
    )


def lights(scene: Scene) -> list[str]:
    """Return the names of what is unusual about a scene's light, or that nothing is."""
    odd = {
        "light warm": scene.warmth > _ODD_LIGHT,
        "light cold": scene.warmth < -_ODD_LIGHT,
        "light dim": scene.exposure < 1 - _ODD_EXPOSURE,
        "light strong": scene.exposure > 1 + _ODD_EXPOSURE,
        "light uneven": scene.falloff > _ODD_FALLOFF,
    }
    return [name for name, is_so in odd.items() if is_so] or ["light plain"]


def _worst(means: dict[str, float], kind: str) -> float:
    return min(mean for group, mean in means.items() if group.startswith(kind))
