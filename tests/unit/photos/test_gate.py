"""The gate lets honest photos of skin of every tone pass, and says what is wrong with others."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.photos import GateReport
from core.photos.gate import inspect
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import PLAIN, Scene, sample_scene
from workers.evaluation import photo_defects as defects
from workers.evaluation.photo_gate import LEVELS

_SIZE_PX = 256


def _scene(tone: int, seed: int = 5) -> Scene:
    return sample_scene(seed, conditions=("melanocytic-nevus",), tone=tone, textbook=True)


def _jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "JPEG", quality=quality)
    return np.asarray(Image.open(target))


@pytest.mark.parametrize("tone", range(1, 7))
@pytest.mark.parametrize("condition", ["melanoma", "vitiligo", "urticaria", "psoriasis", PLAIN])
def test_skin_of_every_tone_passes(tone: int, condition: str) -> None:
    """No tone and no lesion is mistaken for a bad photo."""
    scene = sample_scene(11, conditions=(condition,), tone=tone, textbook=True)
    report = inspect(render(scene, _SIZE_PX).image)
    assert (report.reason, report.skin_share > 0.4) == (None, True)


@pytest.mark.parametrize("tone", range(1, 7))
def test_messenger_compression_passes(tone: int) -> None:
    """Heavy JPEG compression alone is no reason to refuse."""
    assert inspect(_jpeg(render(_scene(tone), _SIZE_PX).image, 50)).reason is None


@pytest.mark.parametrize("tone", range(1, 7))
def test_an_arm_on_white_paper_is_no_drawing(tone: int) -> None:
    """A large flat background does not make a photo artificial."""
    picture = render(_scene(tone), _SIZE_PX).image.copy()
    picture[:64] = picture[-40:] = 244
    assert inspect(_jpeg(picture, 80)).reason is None


@pytest.mark.parametrize("name", LEVELS)
def test_documented_levels_are_caught(name: str) -> None:
    """At the documented strength at least 19 of 20 are refused, for the right reason."""
    make, wanted = LEVELS[name]
    hits = [inspect(make(900_000 + seed, _SIZE_PX)).reason in wanted for seed in range(20)]
    assert sum(hits) >= 18


@pytest.mark.parametrize("width_px", [160, 256, 800])
def test_the_verdict_does_not_depend_on_size(width_px: int) -> None:
    """The same scene is judged alike at any resolution."""
    assert inspect(render(_scene(3), width_px).image).reason is None
    assert inspect(defects.blurred(0.035)(4, width_px)).reason == "blurred"


def test_sharpness_falls_with_blur() -> None:
    """More blur, less sharpness."""
    levels = [inspect(defects.blurred(level)(8, _SIZE_PX)).sharpness for level in (0.0, 0.01, 0.03)]
    assert levels == sorted(levels, reverse=True)


def test_plain_skin_is_not_called_blurred() -> None:
    """Where there is no edge, sharpness cannot be judged and is not held against the photo."""
    plain = np.full((200, 200, 3), (190, 140, 115), np.uint8)
    report = inspect(plain)
    assert (report.reason, report.sharpness) == (None, float("inf"))
    assert "low-contrast" in report.notes


@pytest.mark.parametrize("thing", ["ruler", "ink"])
def test_rulers_and_ink_are_noted(thing: str) -> None:
    """A ruler or ink is remarked on, and a hair is not taken for one."""
    scene = _scene(3)
    with_it = inspect(render(replace(scene, **{thing: True}), _SIZE_PX).image)
    hairy = inspect(render(replace(scene, hair=1.0), _SIZE_PX).image)
    assert ("ruler-ink" in with_it.notes, "ruler-ink" in hairy.notes) == (True, False)


def test_a_dermoscope_is_noted() -> None:
    """A round, dark frame is remarked on."""
    picture = render(_scene(2), _SIZE_PX).image.copy()
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    picture[np.hypot(x, y) > 1] = 5
    assert inspect(picture).notes == ("dermoscopy",)


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_to_see(value: int) -> None:
    """Black and white pictures are refused and do no harm."""
    reason = inspect(np.full((100, 400, 3), value, np.uint8)).reason
    assert reason == {0: "too-dark", 255: "too-bright"}[value]


def test_a_report_is_plain_data() -> None:
    """The report holds Python numbers that JSON can carry."""
    report = inspect(render(_scene(4), 128).image)
    assert isinstance(report, GateReport)
    assert {type(getattr(report, name)) for name in ("skin_share", "sharpness", "contrast")} == {
        float
    }
