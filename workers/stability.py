"""Does a small, honest change of the photo change the answer? Then people are told.

The same photo is assessed again in the same batch, cropped a little, in other light, compressed
harder, and with a shifted colour balance: changes that a second shot of the same skin could show.

Source of the idea: consistency over repeated runs is reported for SkinGPT-4 (Zhou et al., Nature
Communications 15:5649, 2024, 93.73 %); a tone transformer as a stability check is CIRCLe (Pakzad et
al., ECCV workshops 2022). The strengths are ours.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from PIL import Image, ImageEnhance

from workers.vlms import Answer, AnswerRequest, Message

CROP_SHARE: Final = 0.04
"""Cut off at each side."""

LIGHT: Final = 1.12
"""Factor on brightness."""

JPEG_QUALITY: Final = 55

BALANCE: Final = (1.04, 1.0, 0.94)
"""Factors on red, green and blue: a slightly warmer light."""

SHARE_DROP: Final = 0.4
"""A leader that loses this much of its share in a copy counts as unsteady, too."""


def _cropped(image: Image.Image) -> Image.Image:
    width, height = image.size
    dx, dy = round(width * CROP_SHARE), round(height * CROP_SHARE)
    return image.crop((dx, dy, width - dx, height - dy))


def _lighter(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(LIGHT)


def _warmer(image: Image.Image) -> Image.Image:
    bands = [
        band.point([min(255, round(value * factor)) for value in range(256)])
        for band, factor in zip(image.split(), BALANCE, strict=True)
    ]
    return Image.merge("RGB", bands)


CHANGES: Final[tuple[tuple[Callable[[Image.Image], Image.Image], int], ...]] = (
    (_cropped, 92),
    (_warmer, 92),
    (_lighter, 92),
    (Image.Image.copy, JPEG_QUALITY),
)
"""What is done to a copy, and the JPEG quality of the result; used in this order."""


def changed(photo: bytes, number: int) -> bytes:
    """Return copy ``number`` of a photo, JPEG.

    Args:
        photo: JPEG or PNG.
        number: Which change, 0 to ``len(CHANGES) - 1``.
    """
    change, quality = CHANGES[number]
    out = io.BytesIO()
    with Image.open(io.BytesIO(photo)) as image:
        change(image.convert("RGB")).save(out, "JPEG", quality=quality)
    return out.getvalue()


def checks(request: AnswerRequest, count: int) -> list[AnswerRequest]:
    """Return requests that assess changed copies of a request's photos; none without photos.

    Args:
        request: The one that is shown to the person.
        count: How many copies, at most ``len(CHANGES)``.
    """
    if not request.candidates:
        return []
    return [
        replace(
            request,
            # A name of its own: what a model keeps of the case must not be overwritten.
            case_id=f"check-{number}",
            dialogue=tuple(_with_copies(message, number) for message in request.dialogue),
            on_text=_ignore,
            max_new_tokens=1,
        )
        for number in range(min(count, len(CHANGES)))
    ]


def _with_copies(message: Message, number: int) -> Message:
    return replace(message, photos=tuple(changed(photo, number) for photo in message.photos))


def _ignore(_text: str) -> None:
    """Nobody reads the words of a check."""


def unstable(answer: Answer, others: Sequence[Answer | Exception]) -> bool:
    """Return whether changed copies were read differently.

    A check that failed says nothing.
    """
    if not answer.shares:
        return False
    leader, share = answer.shares[0]
    for other in others:
        if isinstance(other, Exception) or not other.shares:
            continue
        if other.shares[0][0] != leader or dict(other.shares).get(leader, 0.0) < share - SHARE_DROP:
            return True
    return False
