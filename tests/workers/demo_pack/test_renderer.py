"""The rendered world: deterministic, exactly masked, true to its skin tones, on any size."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.demo_pack import CONDITIONS, HELD_OUT, SITES, Scene, render, sample_scene
from workers.demo_pack.colour import ITA_BANDS, tone_of
from workers.demo_pack.prompts import NAMES, SEVERITIES, TONES
from workers.demo_pack.scene import PLAIN


def _scene(condition: str, tone: int = 3, seed: int = 7, severity: int = 2) -> Scene:
    return Scene(condition=condition, tone=tone, site="arm", severity=severity, seed=seed)


@pytest.mark.parametrize("condition", [*CONDITIONS, PLAIN])
def test_same_scene_gives_same_bytes(condition: str) -> None:
    """A scene fixes every pixel of its picture and its mask."""
    first, second = (render(_scene(condition), 64) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.mask, second.mask)


def test_another_seed_gives_another_picture() -> None:
    """The seed varies everything that the other fields leave open."""
    assert not np.array_equal(
        render(_scene("psoriasis", seed=1), 64).image, render(_scene("psoriasis", seed=2), 64).image
    )


@pytest.mark.parametrize(("condition", "tone"), list(product(CONDITIONS, range(1, 7))))
def test_every_condition_marks_a_lesion_on_every_tone(condition: str, tone: int) -> None:
    """The mask is never empty and never everything, and the caption names what was asked for."""
    result = render(_scene(condition, tone), 64)
    assert result.image.shape == (64, 64, 3)
    assert result.image.dtype == np.uint8
    assert 0.001 < result.mask.mean() < 0.95
    low, high = ITA_BANDS[tone - 1]
    assert low < result.ita_deg <= high
    words = f"photo of moderate {NAMES[condition]} on {TONES[tone - 1]} skin, arm"
    assert result.caption == words


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_lesion_lies_where_the_mask_says(condition: str) -> None:
    """Inside the mask a picture differs from the same skin without a lesion; far outside not."""
    scene = replace(_scene(condition, tone=2), textbook=True)
    lesion = render(scene, 96)
    plain = render(replace(scene, condition=PLAIN), 96).image.astype(float)
    change = np.abs(lesion.image - plain).mean(2)
    assert change[lesion.mask].mean() > 4 * change[~lesion.mask].mean()


def test_plain_skin_has_no_mask() -> None:
    """Skin without a lesion has an empty mask."""
    assert not render(_scene(PLAIN), 64).mask.any()


def test_darker_tones_are_darker() -> None:
    """Mean brightness and skin angle fall strictly from type I to type VI."""
    results = [render(_scene(PLAIN, tone, seed=3), 64) for tone in range(1, 7)]
    angles = [result.ita_deg for result in results]
    assert angles == sorted(angles, reverse=True)
    light = [float(result.image.mean()) for result in results]
    assert light == sorted(light, reverse=True)
    assert [tone_of(angle) for angle in angles] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("condition", ["psoriasis", "acne", "vitiligo", "melanoma", "impetigo"])
def test_severe_means_more_lesion(condition: str) -> None:
    """On average a severe scene covers more skin than a mild one."""
    shares = [
        np.mean([render(_scene(condition, seed=s, severity=v), 48).mask.mean() for s in range(12)])
        for v in (1, 3)
    ]
    assert shares[1] > shares[0]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), textbook=st.booleans())
def test_sampled_scenes_can_always_be_drawn(seed: int, textbook: bool) -> None:  # noqa: FBT001
    """Any seed gives a valid scene, the same one each time, and a picture with contrast."""
    scene = sample_scene(seed, textbook=textbook)
    assert scene == sample_scene(seed, textbook=textbook)
    assert scene.site in SITES
    assert scene.severity in range(1, len(SEVERITIES) + 1)
    assert render(scene, 48).image.std() > 1


def test_textbook_scenes_are_undisturbed() -> None:
    """An atlas picture has no hair, ink, ruler, blur or visible limb."""
    scenes = [sample_scene(seed, textbook=True) for seed in range(50)]
    assert not any(s.hair or s.ink or s.ruler or s.limb or s.blur for s in scenes)


def test_photos_carry_what_photos_carry() -> None:
    """Among many sampled photos each disturbance occurs."""
    scenes = [sample_scene(seed) for seed in range(300)]
    for name in ("hair", "ink", "ruler", "limb", "blur"):
        assert any(getattr(scene, name) for scene in scenes)


@pytest.mark.parametrize(
    "fields",
    [{"condition": "measles"}, {"site": "moon"}, {"tone": 0}, {"tone": 7}, {"severity": 4}],
)
def test_impossible_scenes_are_refused(fields: dict[str, object]) -> None:
    """A scene that cannot be drawn says so when it is made."""
    with pytest.raises(ValueError, match=r"unknown|out of range"):
        replace(_scene("acne"), **fields)


def test_three_conditions_are_held_out() -> None:
    """Twelve conditions exist and three of them are left for adapters."""
    assert len(CONDITIONS) == 12
    assert len(set(HELD_OUT) & set(CONDITIONS)) == 3
