"""A killed run goes on and ends with the weights of an unbroken one, whenever it was killed."""

import fcntl
import json
import logging
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.workers.training import children
from workers.training import checkpoints, files, loop
from workers.training.checkpoints import Checkpoints
from workers.training.errors import RecipeError, StorageError, TrainingError
from workers.training.lora import main, train
from workers.training.recipe import Recipe
from workers.training.saving import FILE
from workers.training.stepping import Pupil


def full(recipe: Callable[..., Recipe], out: Path, **more: Any) -> Recipe:
    """Return a recipe that uses everything that could depend on what came before."""
    settings = {
        "out": out, "steps": 6, "accumulation": 2, "dropout": 0.1, "mirror": True, "warm_up": 2,
        "empty_captions": 0.3, "targets": ("attention", "convolutions"),
    }  # fmt: skip
    return recipe(**settings | more)


@pytest.fixture(scope="module")
def unbroken() -> dict[str, torch.Tensor]:
    """Give a place for the weights of an unbroken run, which is made once."""
    return {}


def same_as_unbroken(
    kept: dict[str, torch.Tensor], recipe: Callable[..., Recipe], tmp_path: Path, folder: Path
) -> bool:
    """Compare a run's weights with those of an unbroken run, bit by bit."""
    if not kept:
        kept |= load_file(train(full(recipe, tmp_path / "unbroken"))[0] / FILE)
    mine = load_file(folder / FILE)
    assert mine.keys() == kept.keys()
    return all(torch.equal(mine[name], kept[name]) for name in kept)


def nth(number: int, work: Callable[..., Any], then: Callable[..., Any]) -> Callable[..., Any]:
    """Return a call that behaves like `work`, but like `then` the n-th time."""
    calls = iter(range(1_000_000))

    def instead(*arguments: Any, **more: Any) -> Any:
        return (then if next(calls) == number - 1 else work)(*arguments, **more)

    return instead


