"""Text and pictures on one device: how much longer does an answer take when pictures are drawn?

Questions come at random moments. The baseline is the same questions, at the same moments, on a
device that draws nothing. As in the worker, text waits for the pass under way and for nothing
else. The texts are of the demo model, which is small: for larger ones a step is a smaller
part of an answer.
"""

import io
import random
import statistics
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PIL import Image

from benchmarks import _studio
from workers.devices import Device, choose
from workers.entries import ModelEntry
from workers.generators.diffusers_sd import DiffusersGenerator
from workers.models import build_vlm
from workers.vlms import AnswerRequest, Message, VisionLanguageModel

QUESTIONS = 10
TOKENS = 48
PLACES = 4
PASS_MS = 60
"""What a pass may take in this benchmark: text goes between any two."""

VLM = _studio.ROOT / "models" / "demo" / "vlm"


def question(number: int, round_: int = 0) -> AnswerRequest:
    """Return a case with one photo that waits for its first answer; nothing of it was kept."""
    buffer = io.BytesIO()
    Image.new("RGB", (320, 320), (200 - round_, 150, 100 + number)).save(buffer, "PNG")
    asked = Message(role="user", text="What is this?", photos=(buffer.getvalue(),))
    return AnswerRequest(
        case_id=f"case {number} of {round_}",
        dialogue=(asked,),
        candidates=(),
        stop=lambda: False,
        on_text=lambda _text: None,
        max_new_tokens=TOKENS,
    )


class Bench:
    """Answers questions when their time has come, between whatever else the device does."""

    rounds = 0

    def __init__(self, vlm: VisionLanguageModel, at_s: list[float], clock: _studio.Clock) -> None:
        """Begin with all questions still to come."""
        self._vlm = vlm
        Bench.rounds += 1
        self._coming = list(enumerate(at_s))
        self._clock = clock
        self._now_s = 0.0
        self._since_s = clock()
        self.latencies_s: list[float] = []

    def idle(self) -> None:
        """Let time pass until the next question."""
        self._now_s = max(self._now_s, self._coming[0][1])
        self._since_s = self._clock()

    def answer(self) -> None:
        """Answer all questions that have come by now."""
        self._pass()
        while self._coming and self._coming[0][1] <= self._now_s:
            number, arrived_s = self._coming.pop(0)
            self._vlm.answer([question(number, Bench.rounds)])
            self._pass()
            self.latencies_s.append(self._now_s - arrived_s)

    @property
    def done(self) -> bool:
        """Return whether no question is left."""
        return not self._coming

    def _pass(self) -> None:
        now_s = self._clock()
        self._now_s += now_s - self._since_s
        self._since_s = now_s


class Endless:
    """An easel that is always full."""

    def __init__(self, drawer: DiffusersGenerator) -> None:
        """Begin with an empty one."""
        self._easel = drawer.easel()
        self._drawer = drawer
        self._number = 0
        self._between: Callable[[], None] = lambda: None

    def step(self, between: Callable[[], None]) -> None:
        """Take one step with as many pictures as there are places, text passing in between."""
        while len(self._easel) < PLACES:
            self._number += 1
            request = _studio.requests(self._drawer, self._number % 32 + 1)[-1]
            self._easel.join(replace(request, on_step=lambda _share: self._between()))
        self._between = between
        self._easel.step()


def measure(device: Device, size: str, *, repeats: int = 2) -> dict[str, Any]:
    """Return how text fares beside pictures."""
    clock = _studio.clock_of(device)
    pipe = _studio.pipeline(device, size)
    drawing = Endless(_studio.generator(device, size, pipe, pass_ms=PASS_MS))
    entry = ModelEntry(kind="vlm", name="demo", backend="transformers_vlm", folder=VLM)
    vlm = build_vlm(entry, device)
    _studio.clock_of(device)
    for _ in range(3):
        drawing.step(lambda: None)
    begun_s = clock()
    vlm.answer([question(0)])
    # Two thirds busy with text: questions meet steps and, now and then, each other.
    gap_s = (clock() - begun_s) * 1.5
    ratios, steps = [], []
    for seed in range(repeats):
        rng = random.Random(seed)
        at_s = [gap_s * (number + rng.random()) for number in range(QUESTIONS)]
        alone = Bench(vlm, at_s, clock)
        while not alone.done:
            alone.idle()
            alone.answer()
        beside = Bench(vlm, at_s, clock)
        while not beside.done:
            drawing.step(beside.answer)
        begun_s = clock()
        drawing.step(lambda: None)
        steps.append(clock() - begun_s)
        ratios.append(_p95(beside.latencies_s) / _p95(alone.latencies_s))
    return {
        "device": device.name,
        "size": size,
        "questions": QUESTIONS,
        "places": PLACES,
        "pass_ms": PASS_MS,
        "text_p95_vs_alone": round(statistics.median(ratios), 3),
        "text_p95_ms": round(_p95(alone.latencies_s) * 1000, 1),
        "step_ms": round(statistics.median(steps) * 1000, 1),
    }


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]


def main() -> dict[str, Any]:
    """Measure the demo models."""
    return measure(choose("auto"), "demo")
