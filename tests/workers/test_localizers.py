"""Localizers mark skin that differs from the skin around it, and overlays show what they marked."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workers.demo_pack.renderer import Render, render
from workers.demo_pack.scene import PLAIN, sample_scene
from workers.evaluation.localizer import iou
from workers.localizers import Box, Localizer, Located
from workers.localizers.classical import ClassicalLocalizer
from workers.localizers.looking import look
from workers.localizers.overlay import outlined
from workers.localizers.segmenter import SegmentingLocalizer
from workers.localizers.support.unet import load_unet

SEGMENTER = SegmentingLocalizer(model=load_unet(Path("models/demo/segmenter")))
LOCALIZERS = [ClassicalLocalizer(), SEGMENTER]


def _picture(condition: str, tone: int, size_px: int = 192) -> Render:
    return render(sample_scene(31, conditions=(condition,), tone=tone, textbook=True), size_px)


def _located(mask: np.ndarray, *boxes: tuple[int, int, int, int]) -> Located:
    named = tuple(Box(left=x, top=y, width=w, height=h) for x, y, w, h in boxes)
    return Located(mask=mask, boxes=named, share=float(mask.mean()))


@pytest.mark.parametrize("localizer", LOCALIZERS)
@pytest.mark.parametrize("tone", range(1, 7))
@pytest.mark.parametrize("condition", ["melanoma", "vitiligo", "seborrheic-keratosis"])
def test_lesions_are_found_on_every_tone(localizer: Localizer, condition: str, tone: int) -> None:
    """The mask covers the lesion, and the first box holds its middle."""
    picture = _picture(condition, tone)
    located = localizer.locate(picture.image)
    assert iou(located.mask, picture.mask) > 0.6
    assert located.share == pytest.approx(located.mask.mean())


@pytest.mark.parametrize("localizer", LOCALIZERS)
def test_plain_skin_has_almost_nothing(localizer: Localizer) -> None:
    """Shade and grain are not taken for a lesion."""
    shares = [localizer.locate(_picture(PLAIN, tone).image).share for tone in range(1, 7)]
    assert max(shares) < 0.05


@pytest.mark.parametrize("localizer", LOCALIZERS)
@pytest.mark.parametrize("shape", [(96, 96), (160, 240), (480, 300)])
def test_masks_have_the_size_of_the_photo(localizer: Localizer, shape: tuple[int, int]) -> None:
    """Any size and shape of photo is taken, and boxes lie inside it."""
    square = _picture("melanocytic-nevus", 3, 480).image
    located = localizer.locate(np.ascontiguousarray(square[: shape[0], : shape[1]]))
    assert located.mask.shape == shape
    for box in located.boxes:
        assert 0 <= box.left < box.left + box.width <= shape[1]
        assert 0 <= box.top < box.top + box.height <= shape[0]


@pytest.mark.parametrize("localizer", LOCALIZERS)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_nothing_in_an_empty_picture(localizer: Localizer, value: int) -> None:
    """Flat pictures have no affected area and do no harm."""
    located = localizer.locate(np.full((120, 100, 3), value, np.uint8))
    assert (located.boxes, located.share) == ((), 0.0)


def test_separate_spots_have_separate_boxes() -> None:
    """Spots far apart are boxed one by one, the largest first."""
    skin = np.full((200, 200, 3), (205, 160, 135), np.uint8)
    skin[30:50, 30:50] = skin[120:160, 110:150] = (110, 60, 45)
    boxes = ClassicalLocalizer().locate(skin).boxes
    assert [(round(b.left, -1), round(b.top, -1)) for b in boxes] == [(110, 120), (30, 30)]


@pytest.mark.parametrize("shade", [(250, 235, 225), (205, 160, 135), (60, 40, 32)])
def test_outlines_are_seen_on_every_tone(shade: tuple[int, int, int]) -> None:
    """The line differs strongly from light and from dark skin, and leaves the inside alone."""
    skin = np.full((300, 300, 3), shade, np.uint8)
    mask = np.zeros((300, 300), bool)
    mask[100:200, 100:200] = True
    drawn = outlined(skin, _located(mask, (100, 100, 100, 100)))
    changed = np.abs(drawn.astype(int) - skin).sum(axis=2)
    assert changed[110:190, 110:190].max() == 0
    assert changed.max() > 150
    assert 0.005 < (changed > 100).mean() < 0.05


def test_several_spots_are_numbered() -> None:
    """With more than one box, discs with numbers are added; the photo itself is not changed."""
    skin = np.full((300, 300, 3), (205, 160, 135), np.uint8)
    mask = np.zeros((300, 300), bool)
    mask[50:100, 50:100] = mask[200:250, 200:250] = True
    first, second = (50, 50, 50, 50), (200, 200, 50, 50)
    one, two = (outlined(skin, _located(mask, *boxes)) for boxes in ((first,), (first, second)))
    assert (one != two).any()
    assert (skin == (205, 160, 135)).all()


def test_overlay_of_an_encoded_photo() -> None:
    """A JPEG goes in and one of the same size comes out; nothing comes out for plain skin."""
    target = io.BytesIO()
    Image.fromarray(_picture("melanoma", 2).image).save(target, "JPEG", quality=92)
    looked = look(target.getvalue(), ClassicalLocalizer())
    assert looked is not None
    assert Image.open(io.BytesIO(looked.outline)).size == (192, 192)
    assert [spot.number for spot in looked.spots] == [1]
    flat = io.BytesIO()
    Image.new("RGB", (200, 200), (205, 160, 135)).save(flat, "JPEG")
    assert look(flat.getvalue(), ClassicalLocalizer()) is None
