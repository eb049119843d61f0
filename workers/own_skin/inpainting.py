"""Repaints with an inpainting checkpoint of its own, LoRA by condition and an IP-Adapter.

A plain text-to-image checkpoint works as well as one made for inpainting: diffusers then blends
the latents outside the mask in at every step. Options of the table ``[inpainter.<name>]``: those of
`workers.generators.diffusers_sd`, ``pipeline`` (a class name of diffusers), and ``ip_adapter``,
``ip_adapter_file``, ``ip_adapter_subfolder`` and ``ip_adapter_scale`` for an image-prompt adapter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import diffusers
import torch
from diffusers.utils import logging
from PIL import Image

from core.domain.cases import PictureSpec
from core.domain.errors import ModelUnavailable
from workers.batching import ModelThread, run_apart
from workers.devices import Device, memory_guard, settle
from workers.entries import ModelEntry
from workers.errors import OutOfMemory
from workers.generators import DrawingStopped, Drawn, DrawRequest
from workers.generators.support.engine.families import family_of
from workers.generators.support.prompts import Prompt, load_prompt, words_for
from workers.models import check_folder
from workers.own_skin import GUIDANCE, HEALED, HEALTHY, RepaintRequest

ANY: Final = "*"
_STEPS: Final = 30
_IP_SCALE: Final = 0.6
"""Source: scales of 0.5 to 0.85 are usual for h94/IP-Adapter."""


@dataclass(slots=True, kw_only=True)
class Inpainter:
    """`workers.own_skin.Repainter` over a pipeline of diffusers.

    Attributes:
        name: For records and cards.
        pipe: An inpainting pipeline.
        thread: Where it runs.
        device: Where it is.
        size_px: Side of its pictures.
        steps: Denoising steps of a whole picture; low strength takes a share of them.
        guidance: Strength of classifier-free guidance.
        words: Gives the prompt.
        adapters: Name of the loaded adapter per condition id.
        takes_likeness: Whether an image-prompt adapter is loaded.
    """

    name: str
    pipe: Any
    thread: ModelThread
    device: Device
    size_px: int
    steps: int
    guidance: float
    words: Prompt
    adapters: Mapping[str, str] = field(default_factory=dict)
    takes_likeness: bool = False

    def prompt(self, spec: PictureSpec) -> str:
        words = words_for(replace(spec, severity=spec.severity or 1), self.words)
        return HEALTHY if spec.severity == HEALED else words

    async def repaint(self, request: RepaintRequest) -> Drawn | Exception:
        (outcome,) = await self.thread.run(
            lambda: run_apart(lambda batch: [self._repaint(one) for one in batch], [request]),
            urgent=False,
        )
        return outcome

    def _repaint(self, request: RepaintRequest) -> Drawn | Exception:
        drawing = request.drawing
        if drawing.photo is None or drawing.mask is None:
            return ValueError("a repainted picture needs a photo and a mask")
        watch = _Watch(drawing)
        if drawing.stop():
            return DrawingStopped()
        adapter = self.adapters.get(drawing.spec.condition_id) or self.adapters.get(ANY, "")
        with memory_guard(self.device), torch.inference_mode():
            self._wear("" if drawing.spec.severity == HEALED else adapter)
            image = self.pipe(
                prompt=drawing.prompt,
                image=drawing.photo,
                mask_image=drawing.mask,
                strength=drawing.strength,
                height=self.size_px,
                width=self.size_px,
                num_inference_steps=drawing.steps or self.steps,
                guidance_scale=self.guidance if drawing.guidance is None else drawing.guidance,
                generator=torch.Generator("cpu").manual_seed(drawing.spec.seed),
                callback_on_step_end=watch,
                **self._likeness(request.like),
            ).images[0]
        if watch.stopped:
            return DrawingStopped()
        worn = f" + {adapter}" if adapter else ""
        return Drawn(image=image, source="generated", model=f"{self.name}{worn}")

    def _likeness(self, like: Sequence[Image.Image]) -> dict[str, Any]:
        if not self.takes_likeness:
            return {}
        return {"ip_adapter_image": [list(like)]}

    def _wear(self, adapter: str) -> None:
        if adapter:
            self.pipe.enable_lora()
            self.pipe.set_adapters([adapter])
        elif self.adapters:
            self.pipe.disable_lora()


class _Watch:
    """Looks around between two denoising steps."""

    def __init__(self, drawing: DrawRequest) -> None:
        self._drawing = drawing
        self.stopped = False

    def __call__(self, pipe: Any, step: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        steps = max(1, len(pipe.scheduler.timesteps))
        self._drawing.on_step(min(1.0, (step + 1) / steps))
        self.stopped = self.stopped or self._drawing.stop()
        if self.stopped:
            pipe._interrupt = True  # noqa: SLF001 - documented way to stop a pipeline
        return kept


def build_inpainter(entry: ModelEntry, device: Device, thread: ModelThread) -> Inpainter:
    """Load a checkpoint with its adapters.

    Raises:
        ModelUnavailable: It is missing, corrupt, or no pipeline that is known to repaint.
    """
    logging.disable_progress_bar()
    settle(device)
    if entry.folder is not None:
        check_folder(entry.folder, entry.label)
    try:
        with memory_guard(device):
            pipe = _pipeline(entry, device).to(device.name)
            adapters = _adapters(pipe, entry.adapters)
            likeness = _load_likeness(pipe, entry)
    except OutOfMemory as error:
        raise ModelUnavailable(f"{entry.label} does not fit on {device.name}") from error
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, AttributeError) as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(
            f"{entry.label} cannot be loaded from {entry.source}: {first_line}"
        ) from error
    pipe.set_progress_bar_config(disable=True)
    return Inpainter(
        name=entry.name if entry.folder else entry.checkpoint,
        pipe=pipe,
        thread=thread,
        device=device,
        size_px=int(entry.number("size_px", family_of(pipe).size_px)),
        steps=int(entry.number("steps", _STEPS)),
        guidance=float(entry.number("guidance", GUIDANCE)),
        words=load_prompt(str(entry.options.get("prompt", ""))),
        adapters=adapters,
        takes_likeness=likeness,
    )


def _pipeline(entry: ModelEntry, device: Device) -> Any:
    layout = diffusers.DiffusionPipeline.load_config(entry.source, revision=entry.revision)
    # Stable Diffusion's safety checker blacks out bare skin; prompts are ontology terms only.
    unchecked = {"safety_checker": None, "requires_safety_checker": False}
    kind = str(entry.options.get("pipeline", "StableDiffusionInpaintPipeline"))
    pipe = getattr(diffusers, kind).from_pretrained(
        entry.source,
        revision=entry.revision,
        dtype=device.dtype_for(entry.dtype),
        **(unchecked if "safety_checker" in layout else {}),
    )
    if scheduler := str(entry.options.get("scheduler", "")):
        pipe.scheduler = getattr(diffusers, scheduler).from_config(pipe.scheduler.config)
    return pipe


def _adapters(pipe: Any, places: Mapping[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for condition_id, place in places.items():
        name = f"skin-{condition_id}".replace("*", "any")
        pipe.load_lora_weights(place, adapter_name=name)
        names[condition_id] = name
    return names


def _load_likeness(pipe: Any, entry: ModelEntry) -> bool:
    """Load an image-prompt adapter if the table names one."""
    place = str(entry.options.get("ip_adapter", ""))
    if not place:
        return False
    pipe.load_ip_adapter(
        place,
        subfolder=str(entry.options.get("ip_adapter_subfolder", "models")),
        weight_name=str(entry.options.get("ip_adapter_file", "ip-adapter_sd15.bin")),
    )
    pipe.set_ip_adapter_scale(entry.number("ip_adapter_scale", _IP_SCALE))
    return True
