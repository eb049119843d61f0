"""Decode one hostile file into a fresh sRGB picture; runs inside the confined child only.

What is written is made of pixels alone: no byte of the sender's file but the pixels' values
reaches the result. Colour is converted with the file's own profile where it has a usable one.
"""

import io
import struct
import warnings
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageFile, ImageOps

from core.photos.colour import Bytes
from core.photos.gate import inspect
from core.photos.magic import claim
from core.photos.photo import PhotoLimits, PhotoRejected, Reason
from core.photos.tone import estimate
from core.provenance.fingerprint import look_of
from core.provenance.stamp import seen

# The JPEG opener hands over to that of MPO (two JPEGs in one file) itself.
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "HEIF")
# A second "frame" of these is another page, a burst or a depth map, not an animation.
_STILL_FORMATS: Final = ("JPEG", "MPO", "TIFF", "HEIF")
_TRUNCATION_WORDS: Final = (
    "truncated",
    "end of file",
    "not enough",
    "premature",
    "eof",
    "too short",
)
# What codecs raise over files that lie about themselves; the last two are Pillow's own slips over
# a TIFF's odd tag types and a GIF's colour table. Source: python -m core.photos.fuzz.
_FAULTS: Final = (
    OSError, EOFError, SyntaxError, ValueError, RuntimeError, struct.error, TypeError, IndexError,
)  # fmt: skip
_EXIF_ORIENTATION: Final = 0x0112
_SRGB: Final = ImageCms.createProfile("sRGB")
_PAPER: Final = (255, 255, 255)


def warm_up(limits: PhotoLimits) -> None:
    """Load every codec now: the children may not open files, not even Python's own."""
    Image.init()
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener(thumbnails=False, aux_images=False, depth_images=False)
    profile = ImageCms.ImageCmsProfile(_SRGB).tobytes()
    for name in (*_FORMATS, "MPO"):
        sample = io.BytesIO()
        Image.new("RGB", (limits.min_side_px,) * 2).save(sample, name, icc_profile=profile)
        decode(sample.getvalue(), replace(limits, judge_content=False))
    _judged(np.full((64, 64, 3), (200, 150, 125), np.uint8))
    plain = Image.new("RGB", (64, 64))
    seen(plain, limits.badge_words)
    look_of(plain)


def decode(data: bytes, limits: PhotoLimits) -> tuple[dict[str, Any], bytes]:
    """Turn ``data`` into a header and the bytes of a new JPEG.

    The header has ``width_px``, ``height_px`` and, if content is judged, ``report``, ``tone`` and
    ``look``.

    Raises:
        PhotoRejected: The file cannot be used; the reason is determinate for each kind of file.
        MemoryError: It needs more than this process may have.
    """
    image = _upright_rgb(_opened(data, limits), limits)
    if min(image.size) < limits.min_side_px:
        raise PhotoRejected("too-small")
    header: dict[str, Any] = {"width_px": image.width, "height_px": image.height}
    if limits.judge_content:
        if seen(image, limits.badge_words):
            raise PhotoRejected("synthetic")
        header |= _judged(np.asarray(image))
        header["look"] = look_of(image)
    return header, _encoded(image, limits)


def _judged(rgb: Bytes) -> dict[str, Any]:
    """Ask the gate about the pixels (H, W, 3) that will be kept."""
    report = inspect(rgb)
    if report.reason is not None:
        raise PhotoRejected(report.reason)
    tone = estimate(rgb)
    return {"report": asdict(report), "tone": asdict(tone) if tone else None}


def _opened(data: bytes, limits: PhotoLimits) -> Image.Image:
    """Open and load the first frame."""
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        _check_frames(image)
        if min(image.size) < limits.min_side_px:
            raise PhotoRejected("too-small")
        # A JPEG can be decoded at 1/2, 1/4 or 1/8: less memory for pictures of 200 megapixels.
        image.draft(None, (limits.max_side_px, limits.max_side_px))
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoRejected("too-many-pixels") from error
    except Image.UnidentifiedImageError as error:
        raise PhotoRejected(_reason_not_opened(data)) from error
    except _FAULTS as error:
        raise PhotoRejected(_reason_not_loaded(error)) from error
    return image


