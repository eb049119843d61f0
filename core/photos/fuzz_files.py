"""Files for the fuzzer: small honest ones of every kind, and ways to damage them."""

import io
import random
import struct
import zlib
from typing import Any, Final

import pillow_heif
from PIL import Image, ImageCms

_SIDE_PX: Final = 48
_HEADER_BYTES: Final = 160
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_EXTREMES: Final = (
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\0\0\0\1",
)

# What the photo path reads, in every way that Pillow writes it.
_READ: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("JPEG", "RGB", {"quality": 60}),
    ("JPEG", "L", {"quality": 60, "restart_marker_blocks": 1}),
    ("JPEG", "CMYK", {"quality": 60, "progressive": True}),
    ("MPO", "RGB", {"save_all": True}),
    ("PNG", "RGBA", {}),
    ("PNG", "P", {"transparency": 3}),
    ("PNG", "I;16", {}),
    ("PNG", "1", {}),
    ("PNG", "RGB", {"save_all": True}),
    ("WEBP", "RGBA", {}),
    ("WEBP", "RGB", {"lossless": True}),
    ("WEBP", "RGB", {"save_all": True}),
    ("TIFF", "RGB", {}),
    ("TIFF", "RGBA", {"compression": "tiff_deflate"}),
    ("TIFF", "RGB", {"compression": "jpeg"}),
    ("TIFF", "L", {"compression": "packbits"}),
    ("TIFF", "CMYK", {"compression": "tiff_lzw"}),
    ("TIFF", "1", {"compression": "group4"}),
    ("TIFF", "1", {"compression": "group3"}),
    ("TIFF", "I;16", {"compression": "zstd"}),
    ("TIFF", "F", {"compression": "lzma"}),
    ("TIFF", "LAB", {}),
    ("TIFF", "YCbCr", {"compression": "tiff_adobe_deflate"}),
    ("GIF", "P", {}),
    ("GIF", "RGB", {"save_all": True}),
    ("HEIF", "RGB", {}),
    ("HEIF", "RGBA", {"quality": 40}),
)
# Pillow would read these, the photo path must not: nothing may wake their decoders.
_OTHERS: Final = (
    ("BMP", "RGB"), ("DIB", "RGB"), ("ICO", "RGBA"), ("ICNS", "RGBA"), ("PCX", "RGB"),
    ("PPM", "RGB"), ("TGA", "RGB"), ("SGI", "RGB"), ("DDS", "RGBA"), ("MSP", "1"),
    ("XBM", "1"), ("EPS", "RGB"), ("PDF", "RGB"), ("JPEG2000", "RGB"), ("AVIF", "RGB"),
    ("QOI", "RGB"), ("BLP", "P"), ("SPIDER", "F"), ("PALM", "P"),
)  # fmt: skip


def honest_files() -> list[bytes]:
    """One small file of each kind, the same at every call."""
    pillow_heif.register_heif_opener()
    files = [_written(name, mode, options) for name, mode, options in _READ]
    return [*files, *foreign_files().values()]


def foreign_files() -> dict[str, bytes]:
    """One small file of each further format that Pillow writes, by its name."""
    Image.init()
    return {name: _written(name, mode, {}) for name, mode in _OTHERS if name in Image.SAVE}


def _written(name: str, mode: str, options: dict[str, Any]) -> bytes:
    picture = _picture().resize((64, 64)) if name in {"ICNS", "ICO"} else _picture()
    blank = mode in {"LAB", "I;16"}
    shown = Image.new(mode, picture.size, 9) if blank else picture.convert(mode)
    more: dict[str, Any] = {}
    if (name, mode, options) in _READ:
        more = {"exif": _exif(), "icc_profile": _profile()} if mode == "RGB" else {"exif": _exif()}
        if options.get("save_all"):
            more["append_images"] = [shown.transpose(Image.Transpose.ROTATE_90)]
    target = io.BytesIO()
    shown.save(target, name, **options, **more)
    return target.getvalue()


def _picture() -> Image.Image:
    rng = random.Random(4)  # noqa: S311 - the same picture at every call
    pixels = rng.randbytes(12 * 12 * 3)
    return Image.frombytes("RGB", (12, 12), pixels).resize((_SIDE_PX, _SIDE_PX))


def _exif() -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x010E] = 6, "a description"
    packed: bytes = tags.tobytes()
    return packed


def _profile() -> bytes:
    profile: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile


def damaged(seeds: list[bytes], seed: int, number: int) -> bytes:
    """File ``number`` of a run: bytes changed, copied, cut out or put in."""
    rng = random.Random(seed * 1_000_003 + number)  # noqa: S311 - to be repeated, not to be secret
    data = bytearray(rng.choice(seeds))
    # Headers are where decoders go wrong: half of all damage is among the first bytes.
    reach = len(data) if rng.random() < 0.5 else min(len(data), _HEADER_BYTES)  # noqa: PLR2004
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        _damage(data, rng, reach, seeds)
    if rng.random() < 0.05:  # noqa: PLR2004 - a share
        del data[rng.randrange(len(data) + 1) :]
    # A wrong checksum would be all that a decoder of PNG ever sees.
    return _with_checksums(data) if data.startswith(_PNG) and rng.random() < 0.8 else bytes(data)  # noqa: PLR2004


def _damage(data: bytearray, rng: random.Random, reach: int, seeds: list[bytes]) -> None:
    at, length = rng.randrange(max(reach, 1)), rng.randrange(1, 9)
    match rng.randrange(7):
        case 0:
            data[at : at + 1] = bytes([rng.randrange(256)])
        case 1:
            data[at : at + length] = rng.randbytes(length)
        case 2:
            data[at : at + 4] = rng.choice(_EXTREMES)
        case 3:
            del data[at : at + length]
        case 4 if at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        case 5:
            data[at:at] = data[at : at + length * 16]
        case _:
            other = rng.choice(seeds)
            start = rng.randrange(len(other))
            data[at:at] = other[start : start + length * 8]


def _with_checksums(data: bytearray) -> bytes:
    """Correct the checksum of every chunk of a PNG that still has one."""
    at = len(_PNG)
    while at + 12 <= len(data):
        end = at + 8 + struct.unpack_from("!I", data, at)[0]
        if end + 4 > len(data):
            break
        struct.pack_into("!I", data, end, zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return bytes(data)