def half_a_file(path: Path, data: bytes) -> None:
    """Write half of a file and die."""
    path.write_bytes(data[: len(data) // 2])
    children.die()


def dead(*_: Any, **__: Any) -> None:
    """Die."""
    children.die()


MOMENTS: dict[str, tuple[Any, str, int, Callable[..., Any], int]] = {
    # where, what, which call, how it dies, step of the checkpoint that must be left
    "in the middle of a file": (checkpoints, "write", 2, half_a_file, 2),
    "before the adapter is verified": (loop, "verify", 2, dead, 2),
    "before the receipt": (files, "digest", 4, dead, 2),
    "before the folder has its name": (files, "_flush", 9, dead, 2),
    "while old checkpoints are removed": (checkpoints.shutil, "rmtree", 6, dead, 4),
    "between two saves": (Pupil, "step", 6, dead, 4),
    "while the adapter is published": (loop, "card", 1, dead, 6),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_at_any_moment_goes_on_as_if_nothing_had_been(
    recipe: Callable[..., Recipe],
    tmp_path: Path,
    unbroken: dict[str, torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    """After kill -9 the last good checkpoint is whole, and the end is that of an unbroken run."""
    where, name, number, death, left = MOMENTS[moment]
    made = full(recipe, tmp_path / "killed", keep=1)
    with monkeypatch.context() as patched:
        patched.setattr(where, name, nth(number, getattr(where, name), death))
        assert children.run(lambda: train(made)) == -signal.SIGKILL
    latest = Checkpoints(made.out / "checkpoints").latest()
    assert latest is not None
    assert latest.step == left
    assert not list(made.out.rglob("*.partial")), "what was unfinished is swept up"
    (folder,) = train(made)
    assert same_as_unbroken(unbroken, recipe, tmp_path, folder)


def test_a_run_killed_from_outside_in_mid_save_goes_on(
    recipe: Callable[..., Recipe], tmp_path: Path, unbroken: dict[str, torch.Tensor]
) -> None:
    """Killing the process while a checkpoint is being written costs at most that checkpoint."""
    made = full(recipe, tmp_path / "killed")
    pid = children.start(lambda: train(made))
    saves = made.out / "checkpoints"
    while not list(saves.glob("step-000004.partial")):
        assert not (made.out / FILE).exists(), "the run ended before it could be killed"
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    assert children.ended(pid) == -signal.SIGKILL
    (folder,) = train(made)
    assert same_as_unbroken(unbroken, recipe, tmp_path, folder)


def test_saves_and_samples_do_not_change_the_weights(
    recipe: Callable[..., Recipe], tmp_path: Path, unbroken: dict[str, torch.Tensor]
) -> None:
    """How often is saved and drawn changes nothing."""
    made = full(recipe, tmp_path / "often", save_every=1, sample_every=2, keep=3)
    (folder,) = train(made)
    assert same_as_unbroken(unbroken, recipe, tmp_path, folder)
    assert sorted(p.name for p in (folder / "samples").iterdir()) == [
        "step-000002.png", "step-000004.png", "step-000006.png",
    ]  # fmt: skip
    assert len(list((folder / "checkpoints").iterdir())) == 3


def test_a_damaged_checkpoint_is_passed_over(
    recipe: Callable[..., Recipe],
    tmp_path: Path,
    unbroken: dict[str, torch.Tensor],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One flipped byte in the newest checkpoint, and the one before it is gone on from."""
    made = full(recipe, tmp_path / "damaged")
    train(made)
    (made.out / FILE).unlink()
    state = made.out / "checkpoints" / "step-000006" / "state.pt"
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        (folder,) = train(made)
    assert "step-000006 is damaged and is passed over" in caplog.text
    assert same_as_unbroken(unbroken, recipe, tmp_path, folder)


def test_another_recipe_is_not_gone_on_with(recipe: Callable[..., Recipe]) -> None:
    """Going on with another rank or other pictures is refused by name; --fresh begins anew."""
    train(recipe(steps=2))
    with pytest.raises(RecipeError, match=r"rank was 2 and is 4.*--fresh"):
        train(recipe(steps=2, rank=4))
    with pytest.raises(RecipeError, match="pictures was 'rendered/urticaria"):
        train(recipe(steps=2, images_per_condition=4))
    (folder,) = train(recipe(steps=2, rank=4), fresh=True)
    assert json.loads((folder / "losses.json").read_text())


def test_a_finished_run_is_not_trained_again(
    recipe: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command on a finished run gives the same adapter at once."""
    (folder,) = train(recipe(steps=2))
    before = (folder / FILE).read_bytes()
    monkeypatch.setattr(Pupil, "step", dead)
    assert train(recipe(steps=2)) == (folder,)
    assert (folder / FILE).read_bytes() == before


def test_two_runs_cannot_write_into_one_folder(recipe: Callable[..., Recipe]) -> None:
    """The second run is told that the first one is there."""
    made = recipe()
    made.out.mkdir()
    with (made.out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StorageError, match="another run is writing into"):
            train(made)


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(
    recipe: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is saved after a loss of nan, and the message says what to change."""
    made = recipe(steps=4)
    monkeypatch.setattr(
        Pupil,
        "_loss",
        nth(3, Pupil._loss, lambda self, batch: Pupil._loss(self, batch) * torch.nan),
    )
    with pytest.raises(TrainingError, match="not a number any more at step 3; lower the rate"):
        train(made)
    latest = Checkpoints(made.out / "checkpoints").latest()
    assert latest is not None
    assert latest.step == 2


def test_stopping_by_hand_says_how_to_go_on(
    recipe: Callable[..., Recipe],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ctrl-C ends in a sentence, not in a stack of lines."""

    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    made = recipe(steps=4)
    monkeypatch.setattr(Pupil, "step", nth(4, Pupil.step, stopped))
    words = ["--base", made.base, "--out", str(made.out), "--device", "cpu", "--steps", "4"]
    words += ["--batch", "2", "--rank", "2", "--save-every", "2", "--images-per-condition", "3"]
    assert main(words) == 1
    message = capsys.readouterr().err
    assert "stopped; the last good checkpoint is" in message
    assert "step-000002; the same command goes on from it" in message
