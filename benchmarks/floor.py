"""The least that drawing can take: operations and bytes of one pass, against what a pass takes.

Operations of the denoiser are counted, its weights are weighed, and the device's own speed is
measured in the same run: a large product of matrices for operations, a large copy for bytes. The
floor of a pass is the slower of the two; ``share_of_floor`` is how much of it our passes reach.
"""

import statistics
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import _studio
from workers.devices import Device, choose
from workers.generators.support.pipelines import denoiser

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
