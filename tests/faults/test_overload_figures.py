"""What an overload run makes of what people saw."""

from typing import Any

import pytest

from tests.faults.harness.overload_figures import Asked, delays, promised_s, rush_figures, verdict
from tests.faults.harness.record import Turn

KEPT: dict[str, Any] = {
    "unanswered": 0,
    "waited": 3,
    "waited_told_place": 3,
    "waited_told_time": 3,
    "refused": 5,
    "refused_told_when": 5,
    "p99_over_promise": 1.4,
    "deepest": 30,
    "bound": 30,
    "text_delays": {"queued_s": [1.9, 2.1], "taken_s": [2.5, 2.6]},
    "photo_delays": {"queued_s": [-0.1], "taken_s": [0.0]},
    "batch_s": 2.0,
    "memory_growth": {"telegram": 0.01, "worker1": -0.02},
}


def _asked(**what: Any) -> Asked:
    return Asked(Turn(number=1, token="w1n1"), **what)


def test_seconds_and_minutes_are_read_from_what_is_said() -> None:
    """Silence promises nothing."""
    assert promised_s("3 people are before you.\nIt will take about 7 seconds.") == 7
    assert promised_s("It will take about 2 minutes.") == 120
    assert promised_s("Let me think.") == 0


def test_everything_asked_is_answered_refused_or_missed() -> None:
    """Only who waited for longer than two batches has to be told why."""
    asked = [_asked(took_s=9.0, promise_s=6.0, placed=True), _asked(took_s=3.0), _asked(), _asked()]
    figures = rush_figures(asked, ["Please try again in about 1 minute."], batch_s=2.0)
    assert (figures["accepted"], figures["refused"], figures["unanswered"]) == (2, 1, 1)
    assert figures["waited"] == figures["waited_told_place"] == figures["waited_told_time"] == 1
    assert figures["refused_told_when"] == 1
    assert figures["p99_over_promise"] == 1.5


def test_a_delay_is_counted_against_the_usual_wait() -> None:
    """What it takes to be heard is counted apart from the wait in the queue."""
    alone = [_asked(took_s=took, heard_s=0.5) for took in (2.4, 2.5, 9.0)]
    beside = [_asked(took_s=6.0, heard_s=2.5)]
    assert delays(alone, beside) == {"queued_s": [1.5], "taken_s": [3.5]}


def test_a_run_that_keeps_every_promise_is_told_so() -> None:
    """Each promise has a line of its own."""
    assert all(verdict(KEPT).values())


@pytest.mark.parametrize(
    ("promise", "figure", "value"),
    [
        ("bounded", "deepest", 31),
        ("nothing_lost", "unanswered", 1),
        ("told", "waited_told_time", 2),
        ("refused_told_when", "refused_told_when", 4),
        ("in_time", "p99_over_promise", 2.1),
        ("in_time", "p99_over_promise", 0),
        ("fair_text", "text_delays", {"queued_s": [0.1, 2.3]}),
        ("fair_text", "text_delays", {"queued_s": []}),
        ("fair_photo", "photo_delays", {"queued_s": [2.3]}),
        ("memory_flat", "memory_growth", {"telegram": 0.06}),
    ],
)
def test_a_broken_promise_is_told_by_its_name(promise: str, figure: str, value: Any) -> None:
    """The others still count as kept."""
    kept = verdict(KEPT | {figure: value})
    assert [name for name, held in kept.items() if not held] == [promise]
