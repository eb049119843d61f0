"""What the benchmarks of drawing share: pipelines by size, arrivals, and a clock that is fair.

On a CPU one thread's own time is what is measured, and who waits for whom is worked out from it:
whatever else the machine does changes nothing. On a GPU it is wall time.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.utils import logging
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from core.domain.cases import PictureSpec
from workers.devices import Device
from workers.entries import ModelEntry
from workers.generators import DrawRequest, Easel
from workers.generators.diffusers_sd import DiffusersGenerator, assemble
from workers.generators.support.adapters import NO_ADAPTERS, load_adapters
from workers.generators.support.pipelines import load_pipeline

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "models" / "demo" / "sd"
CONDITIONS: Final = (
    "psoriasis", "eczema", "acne", "vitiligo", "urticaria", "melanoma", "impetigo",
    "tinea-corporis",
)  # fmt: skip
SCHEDULE: Final = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}

Clock = Callable[[], float]


def clock_of(device: Device) -> Clock:
    """Return the clock of a device, in seconds."""
    if device.kind == "cpu":
        torch.set_num_threads(1)
        return time.process_time

    def settled() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    return settled


def entry(device: Device, size: str, **options: Any) -> ModelEntry:
    """Return the entry of a pipeline of some size: ``demo``, ``tiny``, ``sd15`` or ``sdxl``."""
    more = {"prompt": "workers.generators.chooser:demo_prompt"} if size == "demo" else {}
    return ModelEntry(
        kind="generator",
        name=size,
        backend="diffusers_sd",
        folder=DEMO if size == "demo" else None,
        dtype="auto" if device.kind == "cpu" else "bfloat16",
        options={"steps": 8, "guidance": 2.5, **more, **options},
    )


def pipeline(device: Device, size: str) -> Any:
    """Return a pipeline; all but the demo's have random weights, which are as fast as trained."""
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    if size == "demo":
        return load_pipeline(entry(device, size), device)
    make = {"tiny": _tiny, "sd15": _sd15, "sdxl": _sdxl}[size]
    with torch.device(device.name):
        pipe = make()
    pipe.to(device.name, torch.bfloat16 if device.kind == "cuda" else torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def generator(
    device: Device, size: str, pipe: Any, adapters: dict[str, str] | None = None, **options: Any
) -> DiffusersGenerator:
    """Return a generator over a pipeline, with adapters by condition."""
    loaded = load_adapters(pipe, adapters) if adapters else NO_ADAPTERS
    return assemble(entry(device, size, **options), device, pipe, loaded)


def requests(drawer: DiffusersGenerator, count: int) -> list[DrawRequest]:
    """Return requests for pictures of many conditions, each with its own seed."""
    wanted = []
    for number in range(count):
        spec = PictureSpec(
            condition_id=CONDITIONS[number % len(CONDITIONS)],
            tone=1 + number % 6,
            site="arm",
            severity=2,
            seed=number,
        )
        wanted.append(
            DrawRequest(
                spec=spec,
                prompt=drawer.prompt(spec),
                stop=lambda: False,
                on_step=lambda _share: None,
            )
        )
    return wanted


def arrivals(count: int, window_s: float, seed: int = 1) -> list[float]:
    """Return sorted random times within a window that starts with the first."""
    rng = random.Random(seed)
    later = sorted(rng.uniform(0, window_s) for _ in range(count - 1))
    return [0.0, *later]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """How long people waited.

    Attributes:
        latencies_s: From asking to having, per picture.
        busy_s: What the device worked.
    """

    latencies_s: list[float]
    busy_s: float

    def p95_s(self) -> float:
        """Return the latency that 95 % were served within."""
        ordered = sorted(self.latencies_s)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]


def one_by_one(
    draw: Callable[[DrawRequest], Any],
    asked: Sequence[DrawRequest],
    at_s: Sequence[float],
    clock: Clock,
) -> Served:
    """Serve requests in the order of their arrival, each alone."""
    now_s, busy_s, latencies_s = 0.0, 0.0, []
    for request, arrived_s in zip(asked, at_s, strict=True):
        now_s = max(now_s, arrived_s)
        begun_s = clock()
        draw(request)
        took_s = clock() - begun_s
        now_s, busy_s = now_s + took_s, busy_s + took_s
        latencies_s.append(now_s - arrived_s)
    return Served(latencies_s=latencies_s, busy_s=busy_s)


