"""Files that are there whole or not at all, also when the disk fills or the process is killed."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError

from workers.training.errors import StorageError

PARTIAL: Final = ".partial"
RECEIPT: Final = "complete.json"


@contextmanager
def storage(what: str, kept: str | Callable[[], str]) -> Iterator[None]:
    """Turn every failure to write into one sentence.

    Args:
        what: What is being written.
        kept: What is still good if it fails; a function is asked only then.

    Raises:
        StorageError: Writing failed.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        good = kept if isinstance(kept, str) else kept()
        raise StorageError(f"{what} could not be written ({_reason(error)}); {good}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


@contextmanager
def whole_folder(folder: Path, facts: dict[str, Any]) -> Iterator[Path]:
    """Give a place to write files into; afterwards they are in `folder`, or nothing is.

    A receipt with a digest of every file is written last, everything is flushed to the disk, and
    the folder gets its name in one step.
    """
    partial = folder.with_name(folder.name + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        digests = {p.name: digest(p) for p in sorted(partial.iterdir())}
        write(partial / RECEIPT, json.dumps({**facts, "files": digests}, indent=1).encode())
        for path in partial.iterdir():
            _flush(path)
        _flush(partial)
        partial.replace(folder)
        _flush(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def receipt(folder: Path) -> dict[str, Any] | None:
    """Return the receipt of a folder, or None if it or any file is missing or damaged."""
    try:
        facts: dict[str, Any] = json.loads((folder / RECEIPT).read_text())
        whole = all(digest(folder / name) == want for name, want in facts["files"].items())
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return facts if whole else None


def write(path: Path, data: bytes) -> None:
    """Write a file and flush it to the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, data: bytes) -> None:
    """Replace a file in one step; readers see the old one or the new one."""
    partial = path.with_name(path.name + PARTIAL)
    try:
        write(partial, data)
        partial.replace(path)
        _flush(path.parent)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def digest(path: Path) -> str:
    """Return the SHA-256 digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep_up(folder: Path) -> None:
    """Remove what a killed process left unfinished."""
    for path in folder.glob("*" + PARTIAL):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
