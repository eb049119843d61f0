"""The process that dies at every step."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.faults.harness.mortal import FOLDER
from tests.stage.actor import ROOT

PROGRAM = """
from tests.faults.harness import mortal

def program():
    for step in ("one", "two"):
        mortal.die_once("before", step)
    return 3

print([mortal.live(program) for _ in range(4)])
"""


def test_a_process_dies_once_at_each_step_and_then_lives(tmp_path: Path) -> None:
    """Each step kills one life, in its order; when all have, the program ends as it always does."""
    said = subprocess.check_output(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env={FOLDER: str(tmp_path)}, text=True
    )
    killed = -signal.SIGKILL
    assert said.strip() == str([int(killed), int(killed), 3, 3])
    assert {mark.name for mark in tmp_path.iterdir()} == {"before-one", "before-two"}
