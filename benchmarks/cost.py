"""What a picture and a turn cost: seconds of the device, and joules where they can be read.

The picture is one of eight that share their passes; the baseline is one drawn alone by a plain loop
of diffusers. The turn is an answer of the demo model to a photo. Joules are read from the GPU
(NVML) or from the processor (RAPL); they count everything that runs there, so on a shared machine
they say nothing, and where they cannot be read they are null.
"""

import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import _studio
from benchmarks.mixed import TOKENS, VLM, question
from workers.devices import Device, choose
from workers.entries import ModelEntry
from workers.models import build_vlm

PICTURES = 8
TURNS = 4
RAPL = Path("/sys/class/powercap/intel-rapl:0/energy_uj")


def joules_of(device: Device) -> Callable[[], float] | None:
    """Return a meter of all energy used so far, or None where there is none."""
    if device.kind == "cuda":
        return _nvml()
    try:
        RAPL.read_text()
    except OSError:
        return None
    return lambda: int(RAPL.read_text()) / 1e6


def _nvml() -> Callable[[], float] | None:
    try:
        nvml = importlib.import_module("pynvml")
        nvml.nvmlInit()
        handle = nvml.nvmlDeviceGetHandleByIndex(0)
        nvml.nvmlDeviceGetTotalEnergyConsumption(handle)
    except Exception:  # noqa: BLE001 - a meter that cannot be read is no meter
        return None
    return lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1000


def measure(device: Device, size: str) -> dict[str, Any]:
    """Return the cost of a picture and of a turn."""
    clock, joules = _studio.clock_of(device), joules_of(device)

    def cost(work: Callable[[], object], count: int) -> dict[str, float | None]:
        work()  # the first time of anything is slow
        wall_s, before_j, begun_s = time.perf_counter(), joules and joules(), clock()
        work()
        seconds = clock() - begun_s
        spent = None if joules is None or before_j is None else joules() - before_j
        return {
            "device_s": round(seconds / count, 4),
            "wall_s": round((time.perf_counter() - wall_s) / count, 4),
            "joules": None if spent is None else round(spent / count, 2),
        }

    pipe = _studio.pipeline(device, size)
    drawer = _studio.generator(device, size, pipe)
    asked = _studio.requests(drawer, PICTURES)
    plain = _studio.plainly(pipe, drawer)
    entry = ModelEntry(kind="vlm", name="demo", backend="transformers_vlm", folder=VLM)
    vlm = build_vlm(entry, device)
    clock = _studio.clock_of(device)
    shared = cost(lambda: drawer.draw(asked), PICTURES)
    alone = cost(lambda: plain(asked[:1]), 1)
    turn = cost(lambda: vlm.answer([question(number) for number in range(TURNS)]), TURNS)
    return {
        "device": device.name,
        "size": size,
        "steps": drawer.recipe.steps,
        "tokens": TOKENS,
        "device_s_per_picture": shared["device_s"],
        "device_s_per_turn": turn["device_s"],
        "joules_per_picture": shared["joules"],
        "joules_per_turn": turn["joules"],
        "picture_vs_alone": round((shared["device_s"] or 0) / (alone["device_s"] or 1), 3),
    }


def main() -> dict[str, Any]:
    """Measure the demo models."""
    return measure(choose("auto"), "demo")
