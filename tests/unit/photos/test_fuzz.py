"""The fuzzer repeats itself exactly and tells what became of every file."""

import json
import subprocess
import sys
from pathlib import Path

import pillow_heif
import pytest

from core.photos import REASONS, PhotoLimits, PhotoRejected, fuzz_files
from core.photos.decode import decode


def test_files_follow_from_seed_and_number() -> None:
    """The same seed and number give the same file, others another."""
    seeds = [b"0123456789" * 30, b"abcdefghij" * 30]
    first = [fuzz_files.damaged(seeds, 1, number) for number in range(20)]
    assert first == [fuzz_files.damaged(seeds, 1, number) for number in range(20)]
    assert first != [fuzz_files.damaged(seeds, 2, number) for number in range(20)]


def test_formats_that_pillow_knows_and_we_do_not_are_refused_unopened() -> None:
    """An honest or a halved file of any other format of Pillow wakes no decoder."""
    limits = PhotoLimits(judge_content=False, min_side_px=16)
    pillow_heif.register_heif_opener()
    for name, data in fuzz_files.foreign_files().items():
        for file in (data, data[: len(data) // 2]):
            with pytest.raises(PhotoRejected) as refused:
                decode(file, limits)
            assert refused.value.reason in {"unsupported", "not-an-image"}, name


def test_damaged_files_end_no_child() -> None:
    """Damaged files of every format are read or refused with a listed reason."""
    command = [sys.executable, "-m", "core.photos.fuzz", "--executions", "600", "--seed", "77"]
    run = subprocess.run(command, capture_output=True, check=True)
    report = json.loads(run.stdout)
    assert (report["executions"], report["died"]) == (600, 0)
    assert set(report["outcomes"]) <= {"read", *REASONS}


def test_files_that_once_were_news_end_no_child() -> None:
    """What fuzzing found, one file for each way in which decoders fail, is survived for good."""
    seeds = Path(__file__).parent / "seeds"
    command = [sys.executable, "-m", "core.photos.fuzz", "--replay", str(seeds)]
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    outcomes = [line.rpartition(": ")[2] for line in run.stdout.splitlines()]
    assert len(outcomes) == len(list(seeds.iterdir()))
    assert set(outcomes) <= {"read", *REASONS}
