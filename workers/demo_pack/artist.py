"""Draws with the demo Stable Diffusion and its adapters, and asks the independent classifier."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline
from numpy.typing import NDArray

from workers.demo_pack.colour import ita_deg, to_linear, tone_of
from workers.demo_pack.judge import Judge, verdicts
from workers.demo_pack.prompts import prompt
from workers.demo_pack.scene import CONDITIONS, SITES
from workers.demo_pack.train_lora import load_base

STEPS = 16
GUIDANCE = 2.5
_BATCH = 12
Bytes = NDArray[np.uint8]


class Artist:
    """The pipeline as it is loaded offline, with any adapters under their conditions' names."""

    def __init__(self, base: Path, adapters: Path | None = None) -> None:
        self.pipe: StableDiffusionPipeline = load_base(base)
        self.pipe.scheduler = DPMSolverMultistepScheduler.from_config(self.pipe.scheduler.config)
        self.adapters = sorted(p.name for p in adapters.iterdir() if p.is_dir()) if adapters else []
        for name in self.adapters:
            self.pipe.load_lora_weights(adapters / name, adapter_name=name)  # type: ignore[operator]

    def use(self, adapter: str | None) -> None:
        """Switch to one adapter, or to none."""
        if adapter is None:
            if self.adapters:
                self.pipe.disable_lora()
            return
        self.pipe.enable_lora()
        self.pipe.set_adapters([adapter])

    def draw(self, conditions: Sequence[str], seed: int) -> Bytes:
        """One picture per condition, (N, S, S, 3); tones, sites and severities take turns."""
        prompts = [
            prompt(c, i % 6 + 1, SITES[i // 2 % 6], i // 3 % 3 + 1)
            for i, c in enumerate(conditions)
        ]
        seeds = [torch.Generator().manual_seed(seed + i) for i in range(len(prompts))]
        parts = []
        for start in range(0, len(prompts), _BATCH):
            out = self.pipe(
                prompts[start : start + _BATCH],
                num_inference_steps=STEPS,
                guidance_scale=GUIDANCE,
                generator=seeds[start : start + _BATCH],
                output_type="np",
            )
            parts.append((np.asarray(out.images) * 255).round().astype(np.uint8))
        return np.concatenate(parts)


def recognised(judge: Judge, images: Bytes, conditions: Sequence[str]) -> NDArray[np.bool_]:
    """Which pictures the judge takes for what they should show."""
    wanted = np.array([CONDITIONS.index(condition) for condition in conditions])
    return verdicts(judge, images)[0] == wanted


def tone_near(images: Bytes) -> NDArray[np.bool_]:
    """Which pictures of `Artist.draw` have skin within one Fitzpatrick type of the prompt's.

    The skin is read along the picture's frame, where an atlas picture shows little lesion.
    """
    return np.array(
        [abs(measured_tone(image) - (i % 6 + 1)) <= 1 for i, image in enumerate(images)]
    )


def measured_tone(image: Bytes) -> int:
    """Fitzpatrick type of the median colour of a picture's outer tenth."""
    edge = max(1, image.shape[0] // 10)
    frame = np.ones(image.shape[:2], bool)
    frame[edge:-edge, edge:-edge] = False
    colour = to_linear(np.median(image[frame], axis=0).astype(np.float32) / 255)
    return tone_of(float(ita_deg(colour)))
