"""The badge is found again in copies of our pictures and nowhere else."""

import pytest
from PIL import Image

from core.provenance.stamp import seen
from tests.unit.provenance.pictures import badged, noise, opened, saved_again, skin

WORDS = ("SYNTHETIC", "SYNTHETIC · SCHEMATIC DRAWING", "SINTÉTICO")


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(("side_px", "quality"), [(512, 90), (1280, 60), (256, 60)])
def test_badge_is_seen_in_copies(word: str, side_px: int, quality: int) -> None:
    """Every badge survives being saved again at another size."""
    for seed in range(3):
        assert seen(opened(saved_again(badged(seed, word), side_px, quality)), WORDS)


def test_no_badge_is_seen_where_there_is_none() -> None:
    """Bare renders, noise and flat colour have none."""
    for seed in range(12):
        assert not seen(skin(seed), WORDS)
    assert not seen(noise(), WORDS)
    assert not seen(Image.new("RGB", (512, 512), (18, 20, 24)), WORDS)


def test_another_word_is_not_ours() -> None:
    """A badge with a word that is not ours is somebody else's."""
    assert not seen(opened(badged(1, "SOMETHING ELSE HERE")), WORDS)


def test_strips_and_no_words_are_taken_calmly() -> None:
    """A picture of unusual shape has no badge, and without words nothing is looked for."""
    assert not seen(Image.new("RGB", (2000, 20)), WORDS)
    assert not seen(Image.new("RGB", (20, 2000)), WORDS)
    assert not seen(opened(badged()), ())
