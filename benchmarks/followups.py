"""Prefill of a follow-up from the case's kept key-value cache, against computing all of it again.

The demo model answers a dialogue with one photo. At turns 2, 8 and 20 the prompt is computed twice:
from the cache that the turn before left, as the worker does it, and from nothing. Both must expect
the same next token. What is timed is the time to the first token; the answer's tokens cost the same
either way.

``growth_turn_2_to_20`` is the time of turn 20 over that of turn 2, both from the cache. The demo
model is so narrow that attention over the kept tokens is a large part of a pass; so it is also
measured with random weights of a width (2048) where, as in models of real size, the weights of the
layers dominate. Random weights take as long as trained ones. What grows is told besides: the
parts of a prefill from the cache, and what comes before it, rendering and finding the cache.
"""

import copy
import io
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
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
REPEATS = 7
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


def prefill_s(reader: Reader, prompt: Prompt, kept: Kept | None) -> tuple[float, int]:
    """Return how long one prefill takes and which token it expects next."""
    own = copy.deepcopy(kept)  # a prefill writes into it
    # On one CPU thread its own time is not disturbed by whatever else runs; a GPU has wall time.
    clock = time.process_time if reader.model.device.type == "cpu" else time.perf_counter
    begun = clock()
    _, logits = reader.prefill(prompt, own)
    token = int(logits.argmax())  # waits for a GPU, too
    return clock() - begun, token


def wide(reader: Reader) -> Reader:
    """Return the same model with wide random layers: 4 of width 2048, as in 1.5 B models."""
    config = copy.deepcopy(reader.model.config)
    text = config.text_config
    text.hidden_size, text.intermediate_size, text.num_hidden_layers = 2048, 5504, 4
    text.num_attention_heads, text.num_key_value_heads, text.head_dim = 16, 2, 128
    model = type(reader.model)(config).eval()
    return replace(reader, model=model)


def growth(reader: Reader) -> float:
    """Return the time of a prefill at the last turn over that at the first, both from the cache."""
    cases = []
    for turns in (TURNS[0], TURNS[-1]):
        before, now = reader.prompt(dialogue(turns - 1)), reader.prompt(dialogue(turns))
        cache, _ = reader.prefill(before, None)
        kept = Kept(
            tokens=before.tokens,
            photos=before.photos,
            cache=cache,
            positions=reader.positions,
        )
        cases.append((now, kept))
    times = [[prefill_s(reader, now, kept)[0] for now, kept in cases] for _ in range(REPEATS)]
    first, last = (statistics.median(column) for column in zip(*times, strict=True))
    return round(last / first, 2)


def measure(reader: Reader, turns: int) -> dict[str, float]:
    """Return the times at one turn.

    Raises:
        RuntimeError: The kept cache leads to another answer.
    """
    before, now = reader.prompt(dialogue(turns - 1)), reader.prompt(dialogue(turns))
    cache, _ = reader.prefill(before, None)
    kept = Kept(tokens=before.tokens, photos=before.photos, cache=cache, positions=reader.positions)
    again, after = [], []
    for _ in range(REPEATS):
        again.append(prefill_s(reader, now, None))
        after.append(prefill_s(reader, now, kept))
    if again[0][1] != after[0][1]:
        raise RuntimeError(f"turn {turns}: the kept cache leads to another token")
    again_s, kept_s = (statistics.median(s for s, _ in runs) for runs in (again, after))
    return {
        "tokens": len(now.tokens),
        "reused": reader.reusable(now, kept),
        "again_ms": round(again_s * 1000, 2),
        "kept_ms": round(kept_s * 1000, 2),
        "speedup": round(again_s / kept_s, 2),
    }


def parts(reader: Reader, turns: int) -> dict[str, float]:
    """Return milliseconds of what a follow-up from the cache is made of, at one turn."""
    before, now = reader.prompt(dialogue(turns - 1)), reader.prompt(dialogue(turns))
    cache, _ = reader.prefill(before, None)
    kept = Kept(tokens=before.tokens, photos=before.photos, cache=cache, positions=reader.positions)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        for _ in range(REPEATS):
            prefill_s(reader, now, kept)
    spent = {event.key: event.cpu_time_total for event in profile.key_averages()}
    operations = {"layers": "linear", "attention": "scaled_dot_product_attention", "append": "cat"}
    return {
        **{
            f"{name}_ms": round(spent.get(f"aten::{key}", 0) / REPEATS / 1000, 2)
            for name, key in operations.items()
        },
        "render_ms": _median_ms(lambda: reader.prompt(dialogue(turns))),
        "find_ms": _median_ms(lambda: reader.reusable(now, kept)),
    }


def _median_ms(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(REPEATS):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return round(statistics.median(spent) * 1000, 2)


def main(folder: Path = FOLDER) -> dict[str, Any]:
    """Measure the demo model at every turn."""
    if not folder.is_dir():
        sys.exit(f"There is no model in {folder}; restore it with: git checkout -- models/demo")
    entry = ModelEntry(kind="vlm", name="demo", backend="transformers_vlm", folder=folder)
    device = choose("auto")
    model: Any = build_vlm(entry, device)
    torch.set_num_threads(1)
    with torch.inference_mode():
        reader: Reader = model._reader  # noqa: SLF001
        rows = {turns: measure(reader, turns) | parts(reader, turns) for turns in TURNS}
        growths = {
            "growth_turn_2_to_20": growth(reader),
            "growth_turn_2_to_20_wide": growth(wide(reader)),
        }
    return {
        "device": device.name,
        **{f"speedup_turn_{turns}": row["speedup"] for turns, row in rows.items()},
        **growths,
        "turns": {str(turns): row for turns, row in rows.items()},
    }
