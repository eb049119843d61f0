"""Skin tone is the typology angle of unaffected skin, with an honest band around it."""

import numpy as np
import pytest

from core.photos.colour import lab, linear
from core.photos.tone import estimate, ita_deg, tone_of
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, sample_scene


@pytest.mark.parametrize(
    ("angle_deg", "band"), [(60, 1), (55, 2), (41, 3), (28, 4), (10, 5), (-30, 6), (-50, 6)]
)
def test_bands(angle_deg: float, band: int) -> None:
    """Band limits are those of the literature; the neighbours are what 12 degrees may change."""
    tone = tone_of(angle_deg)
    assert (tone.fitzpatrick, tone.low <= band <= tone.high) == (band, True)


def test_the_angle_is_the_published_one() -> None:
    """ITA of L* 70, b* 20 is 45 degrees."""
    assert ita_deg(np.array([70.0, 10.0, 20.0], np.float32)) == pytest.approx(45.0)


def test_lab_of_known_colours() -> None:
    """White, mid grey and red have their CIELAB values (D65)."""
    colours = np.array([[[255, 255, 255], [119, 119, 119], [255, 0, 0]]], np.uint8)
    expected = [[100, 0, 0], [50.03, 0, 0], [53.24, 80.09, 67.2]]
    assert lab(linear(colours))[0] == pytest.approx(np.array(expected), abs=0.2)


def test_tones_of_renders_are_found() -> None:
    """Over tones, conditions, sites and lights the median error is at most 6 degrees."""
    scenes = [
        sample_scene(500_000 + i, tone=i % 6 + 1, conditions=(CONDITIONS[i % 12],))
        for i in range(96)
    ]
    pictures = [render(scene, 128) for scene in scenes]
    errors = [
        abs(tone.ita_deg - picture.ita_deg)
        for picture in pictures
        if (tone := estimate(picture.image)) is not None
    ]
    assert (len(errors), np.median(errors) <= 6) == (96, True)


@pytest.mark.parametrize("tone", range(1, 7))
def test_hair_and_lesions_hardly_matter(tone: int) -> None:
    """The same person has the same tone with and without a mole and hair."""
    angles = [
        estimate(render(sample_scene(21, conditions=(condition,), tone=tone), 128).image)
        for condition in ("plain-skin", "melanoma", "psoriasis", "vitiligo")
    ]
    found = [angle.ita_deg for angle in angles if angle]
    assert (len(found), max(found) - min(found) < 12) == (4, True)


def test_no_skin_has_no_tone() -> None:
    """Grey pictures have no skin tone."""
    assert estimate(np.full((120, 120, 3), 128, np.uint8)) is None
