"""The fuzzer repeats itself exactly and tells what became of every file."""

import json
import subprocess
import sys

from core.photos import REASONS, fuzz


def test_files_follow_from_seed_and_number() -> None:
    """The same seed and number give the same file, others another."""
    seeds = [b"0123456789" * 30, b"abcdefghij" * 30]
    first = [fuzz.damaged(seeds, 1, number) for number in range(20)]
    assert first == [fuzz.damaged(seeds, 1, number) for number in range(20)]
    assert first != [fuzz.damaged(seeds, 2, number) for number in range(20)]


def test_damaged_files_end_no_child() -> None:
    """Damaged files of every format are read or refused with a listed reason."""
    command = [sys.executable, "-m", "core.photos.fuzz", "--executions", "600", "--seed", "77"]
    run = subprocess.run(command, capture_output=True, check=True)
    report = json.loads(run.stdout)
    assert report.pop("executions") == 600
    assert set(report) - {"seed"} <= {"read", *REASONS}
