"""A reply from where hostile bytes went is believed only as far as it was checked."""

from typing import Any

import pytest

from core.photos import PhotoRejected
from core.photos.frames import BadFrameError, pack_reply, parse_header, reply_lengths
from core.photos.reply import photo_from

_SIZES = {"width_px": 200, "height_px": 100}
_REPORT = {
    "notes": ["ruler-ink", "<b>made up</b>"],
    "skin_share": 1,
    "sharpness": float("inf"),
    "brightness": 120.5,
    "clipped_share": 0.0,
    "contrast": 0.1,
}
_TONE = {"ita_deg": 30.5, "fitzpatrick": 3, "low": 2, "high": 4}


def test_a_good_reply() -> None:
    """Sizes, report and tone arrive; notes outside the list do not."""
    photo = photo_from({**_SIZES, "report": _REPORT, "tone": _TONE}, b"\xff\xd8\xff...")
    assert (photo.width_px, photo.height_px, photo.notes) == (200, 100, ("ruler-ink",))
    assert photo.tone is not None
    assert photo.tone.fitzpatrick == 3


@pytest.mark.parametrize(
    ("header", "image"),
    [
        (_SIZES, b"<html>"),
        ({**_SIZES, "width_px": "200"}, b"\xff\xd8\xff"),
        ({**_SIZES, "width_px": -1}, b"\xff\xd8\xff"),
        ({"width_px": 5}, b"\xff\xd8\xff"),
        ({**_SIZES, "report": 7}, b"\xff\xd8\xff"),
        ({**_SIZES, "report": {**_REPORT, "contrast": float("nan")}}, b"\xff\xd8\xff"),
        ({**_SIZES, "tone": {**_TONE, "low": 9}}, b"\xff\xd8\xff"),
        ({"reason": "something new"}, b""),
    ],
)
def test_a_reply_out_of_form_is_a_damaged_photo(header: dict[str, Any], image: bytes) -> None:
    """Whatever a child that was taken over answers, it is at most a refusal."""
    with pytest.raises(PhotoRejected, match="corrupt"):
        photo_from(header, image)


def test_lengths_have_bounds() -> None:
    """A reply cannot make the bot wait for, or hold, more than a photo may have."""
    with pytest.raises(BadFrameError):
        reply_lengths(pack_reply({}, b"12345")[:8], 4)


@pytest.mark.parametrize("text", [b"[1]", b"{", b"\xff"])
def test_headers_are_json_objects(text: bytes) -> None:
    """Anything else is no reply."""
    with pytest.raises(BadFrameError):
        parse_header(text)
