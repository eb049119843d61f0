"""The language between a bot and its photo helper: lengths, JSON and image bytes, no pickles.

A request is ``length | file``. A reply is ``header length | image length | header | image``,
where the header is a small JSON object. Lengths are unsigned 32 bit, big endian.
"""

import json
import os
import struct
from typing import Any, Final

REQUEST: Final = struct.Struct("!I")
REPLY: Final = struct.Struct("!II")
MAX_HEADER_BYTES: Final = 64 * 1024


class BadFrameError(Exception):
    """The other side does not speak this language (or was taken over)."""


def pack_reply(header: dict[str, Any], image: bytes = b"") -> bytes:
    """Encode a reply; the header's values are JSON, hence ``Any``."""
    text = json.dumps(header).encode()
    return REPLY.pack(len(text), len(image)) + text + image


def reply_lengths(prefix: bytes, max_image_bytes: int) -> tuple[int, int]:
    """Read the two lengths of a reply.

    Raises:
        BadFrameError: A length is beyond its bound.
    """
    header_bytes, image_bytes = REPLY.unpack(prefix)
    if header_bytes > MAX_HEADER_BYTES or image_bytes > max_image_bytes:
        raise BadFrameError("a reply is longer than it may be")
    return header_bytes, image_bytes


def parse_header(text: bytes) -> dict[str, Any]:
    """Decode a reply's header.

    Raises:
        BadFrameError: It is not a JSON object.
    """
    try:
        header = json.loads(text)
    except ValueError as error:
        raise BadFrameError("a reply's header is not JSON") from error
    if not isinstance(header, dict):
        raise BadFrameError("a reply's header is not an object")
    return header


def read_exactly(fd: int, count: int) -> bytes:
    """Read ``count`` bytes from a blocking descriptor.

    Raises:
        EOFError: The other side closed it first.
    """
    parts: list[bytes] = []
    while count:
        part = os.read(fd, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def write_all(fd: int, data: bytes) -> None:
    """Write everything to a blocking descriptor."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
