"""Start time and peak memory of each bot process, against a bare interpreter.

A process is started that imports everything its frontend needs and builds nothing else. The model
libraries must not be among the imports: a bot runs where there is no GPU and little memory.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5
PROBE = """
import json, resource, sys
{imports}
heavy = sorted({{"torch", "transformers", "diffusers", "peft"}} & set(sys.modules))
print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, heavy]))
"""


def _measure(imports: str) -> tuple[float, float, list[str]]:
    peaks, starts, heavy = [], [], []
    for _ in range(RUNS):
        begun = time.perf_counter()
        out = subprocess.run(
            [sys.executable, "-c", PROBE.format(imports=imports)],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        )
        starts.append(time.perf_counter() - begun)
        peak, heavy = json.loads(out.stdout)
        peaks.append(peak)
    return statistics.median(peaks), statistics.median(starts), heavy


def main() -> dict[str, Any]:
    """Measure every frontend; the figures at the top are those of the largest."""
    bare_mb, bare_s, _ = _measure("")
    rows: dict[str, dict[str, Any]] = {}
    for name in ("console", "telegram_bot", "slack_bot", "web_chat"):
        if not list((ROOT / "bots").glob(f"{name}*")):
            continue
        peak_mb, start_s, heavy = _measure(f"import bots.__main__, bots.{name}")
        rows[name] = {"peak_mb": round(peak_mb, 1), "start_s": round(start_s, 2), "heavy": heavy}
    return {
        "peak_mb": max(row["peak_mb"] for row in rows.values()),
        "start_s": max(row["start_s"] for row in rows.values()),
        "ratio_peak": round(max(row["peak_mb"] for row in rows.values()) / bare_mb, 1),
        "ratio_start": round(max(row["start_s"] for row in rows.values()) / bare_s, 1),
        "bare_peak_mb": round(bare_mb, 1),
        "bare_start_s": round(bare_s, 3),
        "model_libraries": sorted({name for row in rows.values() for name in row["heavy"]}),
        "frontends": rows,
    }
