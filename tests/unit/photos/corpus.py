"""Files that people and attackers send, built in memory."""

import functools
import io
import struct
import zlib
from typing import Any, Final

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin

pillow_heif.register_heif_opener()

SECRET: Final = "51.5007N-0.1246W-canary"
SIZE: Final = (320, 240)


@functools.cache
def skin(size: tuple[int, int] = SIZE, seed: int = 7) -> Image.Image:
    """A photo-like RGB picture: warm, shaded, with pores and one darker spot."""
    width, height = size
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    shade = 1.0 - 0.15 * (x / width) - 0.1 * (y / height)
    base = np.array([205.0, 160.0, 135.0]) * shade[..., None]
    base += rng.normal(0, 5, (height, width, 1)) + rng.normal(0, 2, (height, width, 3))
    radius = np.hypot(x - width * 0.55, (y - height * 0.5)) / (min(size) * 0.15)
    base -= np.clip(8 * (1 - radius), 0, 1)[..., None] * np.array([70.0, 80.0, 70.0])
    return Image.fromarray(np.clip(base, 0, 255).astype(np.uint8))


def meadow() -> Image.Image:
    """Grass, in focus and well lit."""
    rng = np.random.default_rng(3)
    return Image.fromarray(
        rng.normal((70, 125, 50), 12, (240, 320, 3)).clip(0, 255).astype(np.uint8)
    )


def encoded(image: Image.Image, name: str, **options: Any) -> bytes:
    """Encode with Pillow; ``options`` are the codec's."""
    target = io.BytesIO()
    image.save(target, name, **options)
    return target.getvalue()


def exif(orientation: int = 1) -> bytes:
    """EXIF with an orientation, a GPS position and a maker who knows the secret."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = SECRET
    gps = tags.get_ifd(0x8825)
    gps[1], gps[2], gps[29] = "N", (51.0, 30.0, 1.5), SECRET
    return tags.tobytes()


def xmp() -> bytes:
    """An XMP packet that holds the secret."""
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>{SECRET}</a></x:xmpmeta>'.encode()


def swapped_profile() -> bytes:
    """An ICC profile in which red and green have changed places."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"tmpX").replace(b"gXYZ", b"rXYZ").replace(b"tmpX", b"gXYZ")


def jpeg_with_everything() -> bytes:
    """A JPEG whose every metadata segment holds the secret, and an EXIF thumbnail."""
    plain = encoded(skin(), "JPEG", exif=exif(), xmp=xmp(), comment=SECRET.encode())
    photoshop = b"Photoshop 3.0\0" + SECRET.encode()
    private = SECRET.encode() * 3
    segments = b"".join(
        b"\xff" + bytes([marker]) + struct.pack("!H", len(body) + 2) + body
        for marker, body in ((0xED, photoshop), (0xE2, b"MPF\0" + private), (0xEF, private))
    )
    return plain[:2] + segments + plain[2:]


