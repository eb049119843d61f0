"""Recipes: one TOML file, options over it, and every mistake named before anything is loaded."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.training.errors import RecipeError
from workers.training.options import add_recipe, checked, read_toml, recipe_from, to_toml
from workers.training.recipe import Recipe

NEEDED = {"base": "some/base", "out": "out"}


def parsed(*words: str) -> Recipe:
    """Return the recipe of a command line."""
    parser = argparse.ArgumentParser()
    add_recipe(parser)
    return recipe_from(parser.parse_args(words))


def test_options_win_over_the_file(tmp_path: Path) -> None:
    """A recipe comes from a TOML file, and what the command line names replaces it."""
    file = tmp_path / "recipe.toml"
    file.write_text('base = "a/b"\nout = "x"\nrank = 8\nmirror = true\nmin_snr = "none"\n')
    made = parsed("--recipe", str(file), "--rank", "32", "--no-mirror", "--conditions", "a", "b")
    assert (made.base, made.rank, made.mirror, made.conditions) == ("a/b", 32, False, ("a", "b"))
    assert made.min_snr is None


def test_a_written_recipe_reads_back_the_same(tmp_path: Path) -> None:
    """`recipe.toml` beside an adapter gives the recipe that made it."""
    made = checked({**NEEDED, "sample_captions": ('a "quoted" word', "b"), "alpha": None})
    (tmp_path / "recipe.toml").write_text(to_toml(made))
    assert checked(read_toml(tmp_path / "recipe.toml")) == made


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"rnk": 4}, "rnk is no setting (did you mean rank?)"),
        ({"rank": 0}, "rank: Input should be greater than or equal to 1"),
        ({"schedule": "sawtooth"}, "schedule: Input should be"),
        ({"steps": 10, "warm_up": 10}, "warm_up (10) must be smaller than steps (10)"),
        ({"batch": 2, "prior_share": 0.1}, "less than one picture"),
        ({"size_px": 100}, "size_px: Input should be a multiple of 8"),
        ({"prior_share": 0.5, "prior_captions": ()}, "prior_captions are needed"),
    ],
)
def test_every_wrong_setting_is_named(values: dict[str, object], sentence: str) -> None:
    """A wrong setting is refused with its name and what would be right."""
    with pytest.raises(RecipeError) as caught:
        checked(NEEDED | values)
    assert sentence in str(caught.value)


def test_what_is_missing_is_named() -> None:
    """Base and folder must be given."""
    with pytest.raises(RecipeError, match=r"base is missing, out is missing"):
        checked({})


def test_a_recipe_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file and a file that is not TOML are different sentences."""
    with pytest.raises(RecipeError, match="cannot be read"):
        read_toml(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("rank 4")
    with pytest.raises(RecipeError, match="is not TOML"):
        read_toml(tmp_path / "bad.toml")


def test_only_settings_that_change_weights_change_the_fingerprint() -> None:
    """Where and how often is written does not matter to a run that goes on."""
    made: Callable[..., Recipe] = lambda **more: checked(NEEDED | more)  # noqa: E731
    assert made(out="b", save_every=7, keep=9).fingerprint() == made().fingerprint()
    assert made(rank=4).fingerprint() != made().fingerprint()


def test_alpha_is_the_rank_unless_it_is_given() -> None:
    """The scale of an adapter is one by default."""
    assert checked(NEEDED | {"rank": 8}).scale_alpha == 8
    assert checked(NEEDED | {"rank": 8, "alpha": 4}).scale_alpha == 4
