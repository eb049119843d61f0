"""Arrows point at what is there, and nowhere else."""

import numpy as np
import pytest
from PIL import Image

from core.domain.contrast import Feature, Mark
from workers.demo_pack.renderer import Render, render
from workers.demo_pack.scene import Scene
from workers.generators import Drawn
from workers.localizers import Located, Pixels
from workers.localizers.pointing import point_at
from workers.localizers.support.spots import located
from workers.pairing import pair_of


def _render(condition: str, tone: int = 3) -> Render:
    scene = Scene(condition=condition, tone=tone, site="arm", severity=2, seed=5, textbook=True)
    return render(scene, 192)


class Exact:
    """A localizer that knows the masks of two renders by their brightness."""

    def __init__(self, *pictures: Render) -> None:
        self._masks = {int(one.image.sum()): one.mask for one in pictures}

    def locate(self, rgb: Pixels) -> Located:
        small = np.asarray(Image.fromarray(rgb).resize((192, 192)))
        nearest = min(self._masks, key=lambda key: abs(key - int(small.sum())))
        mask = Image.fromarray(self._masks[nearest]).resize(rgb.shape[1::-1])
        return located(np.asarray(mask))


@pytest.mark.parametrize(
    ("condition", "feature"),
    [
        ("psoriasis", "pale"),
        ("impetigo", "yellow"),
        ("melanoma", "dark"),
        ("melanoma", "shape"),
        ("melanocytic-nevus", "edge"),
        ("urticaria", "red"),
        ("psoriasis", "surface"),
    ],
)
@pytest.mark.parametrize("tone", [2, 5])
def test_signs_are_found_on_the_lesion(condition: str, feature: Feature, tone: int) -> None:
    """Each sign is found where the picture was painted, within a few pixels of its edge."""
    picture = _render(condition, tone)
    place = point_at(feature, picture.image, located(picture.mask))
    assert place is not None
    near = np.hypot(*(np.argwhere(picture.mask) - place[::-1]).T).min()
    assert near <= 2


def test_the_middle_of_a_ring_is_its_clear_middle() -> None:
    """Ringworm has one, an evenly scaly plaque has none."""
    ring, plaque = _render("tinea-corporis"), _render("melanocytic-nevus")
    assert point_at("middle", ring.image, located(ring.mask)) is not None
    assert point_at("middle", plaque.image, located(plaque.mask)) is None


@pytest.mark.parametrize("feature", ["dark", "pale", "yellow", "red"])
def test_what_does_not_stand_out_is_not_pointed_at(feature: Feature) -> None:
    """On plain skin, whatever a localizer says, there is no sign."""
    skin = _render("plain-skin")
    y, x = np.mgrid[0:192, 0:192]
    mask = (x - 96) ** 2 + (y - 96) ** 2 < 900
    assert point_at(feature, skin.image, located(mask)) is None
    assert point_at(feature, skin.image, located(np.zeros_like(mask))) is None


def test_one_spot_is_not_several() -> None:
    """Where there are several areas, the second one is pointed at; where there is one, none is."""
    one, many = _render("melanocytic-nevus"), _render("acne")
    assert point_at("several", one.image, located(one.mask)) is None
    assert point_at("several", many.image, located(many.mask)) is not None


def _pair(*marks: Mark) -> tuple[np.ndarray, tuple[int, ...]]:
    left, right = _render("melanocytic-nevus"), _render("melanoma")
    drawn = [
        Drawn(image=Image.fromarray(one.image), source=source, model="m")
        for one, source in ((left, "generated"), (right, "schematic"))
    ]
    pair = pair_of(*drawn, marks, Exact(left, right))
    assert (pair.drawn.source, pair.drawn.model) == ("schematic", "m")
    return np.asarray(pair.drawn.image), pair.pointed


def test_a_pair_shows_both_and_an_arrow_for_each_sign_that_was_found() -> None:
    """Arrows change only the picture that they point into; what was not found has none."""
    bare, none = _pair(Mark(number=1, picture=1, feature=None))
    drawn, pointed = _pair(
        Mark(number=1, picture=1, feature="dark"), Mark(number=2, picture=0, feature="yellow")
    )
    half = bare.shape[1] // 2
    assert (none, pointed) == ((), (1,))
    assert (drawn[:, :half] == bare[:, :half]).all()
    assert (drawn[:, half:] != bare[:, half:]).any()
