"""Run files through the photo path: ``python -m core.photos.check FILE...``.

Prints one line for each file, ``accepted WxH`` or ``rejected REASON``. Exit status 0 says that
every file was processed, 1 that one could not be read, 2 that the helper did not work.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from core.photos.normaliser import PhotoHelperUnavailable, PhotoNormaliser
from core.photos.photo import PhotoLimits, PhotoRejected


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the files named in ``arguments`` (default: the command line)."""
    parser = argparse.ArgumentParser(prog="python -m core.photos.check", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    try:
        return asyncio.run(_check(parser.parse_args(arguments).files))
    except PhotoHelperUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 2


async def _check(files: Sequence[Path]) -> int:
    limits = PhotoLimits()
    status = 0
    async with PhotoNormaliser(limits) as normaliser:
        for path in files:
            try:
                data = await asyncio.to_thread(_head, path, limits.max_bytes + 1)
            except OSError as error:
                sys.stdout.write(f"{path}: unreadable ({error.strerror})\n")
                status = 1
                continue
            sys.stdout.write(f"{path}: {await _verdict(normaliser, data)}\n")
            sys.stdout.flush()
    return status


def _head(path: Path, size_bytes: int) -> bytes:
    """Read at most ``size_bytes``: one more than allowed is enough to refuse the rest."""
    with path.open("rb") as file:
        return file.read(size_bytes)


async def _verdict(normaliser: PhotoNormaliser, data: bytes) -> str:
    try:
        photo = await normaliser.normalise(data)
    except PhotoRejected as rejected:
        return f"rejected {rejected.reason}"
    return f"accepted {photo.width_px}x{photo.height_px}"


if __name__ == "__main__":
    sys.exit(main())
