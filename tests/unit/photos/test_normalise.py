"""Any honest picture becomes an upright sRGB JPEG without metadata; anything else has a reason."""

import contextlib
import io
import struct
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from core.photos import REASONS, PhotoLimits, PhotoNormaliser, PhotoRejected
from core.photos.photo import Reason
from tests.unit.photos import corpus

pytestmark = pytest.mark.asyncio(loop_scope="module")

_PLAIN_MARKERS = {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def _markers(jpeg: bytes) -> set[int]:
    """Markers of a JPEG up to its first scan."""
    found, at = {jpeg[1]}, 2
    while found.isdisjoint({0xDA}):
        found.add(jpeg[at + 1])
        at += 2 + struct.unpack_from("!H", jpeg, at + 2)[0]
    return found


@pytest.mark.parametrize("name", corpus.accepted())
async def test_honest_pictures_are_accepted(normaliser: PhotoNormaliser, name: str) -> None:
    """Every format, mode and depth that a phone, scanner or editor writes is read."""
    photo = await normaliser.normalise(corpus.accepted()[name])
    opened = Image.open(io.BytesIO(photo.data))
    assert (opened.format, opened.mode, photo.media_type) == ("JPEG", "RGB", "image/jpeg")
    assert opened.size == (photo.width_px, photo.height_px) == corpus.SIZE


@pytest.mark.parametrize("name", corpus.rejected())
async def test_other_files_are_refused_with_a_reason(
    normaliser: PhotoNormaliser, name: str
) -> None:
    """Each kind of bad file has its own, always the same, reason; the next photo works."""
    data, reason = corpus.rejected()[name]
    with pytest.raises(PhotoRejected) as caught:
        await normaliser.normalise(data)
    assert (caught.value.reason, caught.value.code) == (reason, f"photo-{reason}")
    await normaliser.normalise(corpus.encoded(corpus.skin(), "JPEG"))


@pytest.mark.parametrize("name", corpus.with_metadata())
async def test_no_metadata_survives(normaliser: PhotoNormaliser, name: str) -> None:
    """Position, comments, XMP, profiles, thumbnails and private chunks are gone from the bytes."""
    data = corpus.with_metadata()[name]
    assert corpus.SECRET.encode() in data
    photo = await normaliser.normalise(data)
    assert corpus.SECRET.encode() not in photo.data
    assert b"Exif" not in photo.data
    assert _markers(photo.data) <= _PLAIN_MARKERS
    assert photo.data.endswith(b"\xff\xd9")
    assert photo.data.count(b"\xff\xd8") == 1


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_photos_are_turned_upright(normaliser: PhotoNormaliser, orientation: int) -> None:
    """The EXIF orientation is applied and then forgotten."""
    upright = Image.new("RGB", (300, 200), (200, 150, 120))
    upright.paste((40, 30, 20), (0, 0, 60, 60))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright if orientation == 1 else upright.transpose(undo[orientation])
    photo = await normaliser.normalise(corpus.encoded(stored, "PNG", exif=corpus.exif(orientation)))
    assert (photo.width_px, photo.height_px) == (300, 200)
    assert _pixels(photo.data)[10, 10].tolist() == pytest.approx([40, 30, 20], abs=6)


async def test_heic_is_turned_once(normaliser: PhotoNormaliser) -> None:
    """A HEIC photo carries its rotation twice; it is applied once."""
    photo = await normaliser.normalise(
        corpus.encoded(corpus.skin((320, 240)), "HEIF", exif=corpus.exif(6))
    )
    assert (photo.width_px, photo.height_px) == (240, 320)


async def test_profiles_are_applied(normaliser: PhotoNormaliser) -> None:
    """Colours are converted to sRGB by the file's own profile."""
    red = Image.new("RGB", corpus.SIZE, (220, 30, 30))
    photo = await normaliser.normalise(
        corpus.encoded(red, "PNG", icc_profile=corpus.swapped_profile())
    )
    r, g, _ = _pixels(photo.data)[100, 100]
    assert (r < 80, g > 180) == (True, True)


@pytest.mark.parametrize("name", ["cmyk jpeg", "16-bit rgb png", "lab tiff", "heic", "mpo"])
async def test_colours_survive_conversion(normaliser: PhotoNormaliser, name: str) -> None:
    """The same skin is the same skin in every colour model."""
    photo = await normaliser.normalise(corpus.accepted()[name])
    difference = _pixels(photo.data).mean((0, 1)) - np.asarray(corpus.skin()).mean((0, 1))
    assert np.abs(difference).max() < 4


async def test_sixteen_bits_keep_their_range(normaliser: PhotoNormaliser) -> None:
    """A 16-bit ramp is scaled, neither clipped nor wrapped."""
    photo = await normaliser.normalise(corpus.accepted()["16-bit png"])
    pixels = _pixels(photo.data)
    assert (pixels[0].mean() < 3, pixels[-1].mean() > 252) == (True, True)
    assert pixels[120].mean() == pytest.approx(128, abs=3)


async def test_transparency_becomes_white(normaliser: PhotoNormaliser) -> None:
    """A cut-out lies on white paper, whatever colour its clear pixels hide."""
    clear = Image.new("RGBA", corpus.SIZE, (255, 0, 255, 0))
    photo = await normaliser.normalise(corpus.encoded(clear, "PNG"))
    assert _pixels(photo.data).min() >= 254


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
async def test_large_photos_are_shrunk(normaliser: PhotoNormaliser, name: str) -> None:
    """The longest side becomes 1568 px and the shape stays."""
    photo = await normaliser.normalise(
        corpus.encoded(corpus.skin((784, 500)).resize((3136, 2000)), name)
    )
    assert (photo.width_px, photo.height_px) == (1568, 1000)


async def test_the_result_is_a_fixed_point(normaliser: PhotoNormaliser) -> None:
    """The same bytes give the same bytes."""
    data = corpus.encoded(corpus.skin(), "PNG")
    assert await normaliser.normalise(data) == await normaliser.normalise(data)


async def test_content_is_judged_by_default() -> None:
    """A photo of skin comes with a report and a tone; a picture of something else has a reason."""
    async with PhotoNormaliser() as judging:
        photo = await judging.normalise(corpus.encoded(corpus.skin((640, 480)), "JPEG"))
        assert photo.report is not None
        assert photo.report.skin_share > 0.9
        assert photo.tone is not None
        assert photo.notes == photo.report.notes
        with pytest.raises(PhotoRejected, match="no-skin"):
            await judging.normalise(corpus.encoded(corpus.meadow(), "JPEG"))


async def test_limits_are_settings() -> None:
    """Bytes, pixels and sides are refused at the configured bounds."""
    data = corpus.encoded(corpus.skin(), "JPEG")
    bounds = {
        "too-many-bytes": PhotoLimits(max_bytes=len(data) - 1),
        "too-many-pixels": PhotoLimits(max_pixels=320 * 240 - 1),
        "too-small": PhotoLimits(min_side_px=241),
    }
    for reason, limits in bounds.items():
        async with PhotoNormaliser(limits) as normaliser:
            with pytest.raises(PhotoRejected, match=reason):
                await normaliser.normalise(data)


async def test_reasons_are_listed_once() -> None:
    """The catalogue can be checked against one tuple."""
    assert len(set(REASONS)) == len(REASONS) == len(get_args(Reason))


def _every_format() -> dict[str, bytes]:
    """The same picture in each format that Pillow can write."""
    Image.init()
    files: dict[str, bytes] = {}
    for name in sorted(Image.SAVE):
        for mode in ("RGB", "P", "L", "1"):
            with contextlib.suppress(OSError, ValueError, KeyError, AttributeError):
                files[name] = corpus.encoded(corpus.skin().convert(mode), name)
                break
    return files


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")  # by Pillow, old formats
async def test_every_format_that_pillow_writes_has_one_outcome(normaliser: PhotoNormaliser) -> None:
    """The formats on the list are read; all others are refused, whatever Pillow could do."""
    outcomes: dict[str, str] = {}
    for name, data in _every_format().items():
        try:
            await normaliser.normalise(data)
            outcomes[name] = "read"
        except PhotoRejected as rejected:
            outcomes[name] = rejected.reason
    read = {name for name, outcome in outcomes.items() if outcome == "read"}
    assert read == {"GIF", "HEIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP"}
    assert set(outcomes.values()) == {"read", "unsupported", "not-an-image"}
