"""Encoded photos for tests."""

import io

from PIL import Image


def jpeg(colour: tuple[int, int, int] = (200, 150, 120)) -> bytes:
    """Return a plain photo, 80 x 60 pixels."""
    buffer = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(buffer, "JPEG")
    return buffer.getvalue()