def png_with_everything() -> bytes:
    """A PNG with text, compressed text, XMP, EXIF and an unknown chunk that hold the secret."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET)
    info.add_itxt("XML:com.adobe.xmp", xmp().decode())
    info.add(b"prVt", SECRET.encode())
    return encoded(skin(), "PNG", pnginfo=info, exif=exif())


@functools.cache
def with_metadata() -> dict[str, bytes]:
    """Every format, each with as much metadata as it can hold."""
    image = skin()
    return {
        "jpeg": jpeg_with_everything(),
        "png": png_with_everything(),
        "webp": encoded(image, "WEBP", exif=exif(), xmp=xmp(), icc_profile=swapped_profile()),
        "tiff": encoded(image, "TIFF", exif=exif(), description=SECRET),
        "heic": encoded(image, "HEIF", exif=exif(), xmp=xmp()),
        "mpo": encoded(image, "MPO", save_all=True, append_images=[skin(seed=8)], exif=exif()),
        "gif": encoded(image, "GIF", comment=SECRET.encode()),
    }


@functools.cache
def accepted() -> dict[str, bytes]:
    """Unusual but honest pictures, all of ``SIZE``."""
    image = skin()
    grey16 = np.linspace(0, 65535, SIZE[0] * SIZE[1]).reshape(SIZE[::-1])
    return {
        "cmyk jpeg": encoded(image.convert("CMYK"), "JPEG"),
        "grey jpeg": encoded(image.convert("L"), "JPEG"),
        "progressive jpeg": encoded(image, "JPEG", progressive=True),
        "palette png": encoded(image.quantize(64), "PNG"),
        "palette png with a clear colour": encoded(image.quantize(64), "PNG", transparency=0),
        "bitmap png": encoded(image.convert("1"), "PNG"),
        "rgba png": encoded(image.convert("RGBA"), "PNG"),
        "grey alpha png": encoded(image.convert("LA"), "PNG"),
        "16-bit png": encoded(Image.fromarray(grey16.astype(np.uint16)), "PNG"),
        "16-bit rgb png": png_rgb16(),
        "16-bit tiff": encoded(Image.fromarray(grey16.astype(np.uint16)), "TIFF"),
        "float tiff": encoded(Image.fromarray((grey16 / 65535).astype(np.float32)), "TIFF"),
        "lab tiff": encoded(lab(image), "TIFF"),
        "cmyk tiff": encoded(image.convert("CMYK"), "TIFF"),
        "lzw tiff": encoded(image, "TIFF", compression="tiff_lzw"),
        "two-page tiff": encoded(image, "TIFF", save_all=True, append_images=[image]),
        "lossless webp": encoded(image, "WEBP", lossless=True),
        "webp with alpha": encoded(image.convert("RGBA"), "WEBP"),
        "one-frame gif": encoded(image, "GIF"),
        "heic": encoded(image, "HEIF"),
        "heic with alpha": encoded(image.convert("RGBA"), "HEIF"),
        "mpo": encoded(image, "MPO", save_all=True, append_images=[image]),
        "jpeg with a broken profile": encoded(image, "JPEG", icc_profile=b"not a profile"),
        "jpeg with broken exif": encoded(image, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
        "jpeg and zip polyglot": encoded(image, "JPEG") + b"PK\x03\x04 payload",
        "jpeg and html polyglot": encoded(image, "JPEG", comment=b"<script>alert(1)</script>"),
    }


@functools.cache
def rejected() -> dict[str, tuple[bytes, str]]:
    """Files that must be refused, and why."""
    image = skin()
    frames = {"save_all": True, "append_images": [skin(seed=8)]}
    jpeg, png = encoded(image, "JPEG"), encoded(image, "PNG")
    heic = encoded(image, "HEIF")
    return {
        "0-byte file": (b"", "empty"),
        "text renamed .jpg": (b"this is not a picture\n" * 50, "not-an-image"),
        "html": (b"<!DOCTYPE html><html><body>hi</body></html>", "not-an-image"),
        "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "not-an-image"),
        "pdf": (b"%PDF-1.7\n" + jpeg, "not-an-image"),
        "zip": (b"PK\x03\x04" + bytes(200), "not-an-image"),
        "film": (b"\0\0\0\x18ftypisom" + bytes(200), "not-an-image"),
        "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not-an-image"),
        "bmp": (encoded(image, "BMP"), "unsupported"),
        "avif": (encoded(image, "AVIF"), "unsupported"),
        "dicom": (bytes(128) + b"DICM" + bytes(200), "unsupported"),
        "truncated jpeg": (jpeg[: len(jpeg) // 2], "truncated"),
        "truncated png": (png[: len(png) // 2], "truncated"),
        "truncated heic": (heic[: len(heic) // 2], "truncated"),
        "jpeg header only": (b"\xff\xd8\xff", "corrupt"),
        "png bomb": (png_bomb(30_000), "too-many-pixels"),
        "tiny png": (encoded(skin((40, 40)), "PNG"), "too-small"),
        "ribbon": (encoded(skin((4000, 97)), "JPEG"), "too-small"),
        "animated gif": (encoded(image, "GIF", **frames), "animated"),
        "animated webp": (encoded(image, "WEBP", **frames), "animated"),
        "animated png": (encoded(image, "PNG", **frames), "animated"),
    }


def lab(image: Image.Image) -> Image.Image:
    """The same picture in CIE L*a*b*."""
    srgb, target = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(image, srgb, target, outputMode="LAB")
    assert converted is not None
    return converted


def png_rgb16() -> bytes:
    """A 16-bit RGB PNG, which Pillow reads but does not write."""
    samples = np.asarray(skin()).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in samples)
    return _png(SIZE, depth=16, colour=2, raw=rows)


def png_bomb(side: int) -> bytes:
    """A real bitmap of ``side`` x ``side`` that compresses to almost nothing."""
    row = b"\0" + bytes((side + 7) // 8)
    return _png((side, side), depth=1, colour=0, raw=row * side)


def _png(size: tuple[int, int], *, depth: int, colour: int, raw: bytes) -> bytes:
    header = struct.pack("!IIBBBBB", *size, depth, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))
        for name, body in chunks
    )
