"""Scores a cell of the experiment with the independent classifier, which knows renders only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler
from numpy.typing import NDArray
from PIL import Image

from workers.demo_pack.judge import Judge, load_judge
from workers.demo_pack.scene import CONDITIONS, HELD_OUT, SITES, Scene
from workers.demo_pack.schedule import pixels
from workers.demo_pack.train_lora import load_base
from workers.training.captions import caption
from workers.training.datasets.rendered import notes_of
from workers.training.grid import Style
from workers.training.hush import quiet

BASE: Final = tuple(c for c in CONDITIONS if c not in HELD_OUT)
GUIDANCE: Final = 2.5
_SEED: Final = 2_000_000_000
_BATCH: Final = 9
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What the judge says of some pictures.

    Attributes:
        right: Which pictures it takes for what they should show, (N,).
        certainty: Its probability for what they should show, (N,), from 0 to 1.
        pictures: The pictures, (N, S, S, 3).
    """

    right: NDArray[np.bool_]
    certainty: NDArray[np.float64]
    pictures: Bytes


@dataclass(slots=True)
class Examiner:
    """A base pipeline, adapters that come and go, and the judge."""

    base: Path
    judge_file: Path
    drawing_steps: int
    _pipe: Any = field(init=False)
    _judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        """Load both models."""
        self._pipe = load_base(self.base)
        scheduler = self._pipe.scheduler.config
        self._pipe.scheduler = DPMSolverMultistepScheduler.from_config(scheduler)
        self._judge = load_judge(self.judge_file)

    def score(
        self, adapter: Path | None, conditions: Sequence[str], style: Style, seed: int
    ) -> Scores:
        """Draw one picture per condition with an adapter, or with none, and judge them."""
        if adapter is not None:
            with quiet():
                self._pipe.load_lora_weights(adapter, adapter_name="cell")
        try:
            pictures = self._draw(conditions, style, seed)
        finally:
            if adapter is not None:
                self._pipe.unload_lora_weights()
        wanted = np.array([CONDITIONS.index(condition) for condition in conditions])
        chances = certainties(self._judge, pictures)
        return Scores(
            right=chances.argmax(1) == wanted,
            certainty=chances[np.arange(len(wanted)), wanted],
            pictures=pictures,
        )

    def _draw(self, conditions: Sequence[str], style: Style, seed: int) -> Bytes:
        captions = [
            caption(notes_of(scene(condition, number)), style, HELD_OUT)
            if condition in HELD_OUT
            # Base conditions are asked for as the base learned them.
            else notes_of(scene(condition, number)).caption or ""
            for number, condition in enumerate(conditions)
        ]
        seeds = [
            torch.Generator().manual_seed(_SEED + seed * 1000 + i) for i in range(len(captions))
        ]
        parts = []
        for start in range(0, len(captions), _BATCH):
            out = self._pipe(
                captions[start : start + _BATCH],
                num_inference_steps=self.drawing_steps,
                guidance_scale=GUIDANCE,
                generator=seeds[start : start + _BATCH],
                output_type="np",
            )
            parts.append((np.asarray(out.images) * 255).round().astype(np.uint8))
        return np.concatenate(parts)


def scene(condition: str, number: int) -> Scene:
    """Return what the scored picture of a number should show; tone, site, severity take turns."""
    return Scene(
        condition=condition,
        tone=number % 6 + 1,
        site=SITES[number // 2 % 6],
        severity=number // 3 % 3 + 1,
        seed=0,
    )


@torch.no_grad()
def certainties(judge: Judge, pictures: Bytes) -> NDArray[np.float64]:
    """Return the judge's probability of every condition, (N, 12)."""
    logits = judge(pixels(pictures))[0]
    return np.asarray(logits.double().softmax(1).numpy())


def as_jpeg(picture: Image.Image) -> str:
    """Return a picture as JPEG, in hexadecimal so that a result's file can hold it."""
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=72, optimize=True)
    return stream.getvalue().hex()
