"""Prefill of a follow-up from the case's kept key-value cache, against computing all of it again.

The demo model answers a dialogue with one photo. At turns 2, 8 and 20 the prompt is computed twice:
from the cache that the turn before left, as the worker does it, and from nothing. Both must expect
the same next token. What is timed is the time to the first token; the answer's tokens cost the same
either way.
"""

import copy
import io
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from workers.devices import choose
from workers.entries import ModelEntry
from workers.models import build_vlm
from workers.vlms import Message
from workers.vlms.support.caches import Kept
from workers.vlms.support.readers import Prompt, Reader

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "models" / "demo" / "vlm"
TURNS = (2, 8, 20)
REPEATS = 5
QUESTION = "How does it differ from eczema, and what should I look out for?"
ANSWER = (
    "Eczema shows a red rough area without a clear border, with dry flakes and scratch marks. "
    "Here the sharp border and the silvery scale fit psoriasis better."
)


def dialogue(turns: int) -> tuple[Message, ...]:
    """Return a case that waits for its answer number ``turns``."""
    buffer = io.BytesIO()
    Image.new("RGB", (320, 320), (200, 150, 120)).save(buffer, "PNG")
    said = [Message(role="user", text="What is this?", photos=(buffer.getvalue(),))]
    for _ in range(turns - 1):
        said += [Message(role="assistant", text=ANSWER), Message(role="user", text=QUESTION)]
    return tuple(said)


def median_s(reader: Reader, prompt: Prompt, kept: Kept | None) -> tuple[float, int]:
    """Return the median time of a prefill and the token that it expects next."""
    times = []
    token = -1
    for _ in range(REPEATS + 1):
        own = copy.deepcopy(kept)  # a prefill writes into it
        begun = time.perf_counter()
        _, logits = reader.prefill(prompt, own)
        token = int(logits.argmax())
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:]), token


def measure(reader: Reader, turns: int) -> dict[str, float]:
    """Return the times at one turn.

    Raises:
        RuntimeError: The kept cache leads to another answer.
    """
    before, now = reader.prompt(dialogue(turns - 1)), reader.prompt(dialogue(turns))
    cache, _ = reader.prefill(before, None)
    kept = Kept(tokens=before.tokens, photos=before.photos, cache=cache, positions=reader.positions)
    again_s, expected = median_s(reader, now, None)
    kept_s, token = median_s(reader, now, kept)
    if token != expected:
        raise RuntimeError(f"turn {turns}: the kept cache leads to token {token}, not {expected}")
    return {
        "tokens": len(now.tokens),
        "reused": reader.reusable(now, kept),
        "again_ms": round(again_s * 1000, 2),
        "kept_ms": round(kept_s * 1000, 2),
        "speedup": round(again_s / kept_s, 2),
    }


def main(folder: Path = FOLDER) -> dict[str, Any]:
    """Measure the demo model at every turn."""
    if not folder.is_dir():
        sys.exit(f"There is no model in {folder}; restore it with: git checkout -- models/demo")
    entry = ModelEntry(kind="vlm", name="demo", backend="transformers_vlm", folder=folder)
    device = choose("auto")
    model: Any = build_vlm(entry, device)
    with torch.inference_mode():
        rows = {turns: measure(model._reader, turns) for turns in TURNS}  # noqa: SLF001
    return {
        "device": device.name,
        **{f"speedup_turn_{turns}": row["speedup"] for turns, row in rows.items()},
        "turns": {str(turns): row for turns, row in rows.items()},
    }
