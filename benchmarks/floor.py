"""The least that drawing can take: operations and bytes of one pass, against what a pass takes.

Operations of the denoiser are counted, its weights are weighed, and the device's own speed is
measured in the same run: a large product of matrices for operations, a large copy for bytes. The
floor of a pass is the slower of the two; ``share_of_floor`` is how much of it our passes reach.

``ladder`` is what a picture takes, in seconds of the device: in a plain loop of diffusers, then by
our easel with ever more places. ``counted`` are operations and weights of real sizes, per picture
and step, counted without computing anything.
"""

import statistics
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import _studio
from workers.devices import Device, choose
from workers.generators.diffusers_sd import DiffusersGenerator
from workers.generators.support.pipelines import denoiser

PLACES = (1, 2, 4, 8)
PICTURES = (1, 8)
"""Pictures in a pass; each takes two rows, for guidance."""


def measure(device: Device, size: str) -> dict[str, Any]:
    """Return floor, pass and ratio for small and large passes."""
    clock = _studio.clock_of(device)
    pipe = _studio.pipeline(device, size)
    drawer = _studio.generator(device, size, pipe)
    model = denoiser(pipe)
    weights = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    operations_per_s, bytes_per_s = _speeds(device, model.dtype, clock)
    ladder = _ladder(pipe, drawer, clock)
    rows = {}
    for pictures in PICTURES:
        asked = _studio.requests(drawer, pictures)
        easel = drawer.easel()
        for request in asked:
            easel.join(request)
        easel.step()
        with FlopCounterMode(display=False) as counter:
            easel.step()
        pass_s = _median(easel.step, clock, drawer.recipe.steps - 3)
        operations = counter.get_total_flops()
        floor_s = max(operations / operations_per_s, weights / bytes_per_s)
        rows[str(pictures)] = {
            "gflop_per_picture": round(operations / pictures / 1e9, 3),
            "pass_ms": round(pass_s * 1000, 2),
            "floor_ms": round(floor_s * 1000, 2),
            "share_of_floor": round(floor_s / pass_s, 3),
        }
    return {
        "device": device.name,
        "size": size,
        "weights_mb": round(weights / 1e6, 1),
        "gflop_per_s": round(operations_per_s / 1e9, 1),
        "gb_per_s": round(bytes_per_s / 1e9, 1),
        "share_of_floor": rows[str(PICTURES[-1])]["share_of_floor"],
        "pictures": rows,
        "ladder": ladder,
        "counted": {name: _counted(name) for name in ("sd15", "sdxl")},
    }


def _ladder(pipe: Any, drawer: DiffusersGenerator, clock: Callable[[], float]) -> dict[str, float]:
    """Return seconds of the device for a picture, from the plainest way on."""
    asked = _studio.requests(drawer, PLACES[-1])
    at_s = [0.0] * len(asked)
    plain = _studio.plainly(pipe, drawer)
    loop = _studio.one_by_one(lambda request: plain([request]), asked, at_s, clock)
    rungs = {"plain_loop": loop.busy_s / len(asked)}
    for places in PLACES:
        served = _studio.together(drawer.easel(), asked, at_s, places, clock)
        rungs[f"places_{places}"] = served.busy_s / len(asked)
    return {name: round(seconds, 4) for name, seconds in rungs.items()}


def _counted(size: str) -> dict[str, float]:
    """Return what a picture takes in one step: operations, and weights in bfloat16."""
    pipe = _studio.pipeline(Device(name="meta"), size)
    model = denoiser(pipe)
    side, width = model.config.sample_size, model.config.cross_attention_dim
    told = {"text_embeds": torch.empty(2, 1280), "time_ids": torch.empty(2, 6)}
    added = {name: value.to("meta") for name, value in told.items()} if size == "sdxl" else None
    with FlopCounterMode(display=False) as counter:
        model(
            torch.empty(2, 4, side, side, device="meta"),
            torch.empty(2, device="meta"),
            encoder_hidden_states=torch.empty(2, 77, width, device="meta"),
            added_cond_kwargs=added,
        )
    weights = sum(weight.numel() for weight in model.parameters())
    return {
        "gflop_per_picture": round(counter.get_total_flops() / 1e9, 1),
        "weights_mb": round(2 * weights / 1e6, 1),
    }


def _speeds(device: Device, dtype: Any, clock: Callable[[], float]) -> tuple[float, float]:
    """Return operations and bytes a second at their best."""
    side = 1024 if device.kind == "cpu" else 8192
    one = torch.randn(side, side, device=device.name, dtype=dtype)
    much = torch.empty(64 * 2**20, device=device.name, dtype=torch.uint8)
    product_s = _median(lambda: one @ one, clock, 7)
    copy_s = _median(much.clone, clock, 7)
    return 2 * side**3 / product_s, 2 * much.numel() / copy_s


def _median(work: Callable[[], object], clock: Callable[[], float], times: int) -> float:
    took = []
    for _ in range(times):
        begun_s = clock()
        work()
        took.append(clock() - begun_s)
    return statistics.median(took)


def main() -> dict[str, Any]:
    """Measure the demo model."""
    return measure(choose("auto"), "demo")
