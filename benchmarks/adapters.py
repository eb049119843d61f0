"""Eight people with eight different LoRA adapters in one pass, against two other ways.

The baselines are the same pass with one adapter for all, which nothing with eight can beat, and
loading and unloading an adapter for each request, as scripts for diffusers do. The adapters are
random, of rank 8, on all attention layers.
"""

import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from benchmarks import _studio
from workers.devices import Device, choose
from workers.generators import DrawRequest

RANK = 8


def write_adapters(pipe: Any, folder: Path) -> dict[str, str]:
    """Write an adapter for each condition and return their folders."""
    places = {}
    for number, condition_id in enumerate(_studio.CONDITIONS):
        targets = ["to_k", "to_q", "to_v", "to_out.0"]
        pipe.unet.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, target_modules=targets), "own")
        noise = torch.Generator().manual_seed(number)
        with torch.no_grad():
            for name, weight in pipe.unet.named_parameters():
                if "lora_B" in name:
                    weight.copy_(torch.randn(weight.shape, generator=noise) * 0.02)
        weights = get_peft_model_state_dict(pipe.unet, adapter_name="own")
        pipe.save_lora_weights(
            folder / condition_id,
            unet_lora_layers=weights,
            unet_lora_adapter_metadata=pipe.unet.peft_config["own"].to_dict(),
        )
        pipe.unet.unload_lora()
        places[condition_id] = str(folder / condition_id)
    return places


def measure(device: Device, size: str, *, repeats: int = 3) -> dict[str, Any]:
    """Return throughput with eight adapters against one, and against loading each time."""
    clock = _studio.clock_of(device)
    pipe = _studio.pipeline(device, size)
    with tempfile.TemporaryDirectory() as name:
        places = write_adapters(pipe, Path(name))
        bare = _studio.pipeline(device, size)
        drawer = _studio.generator(device, size, pipe, places)
        eight = _studio.requests(drawer, len(places))
        alike = [
            replace(one, spec=replace(one.spec, condition_id=_studio.CONDITIONS[0]))
            for one in eight
        ]
        plain = _studio.plainly(bare, drawer)

        def loading(request: DrawRequest) -> None:
            bare.load_lora_weights(places[request.spec.condition_id], adapter_name="own")
            plain([request])
            bare.unload_lora_weights()

        at_s = [0.0] * len(eight)
        rounds = []
        for _ in range(repeats + 1):
            mixed = _studio.together(drawer.easel(), eight, at_s, len(eight), clock)
            single = _studio.together(drawer.easel(), alike, at_s, len(eight), clock)
            each = _studio.one_by_one(loading, eight, at_s, clock)
            rounds.append((single.busy_s / mixed.busy_s, each.busy_s / mixed.busy_s))
    kept = rounds[1:]  # the first pass of anything is slow
    return {
        "device": device.name,
        "size": size,
        "adapters": len(eight),
        "throughput_vs_single": round(statistics.median(pair[0] for pair in kept), 3),
        "throughput_vs_reloading": round(statistics.median(pair[1] for pair in kept), 3),
    }


def main() -> dict[str, Any]:
    """Measure the demo model."""
    return measure(choose("auto"), "demo")
