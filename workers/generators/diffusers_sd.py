"""Any text-to-image pipeline of diffusers, with LoRA adapters by condition.

The pipeline's own layout says what it is (Stable Diffusion 1 and 2, SDXL, SD 3, FLUX). Options:
``size_px``, ``steps``, ``guidance``, ``negative_prompt``, ``scheduler`` (a class name of
diffusers), ``single_file`` (a checkpoint in the original one-file layout), ``prompt`` (a function
as ``module:name``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import diffusers
import torch
from diffusers import DiffusionPipeline, StableDiffusionPipeline
from diffusers.utils import logging
from huggingface_hub import hf_hub_download

from core.domain.cases import PictureSpec
from core.domain.errors import ModelUnavailable
from workers.devices import Device, memory_guard, settle
from workers.entries import BuildOptions, ModelEntry
from workers.errors import OutOfMemory
from workers.generators import DrawingStopped, Drawn, DrawRequest, Generator
from workers.generators.support.adapters import load_adapters
from workers.generators.support.prompts import Prompt, load_prompt, words_for

ANY: Final = "*"
"""Condition of an adapter that serves all conditions without one of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How pictures are drawn.

    Attributes:
        steps: Denoising steps.
        guidance: Strength of classifier-free guidance.
        size_px: Side of the square picture; None for the pipeline's own.
        negative_prompt: What to steer away from; empty for nothing.
    """

    steps: int
    guidance: float
    size_px: int | None
    negative_prompt: str

    def arguments(self, pictures: int) -> dict[str, Any]:
        """Return the pipeline's arguments for a batch."""
        sizes = {"height": self.size_px, "width": self.size_px} if self.size_px else {}
        steered = {"negative_prompt": [self.negative_prompt] * pictures}
        return {
            "num_inference_steps": self.steps,
            "guidance_scale": self.guidance,
            **sizes,
            **(steered if self.negative_prompt else {}),
        }


@dataclass(slots=True)
class DiffusersGenerator:
    """A pipeline, its adapters and a recipe.

    Attributes:
        name: For records and cards.
        pipe: A text-to-image pipeline.
        device: Where it is.
        recipe: How pictures are drawn.
        words: Gives the prompt.
        adapters: Name of the loaded adapter per condition id.
    """

    name: str
    pipe: Any
    device: Device
    recipe: Recipe
    words: Prompt
    adapters: Mapping[str, str] = field(default_factory=dict)

    def prompt(self, spec: PictureSpec) -> str:
        return words_for(spec, self.words)

    def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
        outcomes: dict[int, Drawn | Exception] = {}
        # One pass per adapter: pictures with the same one share every step.
        numbered = sorted(enumerate(requests), key=lambda pair: self._adapter(pair[1]))
        for adapter, group in groupby(numbered, key=lambda pair: self._adapter(pair[1])):
            indices, batch = zip(*group, strict=True)
            outcomes |= dict(zip(indices, self._draw(batch, adapter), strict=True))
        return [outcomes[index] for index in range(len(requests))]

    def _adapter(self, request: DrawRequest) -> str:
        own = self.adapters.get(request.spec.condition_id)
        return own or self.adapters.get(ANY, "")

    def _draw(self, requests: Sequence[DrawRequest], adapter: str) -> list[Drawn | Exception]:
        stopped = [request.stop() for request in requests]
        if all(stopped):
            return [DrawingStopped() for _ in requests]
        watch = _Watch(requests, stopped, self.recipe.steps)
        with memory_guard(self.device), torch.inference_mode():
            self._wear(adapter)
            images = self.pipe(
                prompt=[request.prompt for request in requests],
                # A generator per picture, on the CPU: neither company nor device changes the noise.
                generator=[
                    torch.Generator("cpu").manual_seed(request.spec.seed) for request in requests
                ],
                callback_on_step_end=watch,
                **self.recipe.arguments(len(requests)),
            ).images
        model = f"{self.name} + {adapter}" if adapter else self.name
        return [
            DrawingStopped() if gone else Drawn(image=image, source="generated", model=model)
            for image, gone in zip(images, stopped, strict=True)
        ]

    def _wear(self, adapter: str) -> None:
        if adapter:
            self.pipe.enable_lora()
            self.pipe.set_adapters([adapter])
        elif self.adapters:
            self.pipe.disable_lora()


class _Watch:
    """Looks around between two denoising steps."""

    def __init__(self, requests: Sequence[DrawRequest], stopped: list[bool], steps: int) -> None:
        self._requests = requests
        self._stopped = stopped
        self._steps = steps

    def __call__(self, pipe: Any, step: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        for index, request in enumerate(self._requests):
            request.on_step(min(1.0, (step + 1) / self._steps))
            self._stopped[index] = self._stopped[index] or request.stop()
        if all(self._stopped):
            pipe._interrupt = True  # noqa: SLF001 - documented way to stop a pipeline
        return kept


def build(options: BuildOptions) -> Generator:
    """Load a checkpoint with its adapters.

    Raises:
        ModelUnavailable: It is missing, corrupt, or of no layout that diffusers knows.
    """
    entry, device = options.entry, options.device
    logging.disable_progress_bar()
    settle(device)
    try:
        with memory_guard(device):
            pipe = _pipeline(entry, device).to(device.name)
            adapters = load_adapters(pipe, entry.adapters)
    except OutOfMemory as error:
        raise ModelUnavailable(f"{entry.label} does not fit on {device.name}") from error
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, AttributeError) as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(
            f"{entry.label} cannot be loaded from {entry.source}: {first_line}"
        ) from error
    pipe.set_progress_bar_config(disable=True)
    return DiffusersGenerator(
        name=entry.name if entry.folder else entry.checkpoint,
        pipe=pipe,
        device=device,
        recipe=_recipe(entry),
        words=load_prompt(str(entry.options.get("prompt", ""))),
        adapters=adapters,
    )


def _recipe(entry: ModelEntry) -> Recipe:
    size_px = entry.number("size_px", 0)
    return Recipe(
        steps=int(entry.number("steps", 30)),
        guidance=float(entry.number("guidance", 7.5)),
        size_px=int(size_px) or None,
        negative_prompt=str(entry.options.get("negative_prompt", "")),
    )


def _pipeline(entry: ModelEntry, device: Device) -> Any:
    dtype = device.dtype_for(entry.dtype)
    if single_file := str(entry.options.get("single_file", "")):
        path = (
            entry.folder / single_file
            if entry.folder
            else Path(hf_hub_download(entry.checkpoint, single_file, revision=entry.revision))
        )
        pipe = StableDiffusionPipeline.from_single_file(str(path), dtype=dtype)
    else:
        layout = DiffusionPipeline.load_config(entry.source, revision=entry.revision)
        # Stable Diffusion's safety checker blacks out bare skin; prompts are ontology terms only.
        unchecked = {"safety_checker": None, "requires_safety_checker": False}
        pipe = DiffusionPipeline.from_pretrained(
            entry.source,
            revision=entry.revision,
            dtype=dtype,
            **(unchecked if "safety_checker" in layout else {}),
        )
    if scheduler := str(entry.options.get("scheduler", "")):
        pipe.scheduler = getattr(diffusers, scheduler).from_config(pipe.scheduler.config)
    return pipe
