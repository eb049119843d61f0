"""The SYNTHETIC badge: always there, legible, out of the way, and impossible to leave out."""

import io
from pathlib import Path

import numpy as np
import pytest
from mypy import api
from PIL import Image, ImageDraw

from workers.badge import SHORTEST_PX, BadgedPicture, badge, enlarge
from workers.generators import Drawn, Source

SKIN = (205, 160, 130)


def drawn(image: Image.Image, source: Source = "generated") -> Drawn:
    """Return bare pixels."""
    return Drawn(image=image, source=source, model="demo")


def opened(picture: BadgedPicture) -> Image.Image:
    """Return what a reader of the file sees."""
    return Image.open(io.BytesIO(picture.png))


def changed(picture: BadgedPicture, bare: Image.Image) -> np.ndarray:
    """Return where the badge is, as a mask of the enlarged picture."""
    before = np.asarray(enlarge(bare), dtype=int)
    after = np.asarray(opened(picture), dtype=int)
    return np.abs(before - after).max(axis=2) > 8  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("source", "media"),
    [("generated", "trainedAlgorithmicMedia"), ("schematic", "algorithmicMedia")],
)
def test_metadata_says_how_it_was_made(source: Source, media: str) -> None:
    """XMP carries the IPTC digital source type that fits the source."""
    picture = badge(drawn(Image.new("RGB", (64, 64), SKIN), source), "SYNTHETIC")

    xmp = opened(picture).info["XML:com.adobe.xmp"]
    assert f"digitalsourcetype/{media}" in xmp
    assert picture.source == source


def test_small_pictures_are_enlarged_first() -> None:
    """A demo picture comes out with at least 512 pixels on its shorter side."""
    assert opened(badge(drawn(Image.new("RGB", (64, 96), SKIN)), "SYNTHETIC")).size == (512, 768)
    assert enlarge(Image.new("RGB", (800, 600))).size == (800, 600)


@pytest.mark.parametrize("word", ["SYNTHETIC", "SYNTHETIC · schematic drawing"])
@pytest.mark.parametrize("colour", [SKIN, (250, 240, 235), (40, 25, 20)])
def test_letters_stay_legible_at_256_pixels(word: str, colour: tuple[int, int, int]) -> None:
    """Shrunk to a preview, white letters of 10 pixels or more stand on a dark ground."""
    picture = opened(badge(drawn(Image.new("RGB", (64, 64), colour)), word))

    small = np.asarray(picture.resize((256, 256), Image.Resampling.LANCZOS).convert("L"), int)
    rows = np.flatnonzero((np.abs(small - np.median(small)) > 30).any(axis=1))
    inside = small[rows.min() + 3 : rows.max() - 2]
    letters = np.flatnonzero((inside > 180).sum(axis=1) > 4)
    least_px = 10 if word == "SYNTHETIC" else 7
    assert letters.max() - letters.min() + 1 >= least_px
    assert inside.min() < 60


@pytest.mark.parametrize("centre", [(10, 54), (54, 54), (32, 32), (12, 12)])
def test_badge_keeps_off_the_lesion(centre: tuple[int, int]) -> None:
    """The badge goes to a corner without the lesion."""
    bare = Image.new("RGB", (64, 64), SKIN)
    x, y = centre
    ImageDraw.Draw(bare).ellipse((x - 10, y - 10, x + 10, y + 10), fill=(120, 40, 40))
    lesion = np.abs(np.asarray(enlarge(bare), int) - SKIN).max(axis=2) > 30

    mark = changed(badge(drawn(bare), "SYNTHETIC"), bare)

    assert mark.sum() > 2000
    assert (mark & lesion).sum() == 0


def test_word_that_the_font_lacks_becomes_synthetic() -> None:
    """A word in a script that the font cannot write is replaced, never shown as empty boxes."""
    bare = drawn(Image.new("RGB", (64, 64), SKIN))

    assert badge(bare, "合成").png == badge(bare, "SYNTHETIC").png
    assert badge(bare, " ").png == badge(bare, "SYNTHETIC").png
    assert badge(bare, "SINTÉTICO").png != badge(bare, "SYNTHETIC").png


def test_long_words_stay_inside() -> None:
    """A long word gets smaller letters, not a cut."""
    bare = Image.new("RGB", (64, 64), SKIN)

    mark = changed(badge(drawn(bare), "SYNTHETIC PICTURE, SCHEMATIC DRAWING, NOT A PHOTO"), bare)

    columns = np.flatnonzero(mark.any(axis=0))
    assert columns.min() > 4
    assert columns.max() < SHORTEST_PX - 5


def test_nobody_else_can_make_one() -> None:
    """Building a badged picture by hand is refused at run time."""
    with pytest.raises(TypeError):
        BadgedPicture(png=b"", source="generated", model="m", seal=object())


def test_sending_bare_pixels_is_a_type_error(tmp_path: Path) -> None:
    """The type checker refuses to store a picture that has no badge."""
    snippet = tmp_path / "unbadged.py"
    snippet.write_text(
        "from core.domain.messages import CaseId\n"
        "from core.ports import Hold\n"
        "from workers.desk import Desk\n"
        "from workers.generators import Drawn\n"
        "async def send(desk: Desk, case: CaseId, drawn: Drawn, raw: bytes, hold: Hold) -> None:\n"
        "    await desk.keep(case, drawn, hold)\n"
        "    await desk.keep(case, raw, hold)\n"
    )

    out, _, _ = api.run([str(snippet), "--no-error-summary", "--follow-imports=silent"])

    wrong = [line for line in out.splitlines() if "unbadged.py" in line]
    assert len(wrong) == 2
    assert all('expected "BadgedPicture"' in line for line in wrong)
