"""The trainer as a researcher runs it: one command, folders of adapters, cards, clear errors."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tests.workers.training.tables import write_csv
from workers.training.datasets.folder import read_rgb
from workers.training.errors import RecipeError
from workers.training.lora import main, tasks_of, train
from workers.training.options import checked, read_toml
from workers.training.recipe import Recipe
from workers.training.samples import sample_captions
from workers.training.saving import FILE

ROOT = Path(__file__).parents[3]


# A process of its own imports everything again, which takes long where other work fills the cores.
@pytest.mark.timeout(400)
def test_the_command_trains_from_a_folder_of_photos(base: Path, photos: Path) -> None:
    """`python -m workers.training.lora` learns a folder's captions and says where they are."""
    write_csv(photos, "file_name,text", *(f"p{n}.png,a spot {n}" for n in range(6)))
    out = photos.parent / "adapter"
    words = ["--base", base, "--data", photos, "--out", out, "--caption-style", "verbatim"]
    words += ["--steps", 2, "--batch", 2, "--rank", 2, "--precision", "bf16", "--device", "cpu"]
    done = subprocess.run(
        [sys.executable, "-m", "workers.training.lora", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{out}\n"
    assert "2/2" in done.stderr, "there is a progress bar"
    assert (out / FILE).is_file()
    card = (out / "README.md").read_text()
    for word in ("library_name: diffusers", "a spot 0", "| no condition | 6 |", "## Limits"):
        assert word in card
    recipe = checked(read_toml(out / "recipe.toml"))
    assert (recipe.rank, recipe.precision) == (2, "bf16")


def test_mistakes_end_in_one_sentence(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a researcher can mend is told without a traceback, with exit status 1."""
    words = ["--base", str(base), "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main([*words, "--data", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err == f"there is no folder {tmp_path / 'none'}\n"
    assert main([*words, "--rank", "many"]) == 1
    assert "rank: Input should be a valid integer" in capsys.readouterr().err


def test_half_precision_on_a_cpu_is_refused_in_words(recipe: Callable[..., Recipe]) -> None:
    """fp16 needs a GPU; the message says what to take instead."""
    with pytest.raises(RecipeError, match="try bf16 or fp32"):
        train(recipe(precision="fp16"))


def test_each_condition_gets_an_adapter_of_its_own(recipe: Callable[..., Recipe]) -> None:
    """Per condition, every adapter has its folder and learns only its pictures."""
    made = recipe(adapters="per-condition", steps=1, save_every=0, caption_style="token")
    folders = train(made)
    assert [folder.name for folder in folders] == ["impetigo", "urticaria"]
    weights = [load_file(folder / FILE) for folder in folders]
    assert any((weights[0][name] != weights[1][name]).any() for name in weights[0])
    cards = [(folder / "README.md").read_text() for folder in folders]
    assert "| impetigo | 3 |" in cards[0]
    assert "urticaria" not in cards[0].split("## Recipe")[0]


def test_the_base_draws_what_it_must_not_forget(recipe: Callable[..., Recipe]) -> None:
    """Prior pictures are generated once, with their captions, and used again on resuming."""
    made = recipe(
        prior_share=0.5, prior_images=2, prior_captions=("photo of skin",), steps=1, save_every=0
    )
    (folder,) = train(made)
    prior = folder / "prior"
    assert read_rgb(prior / "00001.png").size == (32, 32)
    assert '"text": "photo of skin"' in (prior / "metadata.jsonl").read_text()
    before = (prior / "00000.png").stat().st_mtime_ns
    train(made)
    assert (prior / "00000.png").stat().st_mtime_ns == before


def test_rendered_base_conditions_may_be_the_prior(recipe: Callable[..., Recipe]) -> None:
    """On the rendered world, the base's own conditions keep it from forgetting."""
    made = recipe(
        prior_share=0.5, prior_data="rendered", prior_images=9, steps=1, save_every=0, mirror=True,
        gradient_checkpointing=True, noise_offset=0.05, crop="random",
    )  # fmt: skip
    assert (train(made)[0] / FILE).is_file()


def test_sample_grids_show_each_condition_by_default(recipe: Callable[..., Recipe]) -> None:
    """Without prompts of its own, a grid has one caption of each condition."""
    own = tasks_of(recipe(caption_style="name"))[0].own
    assert sample_captions(recipe(), own) == ("photo of urticaria", "photo of impetigo")
    assert sample_captions(recipe(sample_captions=("x",)), own) == ("x",)
