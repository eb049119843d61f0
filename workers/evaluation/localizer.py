"""How well a localizer finds lesions on renders: `python -m workers.evaluation.localizer`.

Prints one JSON object: intersection over union with the exact mask, over all and by condition,
tone and site, on scenes of all lights with hair, ink and rulers.
"""

import argparse
import json
import sys
from collections import defaultdict
from typing import Any

import numpy as np

from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, sample_scene
from workers.localizers import Localizer, Mask
from workers.localizers.classical import ClassicalLocalizer


def measure(localizer: Localizer, count: int, seed: int, size_px: int = 256) -> dict[str, Any]:
    """Measure over ``count`` renders, each condition equally often, tones and sites at random."""
    groups: dict[str, list[float]] = defaultdict(list)
    for i in range(count):
        scene = sample_scene(seed + i, conditions=(CONDITIONS[i % len(CONDITIONS)],))
        picture = render(scene, size_px)
        score = iou(localizer.locate(picture.image).mask, picture.mask)
        for group in ("all", scene.condition, f"tone {scene.tone}", scene.site):
            groups[group].append(score)
    means = {group: round(float(np.mean(scores)), 3) for group, scores in sorted(groups.items())}
    return {
        "iou": means.pop("all"),
        "iou_median": round(float(np.median(groups["all"])), 3),
        "iou_worst_tone": min(mean for group, mean in means.items() if group.startswith("tone")),
        "by_group": means,
        "pictures": count,
    }


def iou(found: Mask, truth: Mask) -> float:
    """Intersection over union of two masks; 1 when both are empty."""
    union = int((found | truth).sum())
    return int((found & truth).sum()) / union if union else 1.0


def main() -> None:
    """Measure the classical localizer and print JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=8_000_000)
    args = parser.parse_args()
    result = measure(ClassicalLocalizer(), args.count, args.seed)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
