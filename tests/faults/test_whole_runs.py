"""The whole product as real processes, judged by what people see."""

from pathlib import Path

import pytest

from tests.faults.harness.run import Run, perform
from tests.faults.harness.steps import StepRun

USUAL = (
    "accept",
    "blob",
    "board_erase",
    "cancel",
    "chat.startStream",
    "claim",
    "complete",
    "erase",
    "ledger-i",
    "ledger-m",
    "out_claim",
    "out_end",
)
"""Steps that any talk of this kind leads to."""


@pytest.mark.timeout(600)
def test_people_are_answered_on_every_platform(tmp_path: Path) -> None:
    """Without faults three conversations run clean, from the consent to the receipt."""
    run = Run(turns=18, seed=1, every=0, workers=1, errands=True)

    perform(run, keep=tmp_path)

    assert run.verdict.notes == []
    assert run.summary() == dict.fromkeys(run.summary(), 0) | {
        "turns": 21,
        "accepted": 21,
        "answered": 21,
    }


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_thousand_turns_under_faults(tmp_path: Path) -> None:
    """Killed, frozen, cut off and confused, nothing is lost, doubled, misplaced, wrong or left."""
    run = Run(turns=1000, seed=1)

    perform(run, keep=tmp_path)

    assert run.verdict.notes == []
    assert run.summary()["answered"] == 1000


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_process_dies_once_at_every_step(tmp_path: Path) -> None:
    """Wherever a process dies, the next one goes on as if nothing had happened."""
    run = StepRun(turns=36, seed=1)

    perform(run, keep=tmp_path)

    assert run.verdict.notes == []
    reached = {step for steps in run.details["steps"].values() for step in steps}
    assert {f"{when}-{step}" for when in ("before", "after") for step in USUAL} <= reached
