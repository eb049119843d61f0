"""The process that looks at one file of unknown origin, with no room to do harm, and then ends.

Its input is one line of JSON (how our own marks are recognised) and the file; its output is one
line of JSON with the file's marks. Parsers of manifests and pictures are met by hostile bytes here
and nowhere else; how the process ends is told by `core.photos.inspector`.
"""

import io
import json
import resource
import sys
from dataclasses import asdict, replace
from typing import Any, Final

from PIL import Image

from core.domain.provenance import Fingerprint, Marks
from core.photos.decode import decode, warm_up
from core.photos.photo import PhotoLimits, PhotoRejected
from core.photos.syscalls import confine_system_calls
from core.provenance import manifest
from core.provenance.fingerprint import look_of, sha256
from core.provenance.labels import SYNTHETIC
from core.provenance.stamp import seen

LIMITS: Final = PhotoLimits(min_side_px=32, judge_content=False)
_DESCRIPTORS: Final = 3
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


def main() -> None:
    """Read a request, give up every right, look, answer."""
    known = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    warm_up(LIMITS)
    answer(_sample(), known)  # what is loaded late is loaded now, while files may be opened
    _confine()
    sys.stdout.write(json.dumps(answer(data, known)))


def answer(data: bytes, known: dict[str, Any]) -> dict[str, Any]:
    """Return the marks of a file, or why it could not be looked at.

    Args:
        data: Any bytes.
        known: ``anchors`` and ``serials`` of our signers, ``words`` on our badges.
    """
    try:
        _, jpeg = decode(data, replace(LIMITS, max_bytes=len(data)))
    except (PhotoRejected, MemoryError):
        return {"unreadable": True}
    with Image.open(io.BytesIO(jpeg)) as image:
        picture = image.convert("RGB")
    ours = manifest.Known(anchors=known["anchors"], serials=frozenset(known["serials"]))
    state = manifest.read(data, media_type(data), ours) if ours.anchors else "none"
    marks = Marks(
        fingerprint=Fingerprint(sha256=sha256(data), look=look_of(picture)),
        manifest=state,
        label=any(address in data for address in SYNTHETIC),
        badge=seen(picture, known["words"]),
    )
    return asdict(marks)


def media_type(data: bytes) -> str:
    """Return the type that the first bytes of a file claim; empty when none is known."""
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), "")


def _sample() -> bytes:
    sample = io.BytesIO()
    Image.new("RGB", (64, 64)).save(sample, "PNG")
    return sample.getvalue()


def _confine() -> None:
    """Give up files and most of the memory and time; limits can only shrink from here."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMITS.cpu_s, LIMITS.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (LIMITS.memory_bytes, LIMITS.memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, _DESCRIPTORS))
    confine_system_calls()


if __name__ == "__main__":
    main()
