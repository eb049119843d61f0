"""A folder of images with captions, checked picture by picture before anything is trained."""

import hashlib
import logging
import warnings
from pathlib import Path
from typing import Final, Literal

from PIL import Image, ImageOps

from workers.training.datasets import Notes
from workers.training.datasets.table import read_rows
from workers.training.errors import DataError, listed

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
_log = logging.getLogger(__name__)


class ImageFolder:
    """Pictures below a folder, with the notes of its table or of its folders' names."""

    def __init__(self, folder: Path, *, unreadable: Literal["stop", "skip"] = "stop") -> None:
        """Read the table and decode every picture once.

        Raises:
            DataError: The table is wrong, or pictures cannot be read and may not be skipped.
        """
        self._folder = folder
        rows = read_rows(folder)
        broken = {name: why for name in rows if (why := _fault(folder / name))}
        if broken and (unreadable == "stop" or len(broken) == len(rows)):
            faults = listed([f"{name} ({why})" for name, why in broken.items()])
            raise DataError(
                f"{len(broken)} of {len(rows)} pictures in {folder} cannot be read: {faults}"
            )
        if broken:
            _log.warning("%d unreadable pictures are left out: %s", len(broken), listed([*broken]))
        self._rows = {name: notes for name, notes in rows.items() if name not in broken}
        self._names = tuple(self._rows)

    @property
    def notes(self) -> tuple[Notes, ...]:
        """What is known of each picture."""
        return tuple(self._rows.values())

    @property
    def fingerprint(self) -> str:
        """Digest over names, sizes and notes."""
        digest = hashlib.sha256()
        for name, notes in self._rows.items():
            size = (self._folder / name).stat().st_size
            digest.update(f"{name}|{size}|{notes}\n".encode())
        return digest.hexdigest()[:16]

    def picture(self, index: int, size_px: int) -> Image.Image:  # noqa: ARG002 - a hint
        """Read a picture in its own size.

        Raises:
            DataError: It was readable at the start and is not any more.
        """
        path = self._folder / self._names[index]
        try:
            return read_rgb(path)
        except (OSError, ValueError, Warning) as error:
            raise DataError(f"{path} cannot be read any more: {error}") from error


def read_rgb(path: Path) -> Image.Image:
    """Decode a picture, upright and in RGB; transparent parts become white.

    Raises:
        OSError: It is missing, truncated, or no picture.
        ValueError: It is damaged.
        Warning: It would be absurdly large.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(path, formats=_FORMATS) as opened:
            upright = ImageOps.exif_transpose(opened)
            if upright.has_transparency_data:
                layer = upright.convert("RGBA")
                white = Image.new("RGBA", layer.size, "white")
                return Image.alpha_composite(white, layer).convert("RGB")
            if upright.mode.startswith("I"):  # 16 bits per pixel, which convert() would clip
                upright = upright.point(lambda value: value / 256).convert("L")
            return upright.convert("RGB")


def _fault(path: Path) -> str:
    """Return why a picture cannot be read, or nothing."""
    try:
        if path.stat().st_size == 0:
            return "empty file"
        read_rgb(path)
    except Image.UnidentifiedImageError:
        return "not a picture"
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return ""
