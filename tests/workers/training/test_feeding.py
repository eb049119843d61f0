"""Batches are functions of their number: the ground on which exact resuming stands."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from workers.training.base import Base, load_base
from workers.training.captions import captions_of, token_of
from workers.training.datasets.rendered import RenderedWorld
from workers.training.errors import DataError
from workers.training.feeding import Feeder, Lesson, squared
from workers.training.objective import target, weights
from workers.training.recipe import Recipe


@pytest.fixture(scope="module")
def loaded(base: Path) -> Base:
    """Give the loaded tiny base."""
    made = Recipe(base=str(base), out=Path("unused"))
    return load_base(made, torch.device("cpu"))


def lesson(*conditions: str, each: int = 3, weight: float = 1.0) -> Lesson:
    """Return a lesson of renders."""
    data = RenderedWorld(conditions, each=each, seed=1)
    return Lesson(data=data, captions=captions_of(data, "verbatim", conditions), weight=weight)


def test_a_batch_is_the_same_whenever_it_is_asked_for(
    loaded: Base, recipe: Callable[..., Recipe]
) -> None:
    """Batch 5 does not depend on which batches came before it."""
    made = recipe(mirror=True, empty_captions=0.5, noise_offset=0.1)
    one, other = (Feeder(base=loaded, recipe=made, own=lesson("acne", "eczema")) for _ in "ab")
    for number in range(5):
        one.batch(number)
    first, second = one.batch(5), other.batch(5)
    assert torch.equal(first.latents, second.latents)
    assert torch.equal(first.noise, second.noise)
    assert torch.equal(first.times, second.times)
    assert first.captions == second.captions
    assert not torch.equal(first.noise, one.batch(6).noise)


def test_every_picture_comes_once_before_any_comes_again(
    loaded: Base, recipe: Callable[..., Recipe]
) -> None:
    """Three batches of two show six pictures once each."""
    feeder = Feeder(base=loaded, recipe=recipe(empty_captions=0), own=lesson("acne", each=6))
    seen = [caption for number in range(3) for caption in feeder.batch(number).captions]
    assert sorted(seen) == sorted(feeder.own.captions)


def test_a_share_of_each_batch_is_what_must_not_be_forgotten(
    loaded: Base, recipe: Callable[..., Recipe]
) -> None:
    """With a prior share of a quarter, one of four pictures is a prior one, with its weight."""
    made = recipe(batch=4, prior_share=0.25, prior_data="rendered", empty_captions=0)
    prior = lesson("vitiligo", weight=0.5)
    batch = Feeder(base=loaded, recipe=made, own=lesson("acne"), prior=prior).batch(0)
    assert ["vitiligo" in caption for caption in batch.captions] == [False] * 3 + [True]
    assert batch.weights.tolist() == [1, 1, 1, 0.5]


def test_pictures_are_cut_square_without_distortion() -> None:
    """The largest square is used; a picture that fits already is left alone."""
    wide = Image.new("RGB", (60, 20), "white")
    wide.paste("black", (20, 0, 40, 20))
    assert squared(wide, 20, (0.5, 0.5)).getpixel((10, 10)) == (0, 0, 0)
    assert squared(wide, 20, (0.0, 0.0)).getpixel((10, 10)) == (255, 255, 255)
    small = Image.new("RGB", (20, 20))
    assert squared(small, 20, (0.5, 0.5)) is small


def test_renders_of_a_condition_do_not_depend_on_its_company() -> None:
    """Unified and single adapters learn from the same pictures."""
    alone = RenderedWorld(("impetigo",), each=2, seed=5)
    both = RenderedWorld(("urticaria", "impetigo"), each=2, seed=5)
    assert alone.notes == both.notes[2:]
    assert alone.picture(1, 32).tobytes() == both.picture(3, 32).tobytes()
    assert alone.fingerprint != both.fingerprint
    with pytest.raises(DataError, match="the renderer draws no gout"):
        RenderedWorld(("gout",), each=1, seed=0)


def test_tokens_are_different_for_every_condition() -> None:
    """The token style has one meaningless word per condition, fixed by their order."""
    names = [f"c{number:03d}" for number in range(216)]
    tokens = [token_of(name, names) for name in names]
    assert len(set(tokens)) == 216
    assert tokens[0] == token_of("c000", list(reversed(names)))


def test_the_target_is_what_the_base_predicts() -> None:
    """At no noise the velocity is the noise; at full noise it is minus the picture."""
    latents, noise = torch.full((2, 1, 1, 1), 3.0), torch.full((2, 1, 1, 1), 7.0)
    alphas = torch.tensor([1.0, 0.0])
    assert target(latents, noise, alphas, "epsilon").flatten().tolist() == [7, 7]
    assert target(latents, noise, alphas, "v_prediction").flatten().tolist() == [7, -3]


def test_min_snr_weights_are_those_of_the_paper() -> None:
    """Weights are min(snr, gamma) / snr for noise and / (snr + 1) for velocity, with a floor."""
    alphas = torch.tensor([0.5, 10 / 11, 0.0])  # signal-to-noise ratios 1, 10, 0
    assert weights(alphas, "epsilon", 5, 0)[:2].tolist() == pytest.approx([1, 0.5])
    assert weights(alphas, "v_prediction", 5, 0).tolist() == pytest.approx([0.5, 5 / 11, 0])
    assert weights(alphas, "v_prediction", 5, 0.15)[2] == pytest.approx(0.15)
    assert weights(alphas, "epsilon", None, 0).tolist() == [1, 1, 1]