def _check_frames(image: Image.Image) -> None:
    if image.format not in _STILL_FORMATS and getattr(image, "n_frames", 1) > 1:
        raise PhotoRejected("animated")


def _reason_not_opened(data: bytes) -> Reason:
    """Say why no codec wanted the file."""
    match claim(data):
        case "supported":
            return "corrupt"
        case "other-image":
            return "unsupported"
        case "not-an-image":
            return "not-an-image"


def _reason_not_loaded(error: Exception) -> Reason:
    """Tell a file that ends too early from one that is wrong inside."""
    text = str(error).lower()
    return "truncated" if any(word in text for word in _TRUNCATION_WORDS) else "corrupt"


def _upright_rgb(image: Image.Image, limits: PhotoLimits) -> Image.Image:
    """Return new pixels: eight-bit sRGB, upright, at most ``max_side_px`` long."""
    profile = image.info.get("icc_profile")
    orientation = _orientation(image)
    image = _flattened(_eight_bit(image))
    image.thumbnail((limits.max_side_px, limits.max_side_px), Image.Resampling.LANCZOS, 2.0)
    image = _srgb(image, profile)
    image = _turned(image, orientation)
    fresh = Image.new("RGB", image.size)
    fresh.paste(image)
    return fresh


def _orientation(image: Image.Image) -> int:
    """Read the EXIF orientation; damaged EXIF counts as upright (1)."""
    try:
        return int(image.getexif().get(_EXIF_ORIENTATION, 1))
    except (SyntaxError, struct.error, TypeError, ValueError, KeyError, OSError, OverflowError):
        return 1


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    """Apply an EXIF orientation, 1 to 8; others count as upright."""
    tag = Image.Exif()
    tag[_EXIF_ORIENTATION] = orientation
    image.info["exif"] = tag.tobytes()
    return ImageOps.exif_transpose(image)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Bring 16-bit and floating-point samples, palettes and bitmaps to eight bits."""
    match image.mode:
        case "I;16" | "I;16L" | "I;16B" | "I;16N" | "I" | "F":
            return Image.fromarray(_scaled(np.asarray(image)))
        case "P" | "PA":
            return image.convert("RGBA")
        case "1":
            return image.convert("L")
        case _:
            return image


def _scaled(samples: np.ndarray) -> np.ndarray:
    """Map samples (H, W) to uint8 by the range they plainly use: 1, 255 or 65535."""
    finite = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    top = float(finite.max(initial=0.0))
    full = next((range_ for range_ in (1.0, 255.0, 65535.0) if top <= range_), max(top, 1.0))
    if samples.dtype.kind in "ui" and samples.dtype.itemsize == 2:  # noqa: PLR2004 - bytes
        full = 65535.0
    scaled: np.ndarray = np.clip(finite * (255.0 / full), 0, 255).astype(np.uint8)
    return scaled


def _flattened(image: Image.Image) -> Image.Image:
    """Lay transparent pictures on white paper; leave L, RGB, CMYK and LAB as they are."""
    if image.mode in {"L", "RGB", "CMYK", "LAB"} and "transparency" not in image.info:
        return image
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    paper = Image.new("RGB", image.size, _PAPER)
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB with the file's profile; without a usable one, by plain arithmetic."""
    for source in _sources(image, profile):
        try:
            converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            continue
        if converted is not None:
            return converted
    return image.convert("RGB")


def _sources(image: Image.Image, profile: bytes | None) -> list[Any]:
    """Profiles to try, best first."""
    sources: list[Any] = []
    if profile and isinstance(profile, bytes):  # a TIFF may claim that it is a number
        sources.append(io.BytesIO(profile))
    if image.mode == "LAB":
        sources.append(ImageCms.createProfile("LAB"))
    return sources


def _encoded(image: Image.Image, limits: PhotoLimits) -> bytes:
    """Encode with full colour resolution: redness lives in the colour channels."""
    # The default buffer cannot hold a noisy picture at high quality.
    ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, 4 * image.width * image.height)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=limits.jpeg_quality, subsampling=0, optimize=True)
    return target.getvalue()
