"""The visible mark on every generated picture, and the only way to make a picture storable.

A generator's pixels are a plain `Drawn`. What may be stored and sent is a `BadgedPicture`, and only
`badge` makes one, so a picture without its mark is a type error long before it is a mistake.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageFilter, PngImagePlugin

from core.domain.provenance import Making
from core.provenance.labels import xmp
from core.provenance.stamp import stamp
from workers.generators import Drawn, Source

SHORTEST_PX: Final = 512
"""Small pictures are enlarged to this before the badge, so that its letters are crisp."""

Sign = Callable[[bytes, Making, str], bytes]
"""Signs a finished PNG; gets how it was made and by which model."""

_SEAL: Final = object()


@dataclass(frozen=True, slots=True)
class BadgedPicture:
    """A picture that says that it is synthetic; made by `badge` and by nothing else.

    Attributes:
        png: Encoded bytes, mark in the pixels and source in the metadata.
        source: How the pixels came to be.
        model: Name of checkpoint and adapter, for the card.
    """

    png: bytes = field(repr=False)
    source: Source
    model: str
    seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse to be made elsewhere.

        Raises:
            TypeError: It was not made by `badge`.
        """
        if self.seal is not _SEAL:
            raise TypeError("only workers.badge.badge makes a BadgedPicture")


def badge(drawn: Drawn, word: str, sign: Sign | None = None) -> BadgedPicture:
    """Mark a picture, in its pixels, in its metadata, and by a signature over all of it.

    Args:
        drawn: The bare picture.
        word: What the mark says, such as "SYNTHETIC"; a text that the built-in font cannot write
            is replaced by that word.
        sign: Signs the finished file; None leaves it unsigned.

    Raises:
        SignerUnavailable: It could not be signed.
    """
    picture = enlarge(drawn.image.convert("RGB"))
    stamp(picture, word)
    png = _encode(picture, drawn)
    if sign is not None:
        png = sign(png, drawn.source, drawn.model)
    return BadgedPicture(png=png, source=drawn.source, model=drawn.model, seal=_SEAL)


def enlarge(image: Image.Image, shortest_px: int = SHORTEST_PX) -> Image.Image:
    """Return a copy whose shorter side has at least ``shortest_px`` pixels."""
    factor = shortest_px / min(image.size)
    if factor <= 1:
        return image.copy()
    size = (round(image.width * factor), round(image.height * factor))
    grown = image.resize(size, Image.Resampling.BICUBIC)
    # Bicubic leaves the edges of lesions soft; the radius follows the factor so that it is edges,
    # not pixel steps, that get sharper.
    return grown.filter(ImageFilter.UnsharpMask(radius=factor * 0.6, percent=60, threshold=2))


def _encode(picture: Image.Image, drawn: Drawn) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp(drawn.source, drawn.model))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()
