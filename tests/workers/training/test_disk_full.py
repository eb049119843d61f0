"""A disk that fills ends a run with a sentence; the last good checkpoint stays good."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tests.workers.training import children
from workers.training.checkpoints import Checkpoints
from workers.training.errors import StorageError
from workers.training.lora import train
from workers.training.recipe import Recipe
from workers.training.saving import FILE
from workers.training.stepping import Pupil


def filled_after(steps: int, limit_bytes: int, made: Recipe, told: Path) -> Callable[[], int]:
    """Return a run on a disk that takes no larger files after some steps."""
    step = Pupil.step

    def stepping(self: Pupil, number: int, factor: float) -> float:
        if number == steps:
            # What pytest captures is a file, too.
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
        return step(self, number, factor)

    def work() -> int:
        Pupil.step = stepping  # type: ignore[method-assign]
        try:
            train(made)
        except StorageError as error:
            # Short enough for the full disk; the parent reads it.
            told.write_text(str(error))
            return 3
        return 0

    return work


# A file of a run: the receipt has 2 kB, the adapter 20 kB, the training state more.
@pytest.mark.parametrize(
    "limit_bytes", [1_000, 12_000, 30_000], ids=["receipt", "adapter", "state"]
)
def test_a_full_disk_costs_no_checkpoint(
    recipe: Callable[..., Recipe], tmp_path: Path, limit_bytes: int
) -> None:
    """Whichever file hits the end of the disk, what was saved before is whole and goes on."""
    made = recipe(steps=4, keep=1)
    told = tmp_path / "told.txt"
    assert children.run(filled_after(2, limit_bytes, made, told)) == 3
    message = told.read_text()
    assert "the checkpoint of step 4 could not be written (File too large" in message
    assert "step-000002; the same command goes on from it" in message
    assert not list(made.out.rglob("*.partial"))
    latest = Checkpoints(made.out / "checkpoints").latest()
    assert latest is not None
    assert latest.step == 2
    (folder,) = train(made)
    (whole,) = train(recipe(steps=4, out=tmp_path / "whole"))
    mine, theirs = load_file(folder / FILE), load_file(whole / FILE)
    assert all((mine[name] == theirs[name]).all() for name in theirs)


def test_a_log_on_a_full_disk_ends_in_a_sentence_too(
    recipe: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any refusal of the disk, even of the progress bar, names the last good checkpoint."""
    step = Pupil.step

    def refused(self: Pupil, number: int, factor: float) -> float:
        if number == 2:
            raise OSError(28, "No space left on device")
        return step(self, number, factor)

    monkeypatch.setattr(Pupil, "step", refused)
    with pytest.raises(StorageError, match=r"\(No space left on device\); the last good .*000002;"):
        train(recipe())


def test_a_folder_that_cannot_be_written_is_told_before_training(
    recipe: Callable[..., Recipe], tmp_path: Path
) -> None:
    """A file in the way of the run's folder is told in one sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="nothing was trained"):
        train(recipe(out=tmp_path / "file" / "run"))
