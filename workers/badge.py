"""The visible mark on every generated picture, and the only way to make a picture storable.

A generator's pixels are a plain `Drawn`. What may be stored and sent is a `BadgedPicture`, and only
`badge` makes one, so a picture without its mark is a type error long before it is a mistake.
"""

import io
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, PngImagePlugin

from workers.generators import Drawn, Source

SHORTEST_PX: Final = 512
"""Small pictures are enlarged to this before the badge, so that its letters are crisp."""

_IPTC: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_SOURCE_TYPES: Final[dict[Source, str]] = {
    # Source: IPTC NewsCodes "Digital Source Type", cv.iptc.org/newscodes/digitalsourcetype.
    "generated": _IPTC + "trainedAlgorithmicMedia",
    "schematic": _IPTC + "algorithmicMedia",
}
_XMP: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="{source_type}"/>'
    "</rdf:RDF></x:xmpmeta>"
)
_FALLBACK: Final = "SYNTHETIC"
_TEXT_HEIGHT: Final = 0.052
"""Height of the letters as a share of the width: 13 px at 256 px; below 9 px they blur."""
_MARGIN: Final = 0.03
_WIDEST: Final = 0.94
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


def badge(drawn: Drawn, word: str) -> BadgedPicture:
    """Mark a picture, in its pixels and in its metadata.

    Args:
        drawn: The bare picture.
        word: What the mark says, such as "SYNTHETIC"; a text that the built-in font cannot write
            is replaced by that word.
    """
    picture = enlarge(drawn.image.convert("RGB"))
    _stamp(picture, word if _writable(word) else _FALLBACK)
    return BadgedPicture(
        png=_encode(picture, drawn.source), source=drawn.source, model=drawn.model, seal=_SEAL
    )


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


def _stamp(picture: Image.Image, word: str) -> None:
    """Write the word into the quietest corner, where it hides least of the lesion."""
    font, box = _fitted(word, picture.width)
    pad = round((box[3] - box[1]) * 0.55)
    size = (box[2] - box[0] + 2 * pad, box[3] - box[1] + 2 * pad)
    left, top = _quietest_corner(picture, size)
    draw = ImageDraw.Draw(picture)
    area = (left, top, left + size[0], top + size[1])
    draw.rounded_rectangle(
        area, radius=size[1] // 4, fill=(18, 20, 24), outline=(255, 255, 255), width=2
    )
    draw.text((left + pad - box[0], top + pad - box[1]), word, font=font, fill=(255, 255, 255))


def _fitted(word: str, width_px: int) -> tuple[ImageFont.FreeTypeFont, tuple[int, int, int, int]]:
    """Return the largest font up to the usual size in which the word fits across the picture."""
    size_px = max(12, round(width_px * _TEXT_HEIGHT / 0.72))  # capitals are 0.72 of the font size
    while True:
        font = ImageFont.load_default(size_px)
        box = tuple(round(edge) for edge in font.getbbox(word))
        if box[2] - box[0] <= width_px * _WIDEST - size_px or size_px <= 8:
            return font, (box[0], box[1], box[2], box[3])
        size_px -= 1


def _quietest_corner(picture: Image.Image, size: tuple[int, int]) -> tuple[int, int]:
    """Return the corner position whose pixels differ least from the picture's typical colour."""
    margin = round(picture.width * _MARGIN)
    right, bottom = picture.width - size[0] - margin, picture.height - size[1] - margin
    corners = [(margin, bottom), (right, bottom), (margin, margin), (right, margin)]
    pixels = np.asarray(picture, dtype=np.float32)  # (H, W, 3)
    typical = np.median(pixels, axis=(0, 1))  # (3,)
    strangeness = np.abs(pixels - typical).mean(axis=2)  # (H, W)

    def cost(corner: tuple[int, int]) -> float:
        left, top = max(corner[0], 0), max(corner[1], 0)
        return float(strangeness[top : top + size[1], left : left + size[0]].mean())

    # Steady place first: another corner must be clearly quieter to be worth the surprise.
    return min(corners, key=lambda corner: cost(corner) + 4 * (corner != corners[0]))


def _writable(word: str) -> bool:
    """Return whether the built-in font, which knows Latin letters, can write the word."""
    try:
        word.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return bool(word.strip())


def _encode(picture: Image.Image, source: Source) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", _XMP.format(source_type=_SOURCE_TYPES[source]))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()
