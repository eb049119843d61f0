"""Feeds damaged files to the decoder: `python -m core.photos.fuzz --executions 100000`.

Files of every format are damaged at random and decoded in confined children, many to a child.
Prints one JSON object: how many were read, refused for which reason, ended in an error that the
decoder does not name (the bot calls those files corrupt), or ended their child. Such files are
written to ``--keep``. Every file follows from ``--seed`` and its number.
"""

import argparse
import io
import json
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

from PIL import Image

from core.photos.decode import decode, warm_up
from core.photos.helper import confine
from core.photos.photo import REASONS, PhotoLimits, PhotoRejected

_BATCH: Final = 500
_SIDE_PX: Final = 48
_LIMITS: Final = PhotoLimits(judge_content=False, min_side_px=16, max_side_px=64, cpu_s=120)
_KINDS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("JPEG", "RGB", {"quality": 60}),
    ("JPEG", "CMYK", {"quality": 60, "progressive": True}),
    ("MPO", "RGB", {}),
    ("PNG", "RGBA", {}),
    ("PNG", "P", {}),
    ("PNG", "I;16", {}),
    ("WEBP", "RGBA", {}),
    ("WEBP", "RGB", {"lossless": True}),
    ("TIFF", "RGB", {}),
    ("TIFF", "CMYK", {"compression": "tiff_lzw"}),
    ("TIFF", "1", {"compression": "group4"}),
    ("TIFF", "LAB", {}),
    ("GIF", "P", {}),
    ("HEIF", "RGB", {}),
)


def main() -> int:
    """Run and print the counts; 1 when a file ended its child."""
    parser = argparse.ArgumentParser(prog="python -m core.photos.fuzz", description=__doc__)
    parser.add_argument("--executions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    warm_up(_LIMITS)
    seeds = _seeds()
    counts: Counter[str] = Counter()
    first = 0
    while first < args.executions:
        last = min(first + _BATCH, args.executions)
        outcomes = _batch(seeds, args.seed, first, last)
        for number, outcome in outcomes:
            counts[outcome] += 1
            if args.keep and outcome not in {"read", *REASONS}:
                args.keep.mkdir(parents=True, exist_ok=True)
                name = f"{outcome}-{args.seed}-{number}.bin"
                (args.keep / name).write_bytes(damaged(seeds, args.seed, number))
        first += len(outcomes)
    sys.stdout.write(json.dumps({"executions": first, "seed": args.seed, **counts}) + "\n")
    return int(any(outcome.startswith("died") for outcome in counts))


def damaged(seeds: list[bytes], seed: int, number: int) -> bytes:
    """File ``number`` of a run: bytes changed, copied, cut out or put in."""
    rng = random.Random(seed * 1_000_003 + number)  # noqa: S311 - to be repeated, not to be secret
    data = bytearray(rng.choice(seeds))
    # Headers are where decoders go wrong: half of all damage is among the first bytes.
    reach = len(data) if rng.random() < 0.5 else min(len(data), 160)  # noqa: PLR2004 - half
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at, length = rng.randrange(reach), rng.randrange(1, 9)
        match rng.randrange(5):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                data[at : at + length] = rng.randbytes(length)
            case 2:
                data[at : at + 4] = rng.choice(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff")
                )
            case 3:
                del data[at : at + length]
            case _:
                other = rng.choice(seeds)
                start = rng.randrange(len(other))
                data[at:at] = other[start : start + length * 8]
    return bytes(data)


def _seeds() -> list[bytes]:
    """One small honest file of each kind."""
    picture = Image.effect_noise((_SIDE_PX, _SIDE_PX), 60).convert("RGB")
    files = []
    for name, mode, options in _KINDS:
        target = io.BytesIO()
        shown = Image.new(mode, picture.size) if mode in {"LAB", "I;16"} else picture.convert(mode)
        shown.save(target, name, exif=_exif(), **options)
        files.append(target.getvalue())
    return files


def _exif() -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x010E] = 6, "a description"
    packed: bytes = tags.tobytes()
    return packed


def _batch(seeds: list[bytes], seed: int, first: int, last: int) -> list[tuple[int, str]]:
    """Decode files ``first`` to ``last`` in one child; a death ends the batch early."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _run_and_exit(seeds, seed, range(first, last), writer)
    os.close(writer)
    with os.fdopen(reader) as lines:
        outcomes = [(first + i, line.strip()) for i, line in enumerate(lines)]
    status = os.waitpid(child, 0)[1]
    if len(outcomes) < last - first:
        outcomes.append((first + len(outcomes), f"died-{os.waitstatus_to_exitcode(status)}"))
    return outcomes


def _run_and_exit(seeds: list[bytes], seed: int, numbers: range, writer: int) -> None:
    """Be the child: one line for each file."""
    try:
        confine(_LIMITS, writer)
        for number in numbers:
            os.write(1, f"{_outcome(damaged(seeds, seed, number))}\n".encode())
    finally:
        os._exit(0)


def _outcome(data: bytes) -> str:
    try:
        decode(data, _LIMITS)
    except PhotoRejected as rejected:
        return rejected.reason
    except MemoryError:
        return "memory"
    except Exception as error:  # noqa: BLE001 - which errors there are is the question
        return type(error).__name__
    return "read"


if __name__ == "__main__":
    sys.exit(main())
