"""How well the photo gate and the skin tone do on renders.

`python -m workers.evaluation.photo_gate` prints one JSON object: false rejects on honest renders
of all tones, sites and lights, with hair, ink and rulers; catches of each defect at the level that
`docs/photos.md` names; the error of the skin angle; how often the remark about a ruler or ink is
right.
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from core.photos.gate import inspect
from core.photos.tone import estimate
from workers.demo_pack.renderer import Render, render
from workers.demo_pack.scene import CONDITIONS, PLAIN, sample_scene
from workers.evaluation import photo_defects as defects

# The documented levels, and the reasons that count as a catch.
LEVELS: dict[str, tuple[defects.Defect, frozenset[str]]] = {
    "blurred 3 %": (defects.blurred(0.03), frozenset({"blurred"})),
    "dark 1/32": (defects.exposed(1 / 32), frozenset({"too-dark"})),
    "bright x16": (defects.exposed(16), frozenset({"too-bright", "glare"})),
    "glare 15 %": (defects.glaring(0.15), frozenset({"glare", "too-bright"})),
    "no skin": (defects.elsewhere, frozenset({"no-skin"})),
    "drawing": (defects.drawing, frozenset({"drawing", "screenshot", "no-skin"})),
    "screenshot": (defects.screenshot, frozenset({"screenshot", "drawing"})),
    "histology": (defects.slide, frozenset({"histology"})),
}

_LIGHTS = (0.85, 1.15)
"""Exposures below and above which a picture counts as dim and as bright."""


def measure(count: int, seed: int, size_px: int = 256) -> dict[str, Any]:
    """Measure over ``count`` honest renders and as many of each defect."""
    scenes = [
        sample_scene(seed + i, tone=i % 6 + 1, conditions=(*CONDITIONS, PLAIN))
        for i in range(count)
    ]
    honest = [render(scene, size_px) for scene in scenes]
    reasons = Counter(inspect(picture.image).reason for picture in honest)
    caught = {name: _caught(name, count, seed, size_px) for name in LEVELS}
    return {
        "gate_false_reject": 1 - reasons[None] / count,
        "false_reasons": {str(k): n for k, n in reasons.items() if k},
        "gate_catch": float(np.mean(list(caught.values()))),
        "gate_catch_worst": min(caught.values()),
        "caught": caught,
        **_tone_errors(honest),
        **_remarks(honest),
        "pictures": count,
    }


def _caught(name: str, count: int, seed: int, size_px: int) -> float:
    make, wanted = LEVELS[name]
    hits = sum(inspect(make(seed + i, size_px)).reason in wanted for i in range(count))
    return hits / count


def _tone_errors(honest: list[Render]) -> dict[str, float]:
    """Median absolute error of the angle, over all, in the worst tone and light; band coverage."""
    pairs = [(picture, tone) for picture in honest if (tone := estimate(picture.image))]
    errors = np.array([abs(tone.ita_deg - picture.ita_deg) for picture, tone in pairs])
    tones = np.array([picture.scene.tone for picture, _ in pairs])
    exposures = np.array([picture.scene.exposure for picture, _ in pairs])
    lights = np.digitize(exposures, _LIGHTS)  # dim, right, bright
    held = [tone.low <= picture.scene.tone <= tone.high for picture, tone in pairs]
    return {
        "ita_median_error_deg": float(np.median(errors)),
        "ita_worst_tone_median_deg": max(
            float(np.median(errors[tones == tone])) for tone in np.unique(tones)
        ),
        "ita_worst_light_median_deg": max(
            float(np.median(errors[lights == light])) for light in np.unique(lights)
        ),
        "band_coverage": float(np.mean(held)),
        "tone_measured": len(pairs) / len(honest),
    }


def _remarks(honest: list[Render]) -> dict[str, float]:
    """How often a ruler or ink is noticed, and how often one is imagined."""
    noticed = ["ruler-ink" in inspect(picture.image).notes for picture in honest]
    with_one = [
        "ruler-ink" in inspect(render(scene, 256).image).notes
        for p in honest[: max(len(honest) // 4, 1)]
        for scene in (replace(p.scene, ruler=True), replace(p.scene, ink=True))
    ]
    without = [
        n for n, p in zip(noticed, honest, strict=True) if not (p.scene.ruler or p.scene.ink)
    ]
    return {
        "ruler_ink_noticed": float(np.mean(with_one)),
        "ruler_ink_imagined": float(np.mean(without)),
    }


def main() -> None:
    """Measure and print JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=7_000_000)
    args = parser.parse_args()
    sys.stdout.write(json.dumps(measure(args.count, args.seed)) + "\n")


if __name__ == "__main__":
    main()
