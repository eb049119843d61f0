"""Reads a helper's reply, and believes no more of it than was checked.

The reply comes from where hostile bytes went, so every value's type and range is looked at before
it becomes part of a `Photo`.
"""

import math
import re
from typing import Any, Final

from core.domain.cases import SkinTone
from core.photos.photo import NOTES, REASONS, GateReport, Photo, PhotoRejected

_JPEG: Final = b"\xff\xd8\xff"
_LOOK: Final = re.compile(r"[0-9a-f]{64}")


def photo_from(header: dict[str, Any], image: bytes) -> Photo:
    """Build the photo that a reply describes.

    Raises:
        PhotoRejected: The reply says so, or is not one.
    """
    reason = header.get("reason")
    if reason is not None:
        raise PhotoRejected(reason if reason in REASONS else "corrupt")
    try:
        return Photo(
            data=_jpeg(image),
            media_type="image/jpeg",
            width_px=_size(header["width_px"]),
            height_px=_size(header["height_px"]),
            report=_report(header["report"]) if "report" in header else None,
            tone=_tone(header["tone"]) if header.get("tone") else None,
            look=_hash(header.get("look", "")),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise PhotoRejected("corrupt") from error


def _jpeg(image: bytes) -> bytes:
    if not image.startswith(_JPEG):
        raise ValueError("not a JPEG")
    return image


def _size(value: Any) -> int:
    if not isinstance(value, int) or not 0 < value < 2**16:
        raise ValueError("not a size")
    return value


def _hash(value: Any) -> str:
    if value == "" or (isinstance(value, str) and _LOOK.fullmatch(value)):
        return str(value)
    raise ValueError("not a hash")


def _report(fields: dict[str, Any]) -> GateReport:
    return GateReport(
        reason=None,
        notes=tuple(note for note in NOTES if note in fields["notes"]),
        skin_share=_number(fields["skin_share"]),
        sharpness=_number(fields["sharpness"]),
        brightness=_number(fields["brightness"]),
        clipped_share=_number(fields["clipped_share"]),
        contrast=_number(fields["contrast"]),
    )


def _tone(fields: dict[str, Any]) -> SkinTone:
    return SkinTone(
        ita_deg=_number(fields["ita_deg"]),
        fitzpatrick=_band(fields["fitzpatrick"]),
        low=_band(fields["low"]),
        high=_band(fields["high"]),
    )


def _band(value: Any) -> int:
    if value not in range(1, 7):
        raise ValueError("not a Fitzpatrick type")
    return int(value)


def _number(value: Any) -> float:
    number = float(value)
    if math.isnan(number):
        raise ValueError("not a number")
    return number