def together(
    easel: Easel, asked: Sequence[DrawRequest], at_s: Sequence[float], places: int, clock: Clock
) -> Served:
    """Serve requests on an easel that they join as soon as they have come and a place is free.

    Raises:
        Exception: What went wrong with a picture.
    """
    waiting = list(zip(asked, at_s, strict=True))
    since = dict(waiting)
    now_s, busy_s, latencies_s = 0.0, 0.0, []
    while waiting or len(easel):
        if not len(easel):
            now_s = max(now_s, waiting[0][1])
        while waiting and waiting[0][1] <= now_s and len(easel) < places:
            easel.join(waiting.pop(0)[0])
        begun_s = clock()
        ended = easel.step()
        took_s = clock() - begun_s
        now_s, busy_s = now_s + took_s, busy_s + took_s
        for request, outcome in ended:
            if isinstance(outcome, Exception):
                raise outcome
            latencies_s.append(now_s - since[request])
    return Served(latencies_s=latencies_s, busy_s=busy_s)


def plainly(pipe: Any, drawer: DiffusersGenerator) -> Callable[[Sequence[DrawRequest]], Any]:
    """Return what draws with a pipeline as diffusers' manual shows it."""
    recipe = drawer.recipe

    @torch.inference_mode()
    def draw(asked: Sequence[DrawRequest]) -> Any:
        return pipe(
            [request.prompt for request in asked],
            generator=[torch.Generator().manual_seed(request.spec.seed) for request in asked],
            num_inference_steps=recipe.steps,
            guidance_scale=recipe.guidance,
            height=recipe.size_px,
            width=recipe.size_px,
        )

    return draw


def _tokenizer() -> CLIPTokenizer:
    letters = "abcdefghijklmnopqrstuvwxyz,-"
    begin, end = "<|startoftext|>", "<|endoftext|>"
    pieces = [begin, end, *letters, *(f"{one}</w>" for one in letters)]
    return CLIPTokenizer(
        vocab={piece: number for number, piece in enumerate(pieces)}, merges=[],
        model_max_length=77, bos_token=begin, eos_token=end, pad_token=end, unk_token=end,
    )  # fmt: skip


def _scheduler() -> DDIMScheduler:
    return DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)


def _text(width: int, layers: int, heads: int, **more: Any) -> CLIPTextConfig:
    return CLIPTextConfig(
        hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
        num_attention_heads=heads, bos_token_id=0, eos_token_id=1, pad_token_id=1, **more,
    )  # fmt: skip


def _vae(*widths: int) -> AutoencoderKL:
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * len(widths),
        up_block_types=("UpDecoderBlock2D",) * len(widths),
        block_out_channels=widths, layers_per_block=2, latent_channels=4,
        norm_num_groups=min(32, widths[0]), sample_size=512,
    )  # fmt: skip


def _tiny() -> StableDiffusionPipeline:
    """Return something that takes no time, to try the scripts with."""
    return _stable_diffusion(
        _vae(16, 32), _text(32, 2, 4), sample_size=16, block_out_channels=(32, 64),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1, cross_attention_dim=32, norm_num_groups=16,
    )  # fmt: skip


def _sd15() -> StableDiffusionPipeline:
    """Return Stable Diffusion 1.5's shapes.

    Source: ``unet/config.json`` and ``text_encoder/config.json`` of its checkpoint.
    """
    return _stable_diffusion(
        _vae(128, 256, 512, 512), _text(768, 12, 12), sample_size=64, cross_attention_dim=768
    )


def _stable_diffusion(vae: Any, text: Any, **unet: Any) -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        vae=vae, text_encoder=CLIPTextModel(text).eval(), tokenizer=_tokenizer(),
        unet=UNet2DConditionModel(**unet), scheduler=_scheduler(), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def _sdxl() -> StableDiffusionXLPipeline:
    """Return SDXL's shapes.

    Source: ``unet/config.json`` and the text encoders' ``config.json`` of SDXL base 1.0.
    """
    return StableDiffusionXLPipeline(
        vae=_vae(128, 256, 512, 512),
        text_encoder=CLIPTextModel(_text(768, 12, 12)).eval(),
        text_encoder_2=CLIPTextModelWithProjection(_text(1280, 32, 20, projection_dim=1280)).eval(),
        tokenizer=_tokenizer(),
        tokenizer_2=_tokenizer(),
        unet=UNet2DConditionModel(
            sample_size=128, block_out_channels=(320, 640, 1280),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            transformer_layers_per_block=(1, 2, 10), attention_head_dim=(5, 10, 20),
            cross_attention_dim=2048, use_linear_projection=True,
            addition_embed_type="text_time", addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816,
        ),
        scheduler=_scheduler(),
    )  # fmt: skip
