"""The spot is repainted; everything outside it stays as it was, bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.photos.tone import estimate
from workers.demo_pack import render, sample_scene
from workers.localizers import Box, Located
from workers.localizers.classical import ClassicalLocalizer
from workers.own_skin.canvas import Canvas, canvas_of

FORMS = (0, 1, 2, 3)


def photo(seed: int = 3, tone: int = 3) -> np.ndarray:
    """Return a rendered photo of 240 pixels."""
    scene = sample_scene(seed, conditions=("psoriasis",), tone=tone, textbook=True)
    return render(scene, 240).image


def canvas(pixels: np.ndarray) -> Canvas:
    """Return the canvas of a photo."""
    found = canvas_of(pixels, ClassicalLocalizer().locate(pixels))
    assert found is not None
    return found


@pytest.mark.parametrize("severity", FORMS)
def test_no_pixel_outside_the_spot_changes(severity: int) -> None:
    """Whatever a model hands back, the photo outside the area is the photo."""
    pixels = photo()
    spot = canvas(pixels)
    nonsense = np.random.default_rng(1).integers(0, 256, (96, 96, 3), np.uint8)

    whole = spot.put_back(Image.fromarray(nonsense), severity)

    area = spot.area(severity)
    assert np.array_equal(whole[~area], pixels[~area])
    assert (whole[area] != pixels[area]).any()
    assert 0 < area.mean() < 0.8


@settings(max_examples=15, deadline=None)
@given(
    left=st.integers(0, 150), top=st.integers(0, 150), wide=st.integers(1, 60),
    high=st.integers(1, 60), severity=st.sampled_from(FORMS),
)  # fmt: skip
def test_spots_of_any_place_and_shape(
    left: int, top: int, wide: int, high: int, severity: int
) -> None:
    """Spots at the very edge, tiny or long, change nothing outside their area either."""
    pixels = np.full((200, 170, 3), (200, 150, 125), np.uint8)
    mask = np.zeros((200, 170), bool)
    mask[top : top + high, left : left + wide] = True
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not mask.any():
        return
    box = Box(left=int(columns[0]), top=int(rows[0]), width=len(columns), height=len(rows))
    spot = canvas_of(pixels, Located(mask=mask, boxes=(box,), share=float(mask.mean())))
    if spot is None:
        return

    whole = spot.put_back(Image.new("RGB", (32, 32), (90, 40, 40)), severity)

    area = spot.area(severity)
    assert np.array_equal(whole[~area], pixels[~area])


@pytest.mark.parametrize("tone", range(1, 7))
def test_the_tone_of_the_skin_stays(tone: int) -> None:
    """The healed form, filled from the skin around it, shifts the tone by five degrees at most."""
    pixels = photo(tone=tone)
    spot = canvas(pixels)
    cut, _, _ = spot.cut(0, 96)

    whole = spot.put_back(cut, 0)

    before, after = estimate(pixels), estimate(whole)
    assert before is not None
    assert after is not None
    assert abs(before.ita_deg - after.ita_deg) <= 5


def test_the_healed_form_starts_from_skin_and_the_severe_one_from_more() -> None:
    """What the model is given is faded for milder forms and set off for the more severe one."""
    pixels = photo()
    spot = canvas(pixels)
    skin = np.median(pixels.reshape(-1, 3), axis=0)

    def apart(severity: int) -> float:
        image, mask, _ = spot.cut(severity, 96)
        inside = np.asarray(mask) > 200
        return float(np.abs(np.asarray(image, float)[inside] - skin).mean())

    assert apart(0) < apart(1) < apart(2) < apart(3)
    strengths = [spot.cut(severity, 96)[2] for severity in FORMS]
    assert strengths == sorted(strengths)
    assert max(strengths) <= 0.55


def test_without_a_spot_or_without_skin_there_is_no_canvas() -> None:
    """Nothing is drawn where nothing stands out, or where there is no skin to keep."""
    pixels = np.full((100, 100, 3), (200, 150, 125), np.uint8)
    nothing = Located(mask=np.zeros((100, 100), bool), boxes=(), share=0.0)
    everything = Located(
        mask=np.ones((100, 100), bool),
        boxes=(Box(left=0, top=0, width=100, height=100),),
        share=1.0,
    )

    assert canvas_of(pixels, nothing) is None
    assert canvas_of(pixels, everything) is None
