"""What a file claims to be, read from its first bytes and never from its name."""

from typing import Literal

Claim = Literal["supported", "other-image", "not-an-image"]

_SUPPORTED = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_OTHER_IMAGES = (
    b"BM",
    b"8BPS",
    b"\0\0\0\x0cjP  ",
    b"\xff\x4f\xff\x51",
    b"\0\0\x01\0",
    b"qoif",
    b"icns",
    b"DDS ",
    b"II+\0",
    b"MM\0+",
    b"\xff\x0a",
    b"\0\0\0\x0cJXL ",
)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}


def claim(data: bytes) -> Claim:
    """Tell pictures that we read from pictures that we do not and from everything else."""
    if data.startswith(_SUPPORTED) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return "supported"
    if data[4:8] == b"ftyp":
        return _brand(data[8:12])
    if data.startswith(_OTHER_IMAGES) or data[128:132] == b"DICM":
        return "other-image"
    return "not-an-image"


def _brand(brand: bytes) -> Claim:
    """An ISO media file is a photo or a film; its brand says which."""
    if brand in _HEIF_BRANDS:
        return "supported"
    return "other-image" if brand in _AVIF_BRANDS else "not-an-image"
