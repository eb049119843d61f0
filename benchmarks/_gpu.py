"""``make gpu``: one prepared run of everything that wants a GPU, with a report.

On a GPU it takes pipelines of the size of Stable Diffusion 1.5 and SDXL with random weights, in
bfloat16, and the demo models; without one it makes the same run with something tiny, so that the
script itself can be tried anywhere. What fails is written down, and the rest goes on; what would
begin after the time is up is left out and said so.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import torch

from benchmarks import adapters, cost, followups, mixed, pictures
from workers.devices import Device, choose

REPORTS: Final = Path(__file__).resolve().parents[1] / "docs" / "reports"
BUDGET_S: Final = 540.0
"""After this nothing new is begun: the whole run fits ten minutes."""

Check = Callable[[], dict[str, Any]]


def checks(device: Device) -> dict[str, Check]:
    """Return what is run, the most telling first."""
    if device.kind == "cpu":
        return {
            "pictures tiny": lambda: pictures.measure(device, "tiny", people=6, repeats=1),
            "adapters tiny": lambda: adapters.measure(device, "tiny", repeats=1),
            "cost tiny": lambda: cost.measure(device, "tiny"),
        }
    return {
        "pictures sd15": lambda: pictures.measure(device, "sd15", repeats=1),
        "adapters sd15": lambda: adapters.measure(device, "sd15"),
        "mixed sd15": lambda: mixed.measure(device, "sd15"),
        "cost sd15": lambda: cost.measure(device, "sd15"),
        "followups demo": followups.main,
        "pictures sdxl": lambda: pictures.measure(device, "sdxl", people=16, repeats=1),
        "adapters sdxl": lambda: adapters.measure(device, "sdxl", repeats=1),
        "cost sdxl": lambda: cost.measure(device, "sdxl"),
    }


def run(device: Device) -> dict[str, Any]:
    """Run all checks that there is time for."""
    begun_s = time.monotonic()
    results: dict[str, Any] = {}
    for name, check in checks(device).items():
        if time.monotonic() - begun_s > BUDGET_S:
            results[name] = {"left_out": "no time was left"}
            continue
        since_s = time.monotonic()
        try:
            results[name] = check()
        except Exception as error:  # noqa: BLE001 - one check that fails must not cost the others
            results[name] = {"failed": f"{type(error).__name__}: {error}"[:300]}
        if device.kind == "cuda":
            torch.cuda.empty_cache()
        results[name]["took_s"] = round(time.monotonic() - since_s, 1)
        print(name, json.dumps(results[name]), flush=True)
    return results


def report(device: Device, results: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    name = torch.cuda.get_device_name() if device.kind == "cuda" else platform.machine()
    lines = [
        f"# Drawing on {name}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, torch {torch.__version__}; written by `make gpu`.",
        "Weights are random except for the demo models': speed is the same. Keys are explained in",
        "[benchmarks](../benchmarks.md).",
    ]
    for title, figures in results.items():
        lines += ["", f"## {title}", "", "| figure | value |", "|---|---|"]
        lines += [f"| `{key}` | {value} |" for key, value in figures.items() if key != "turns"]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run, print one JSON line at the end, write the report; 1 when a check failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks._gpu", description=__doc__)
    parser.add_argument("--device", default="auto", help="auto, cuda or cpu")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder of the report")
    asked = parser.parse_args()
    device = choose(asked.device)
    results = run(device)
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / f"gpu-{device.kind}.md"
    path.write_text(report(device, results), encoding="utf-8")
    failed = [name for name, figures in results.items() if "failed" in figures]
    print(json.dumps({"report": path.name, "failed": failed, "results": results}), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
