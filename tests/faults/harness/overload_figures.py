"""What an overload run comes to: figures and a verdict from what people saw. Knows no process."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.harness.record import Turn

BUSY = "Many people are asking right now"
FLAT = 0.05
"""Growth of a process during one rush that still counts as flat."""

MOST_OVER_PROMISE = 2.0
NOISE = 0.1
"""What a delay of one batch may be longer for all the rest; a second batch would double it."""

_SECONDS = re.compile(r"about (\d+) second")
_MINUTES = re.compile(r"about (\d+) minute")


@dataclass
class Asked:
    """One message and what became of it.

    Attributes:
        turn: What was sent.
        promise_s: How long the bot said that it takes; 0 when it said nothing.
        placed: Whether the bot said how many are before it.
        took_s: From sending to the whole answer; 0 when there is none.
        heard_s: From sending to the first thing that was shown for it: it is in the queue.
    """

    turn: Turn
    promise_s: float = 0.0
    placed: bool = False
    took_s: float = 0.0
    heard_s: float = 0.0

    @property
    def queued_s(self) -> float:
        """From the first thing that was shown for it to the whole answer."""
        return self.took_s - self.heard_s


def promised_s(text: str) -> float:
    """Return the time that a text promises, in seconds; 0 if it promises none."""
    if found := _SECONDS.search(text):
        return float(found[1])
    return float(found[1]) * 60 if (found := _MINUTES.search(text)) else 0.0


def told_when(refusal: str) -> bool:
    """Return whether a refusal says when to come back."""
    return _MINUTES.search(refusal) is not None


def rush_figures(asked: Sequence[Asked], refusals: Sequence[str], batch_s: float) -> dict[str, Any]:
    """Return what became of everything that was asked in a rush.

    Args:
        asked: All messages.
        refusals: Texts of all refusals.
        batch_s: How long the model takes for a batch; who waits for longer than two must know why.
    """
    answered = [one for one in asked if one.took_s]
    promised = [one for one in answered if one.promise_s]
    long = [one for one in answered if one.took_s > 2 * batch_s]
    return {
        "sent": len(asked),
        "accepted": len(answered),
        "refused": len(refusals),
        "unanswered": len(asked) - len(answered) - len(refusals),
        "refused_told_when": sum(told_when(text) for text in refusals),
        "told_place": sum(one.placed for one in answered),
        "told_time": len(promised),
        "waited": len(long),
        "waited_told_place": sum(one.placed for one in long),
        "waited_told_time": sum(one.promise_s > 0 for one in long),
        "took_p99_s": round(p99([one.took_s for one in answered]), 1),
        "p99_over_promise": round(p99([one.took_s / one.promise_s for one in promised]), 2),
    }


def delays(alone: Sequence[Asked], beside: Sequence[Asked]) -> dict[str, list[float]]:
    """Return by how much each message took longer beside a rush: in the queue, and altogether."""
    queued_s = statistics.median(one.queued_s for one in alone)
    took_s = statistics.median(one.took_s for one in alone)
    return {
        "queued_s": [round(one.queued_s - queued_s, 2) for one in beside],
        "taken_s": [round(one.took_s - took_s, 2) for one in beside],
    }


def _fair(queued_s: Sequence[float], batch_s: float) -> bool:
    return bool(queued_s) and max(queued_s) <= batch_s * (1 + NOISE)


def verdict(figures: Mapping[str, Any]) -> dict[str, bool]:
    """Return which of the promises were kept."""
    waited = figures["waited"]
    return {
        "bounded": figures["deepest"] <= figures["bound"],
        "nothing_lost": figures["unanswered"] == 0,
        "told": waited == figures["waited_told_place"] == figures["waited_told_time"],
        "refused_told_when": figures["refused"] == figures["refused_told_when"] > 0,
        "in_time": 0 < figures["p99_over_promise"] <= MOST_OVER_PROMISE,
        "fair_text": _fair(figures["text_delays"]["queued_s"], figures["batch_s"]),
        "fair_photo": _fair(figures["photo_delays"]["queued_s"], figures["batch_s"]),
        "memory_flat": all(one <= FLAT for one in figures["memory_growth"].values()),
    }


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] if ordered else 0.0
