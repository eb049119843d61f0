"""Figures of spots: what they measure, and that they do not depend on skin tone."""

from dataclasses import replace

import numpy as np
import pytest

from core.domain.seen import Spot
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import Scene
from workers.demo_pack.several import Placed, render_several
from workers.localizers.figures import _with_odd_one, asymmetry, border, shades, spots_of
from workers.localizers.looking import closer
from workers.localizers.support.refining import refined
from workers.localizers.support.ruler import millimetre_px
from workers.localizers.support.spots import boxes_of, groups_of, located

SCENE = Scene(condition="melanoma", tone=3, site="back", severity=2, seed=31_000_004, textbook=True)
PLAIN = replace(SCENE, condition="plain-skin")


def _disc(radius: float, size: int = 200) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size]
    return (x - size / 2) ** 2 + (y - size / 2) ** 2 < radius**2


def test_a_disc_is_even_and_smooth() -> None:
    """A disc matches itself folded over, and its edge is no longer than it must be."""
    assert asymmetry(_disc(60)) < 0.03
    assert border(_disc(60)) < 0.02


def test_a_notched_shape_is_uneven() -> None:
    """A disc without a quarter and with teeth finds no match, and its edge is long."""
    shape = _disc(60)
    shape[100:, 100:] = False
    shape[40:90:10, 40:160] = False
    assert asymmetry(shape) > 0.15
    assert border(shape) > 0.08


@pytest.mark.parametrize("base", [(70.0, 10.0, 18.0), (35.0, 12.0, 14.0)])
def test_shades_are_counted_alike_on_light_and_dark_skin(base: tuple[float, ...]) -> None:
    """Two colours that are clearly apart are two, however light the skin is."""
    grain = np.random.default_rng(0).normal(0, 1, (400, 3))
    one = np.array(base) + grain
    two = np.concatenate([one, one - np.array([25.0, 0.0, 0.0])])
    assert (shades(one), shades(two)) == (1, 2)


@pytest.mark.parametrize("tone", [1, 3, 6])
def test_moles_and_melanoma_differ_in_their_figures(tone: int) -> None:
    """Rendered moles are even; rendered melanomas are less even and have more shades."""
    mole = replace(SCENE, condition="melanocytic-nevus", tone=tone)
    (even, uneven) = (
        spots_of(picture.image, located(picture.mask))[0]
        for picture in (render(mole), render(replace(SCENE, tone=tone)))
    )
    assert even.asymmetry < 0.08 < uneven.asymmetry
    assert even.shades < uneven.shades


@pytest.mark.parametrize("size_px", [192, 512])
def test_millimetres_are_read_off_a_ruler(size_px: int) -> None:
    """The distance of the marks is found to a hundredth; without a ruler there is none."""
    found = millimetre_px(render(replace(SCENE, ruler=True), size_px).image)
    assert found == pytest.approx(size_px / 50, rel=0.01)
    assert millimetre_px(render(SCENE, size_px).image) is None


def test_sizes_are_in_millimetres_where_there_is_a_ruler() -> None:
    """Area and diameter belong to the exact mask, whatever the size of the photo."""
    picture = render(replace(SCENE, ruler=True), 640)
    spot = spots_of(picture.image, located(picture.mask))[0]
    exact = picture.mask.mean() * 50 * 50
    assert spot.area_mm2 == pytest.approx(exact, rel=0.1)
    assert spot.diameter_mm is not None
    assert 0.9 * np.sqrt(exact / np.pi) * 2 < spot.diameter_mm < 60


def _moles(odd: str = "melanocytic-nevus") -> tuple[np.ndarray, np.ndarray]:
    nevus = "melanocytic-nevus"
    placed = [
        Placed(condition=nevus, x=0.25, y=0.3),
        Placed(condition=nevus, x=0.7, y=0.25, zoom=0.55),
        Placed(condition=odd, x=0.65, y=0.7, zoom=0.55),
        Placed(condition=nevus, x=0.25, y=0.75, zoom=0.55),
    ]
    picture = render_several(PLAIN, placed, 320)
    return picture.image, picture.mask


def test_the_odd_one_out_is_found() -> None:
    """Among moles a melanoma is pointed at, with reasons; among alike moles nothing is."""
    image, mask = _moles("melanoma")
    odd = [spot for spot in spots_of(image, located(mask)) if spot.odd]
    assert len(odd) == 1
    assert (odd[0].left, odd[0].top) > (0.4, 0.4)
    assert not any(spot.odd for spot in spots_of(*_found(*_moles())))


def _found(image: np.ndarray, mask: np.ndarray) -> tuple:
    return image, located(mask)


def test_too_many_spots_are_not_numbered() -> None:
    """Nobody can follow twenty numbers."""
    mask = np.zeros((300, 300), bool)
    for number in range(20):
        mask[30 * (number // 4) + 5 :, :][:8, 60 * (number % 4) + 10 :][:, :8] = True
    assert spots_of(np.full((300, 300, 3), 180, np.uint8), located(mask)) == ()


def test_spots_are_numbered_by_size() -> None:
    """The number follows the area, and boxes come in the same order."""
    mask = np.zeros((100, 100), bool)
    mask[5:15, 5:15] = mask[50:90, 50:90] = True
    groups = groups_of(mask)
    assert (groups[70, 70], groups[10, 10], groups[40, 10]) == (1, 2, 0)
    assert [(box.left, box.width) for box in boxes_of(groups)] == [(50, 40), (5, 10)]


def test_a_closer_picture_is_square_and_inside() -> None:
    """A spot in a corner gets a square with as much skin as there is."""
    mask = np.zeros((200, 300), bool)
    mask[0:20, 270:300] = True
    part = closer(np.zeros((200, 300, 3), np.uint8), located(mask).boxes[0])
    assert part.shape[0] == part.shape[1] >= 44


def test_an_edge_is_moved_to_where_the_colour_changes() -> None:
    """A mask that is a little too large or too small shrinks or grows to the spot."""
    skin = np.full((200, 200, 3), (205, 160, 135), np.uint8)
    spot = _disc(50)
    skin[spot] = (110, 60, 45)
    for radius in (46, 54):
        moved = refined(skin, _disc(radius))
        assert (moved ^ spot).sum() < 0.5 * (_disc(radius) ^ spot).sum()
    assert not refined(skin, np.zeros_like(spot)).any()


def test_a_fleck_beside_large_plaques_is_not_the_odd_one_out() -> None:
    """What is a hundred times smaller than its neighbours is not compared with them."""
    plaque = Spot(
        number=1,
        left=0,
        top=0,
        width=0.3,
        height=0.3,
        area_share=0.1,
        asymmetry=0,
        border=0,
        shades=3,
    )
    spots = [replace(plaque, number=number) for number in (1, 2, 3)]
    like = np.array([9.0, 60.0, 20.0, 0.1, 0.1, 3.0])
    darker = np.array([0.0, -30.0, 15.0, 0.0, 0.0, 0.0])

    def odd(fleck: float) -> int:
        off = np.array([np.log(fleck), 0, 0, 0, 0, 0])
        return sum(bool(one.odd) for one in _with_odd_one(spots, [like, like, like + darker + off]))

    assert odd(0.5) == 1
    assert odd(0.01) == 0
