"""Feeds damaged files to the decoder: `python -m core.photos.fuzz --executions 100000`.

Files of every format are damaged at random and decoded in confined children, many to a child. A
file with an outcome that was not seen before (which error, raised where) is damaged further from
then on, so that the search goes deeper; ``--keep`` writes such files down. Prints one JSON object:
how many were read, refused for which reason, ended in an error that the decoder does not name (the
bot calls those files corrupt), or ended their child. The same command meets the same files.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from core.photos.decode import decode, warm_up
from core.photos.fuzz_files import damaged, honest_files
from core.photos.helper import confine
from core.photos.photo import REASONS, PhotoLimits, PhotoRejected

_BATCH: Final = 500
_NEWS_EVERY: Final = 50_000
_JUDGE_EVERY: Final = 8
_CALM: Final = PhotoLimits(judge_content=False, min_side_px=16, max_side_px=64, cpu_s=120)
_JUDGED: Final = replace(_CALM, judge_content=True)
_MOST_SEEDS: Final = 2000
_LARGEST_SEED_BYTES: Final = 16_384
_ANSWERS: Final = frozenset(("read", *REASONS))


@dataclass(slots=True)
class _Run:
    """What was found so far."""

    seed: int
    seeds: list[bytes]
    keep: Path | None
    counts: Counter[str] = field(default_factory=Counter)
    traits: set[str] = field(default_factory=set)
    slowest_ms: int = 0

    def note(self, number: int, line: str) -> None:
        """Count one outcome, and keep its file when there was none like it."""
        outcome, _, rest = line.partition(" ")
        took_ms, _, trait = rest.partition(" ")
        self.counts[outcome] += 1
        self.slowest_ms = max(self.slowest_ms, int(took_ms or 0))
        if trait in self.traits and outcome in _ANSWERS:
            return
        self.traits.add(trait)
        data = damaged(self.seeds, self.seed, number)
        if self.keep is not None:
            name = f"{outcome}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
            (self.keep / name).write_bytes(data)


def main() -> int:
    """Run and print the counts; 1 when a file ended its child."""
    parser = argparse.ArgumentParser(prog="python -m core.photos.fuzz", description=__doc__)
    parser.add_argument("--executions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for files that met something new")
    parser.add_argument("--replay", type=Path, help="decode the files of a folder instead")
    args = parser.parse_args()
    if args.keep is not None:
        args.keep.mkdir(parents=True, exist_ok=True)
    warm_up(_JUDGED)
    if args.replay is not None:
        return _replay(args.replay)
    run = _Run(seed=args.seed, seeds=honest_files(), keep=args.keep)
    began_s = time.monotonic()
    done = _run(run, args.executions)
    report: dict[str, Any] = {
        "executions": done,
        "seed": args.seed,
        "died": sum(count for name, count in run.counts.items() if name.startswith("died")),
        "unnamed_errors": sum(run.counts.values()) - sum(run.counts[name] for name in _ANSWERS),
        "distinct": len(run.traits),
        "slowest_ms": run.slowest_ms,
        "seconds": round(time.monotonic() - began_s),
        "outcomes": dict(run.counts.most_common()),
    }
    sys.stdout.write(json.dumps(report) + "\n")
    return int(report["died"] > 0)


def _replay(folder: Path) -> int:
    """Decode every file of a folder, each in a child of its own; 1 when one ended its child."""
    died = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        line = _batch([path.read_bytes()].__iter__, 1)[0]
        died += line.startswith("died")
        sys.stdout.write(f"{path.name}: {line.partition(' ')[0]}\n")
    return int(died > 0)


def _run(run: _Run, executions: int) -> int:
    """Decode ``executions`` files, batch by batch; what is new is damaged further from then on."""
    first = 0
    while first < executions:
        numbers = range(first, min(first + _BATCH, executions))
        lines = _batch(lambda: (damaged(run.seeds, run.seed, n) for n in numbers), len(numbers))  # noqa: B023 - called at once
        fresh = []
        for number, line in zip(numbers, lines, strict=False):
            known = len(run.traits)
            run.note(number, line)
            if len(run.traits) > known:
                fresh.append(damaged(run.seeds, run.seed, number))
        small = [data for data in fresh if 0 < len(data) <= _LARGEST_SEED_BYTES]
        run.seeds += small[: _MOST_SEEDS - len(run.seeds)]
        before, first = first, first + len(lines)
        if before // _NEWS_EVERY != first // _NEWS_EVERY:
            sys.stderr.write(f"{first} files, {len(run.traits)} distinct outcomes\n")
    return first


def _batch(files: Callable[[], Iterator[bytes]], count: int) -> list[str]:
    """Decode files in one child, made there; one line for each, and a death ends the batch."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _run_and_exit(files, writer)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        lines = [line.strip() for line in pipe]
    status = os.waitpid(child, 0)[1]
    if len(lines) < count:
        cause = f"died-{os.waitstatus_to_exitcode(status)}"
        lines.append(f"{cause} 0 {cause}")
    return lines


def _run_and_exit(files: Callable[[], Iterator[bytes]], writer: int) -> None:
    """Be the child: one line for each file; the gate looks at some of them."""
    try:
        confine(_CALM, writer)
        for number, data in enumerate(files()):
            began_s = time.process_time()
            outcome, trait = _outcome(data, _CALM if number % _JUDGE_EVERY else _JUDGED)
            took_ms = int((time.process_time() - began_s) * 1000)
            os.write(1, f"{outcome} {took_ms} {trait}\n".encode())
    finally:
        os._exit(0)


def _outcome(data: bytes, limits: PhotoLimits) -> tuple[str, str]:
    """Return what became of a file, and what tells this outcome from others of the kind."""
    try:
        header, _ = decode(data, limits)
    except PhotoRejected as rejected:
        return rejected.reason, _trait(rejected.reason, rejected.__cause__)
    except MemoryError:
        return "memory", "memory"
    except Exception as error:  # noqa: BLE001 - which errors there are is the question
        name = type(error).__name__
        return name, _trait(name, error)
    return "read", f"read-{len(header)}-{data[:4].hex()}"


def _trait(outcome: str, error: BaseException | None) -> str:
    """Name the error and the line that raised it; figures in its words do not count."""
    if error is None:
        return outcome
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code.co_filename.rpartition("/")[2] if trace else ""
    words = re.sub(r"0x[0-9a-f]+|\d+|b['\"].*|<.*>", "#", str(error))[:60]
    text = f"{outcome}:{type(error).__name__}:{code}:{trace.tb_lineno if trace else 0}:{words}"
    return text.encode("ascii", "replace").decode().replace("\n", " ").replace(" ", "_")


if __name__ == "__main__":
    sys.exit(main())
