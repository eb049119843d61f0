"""Master keys in a file, where nobody set any; running processes follow its changes."""

import base64
import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.adapters.vault import KEY_BYTES, MasterKeys, parse_keys, parse_master_keys
from core.domain.errors import StoreUnavailable

_log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""How often a process looks whether the file was changed."""


def open_master_keys(text: str | None, folder: Path) -> MasterKeys:
    """Return the keys given as text, or those of the key file in ``folder``.

    Raises:
        StoreUnavailable: The text does not hold keys, or the key file cannot be read or made.
    """
    if text is None:
        return master_keys_in(folder)
    try:
        return parse_master_keys(text)
    except ValueError as error:
        raise StoreUnavailable(f"SKINGEN_STORE_KEYS cannot be used: {error}") from None


def key_file(folder: Path) -> Path:
    """Return where a data folder keeps its keys."""
    return folder / "master.key"


def master_keys_in(folder: Path) -> MasterKeys:
    """Return the keys of a folder, making one (mode 0600) at the first call.

    Raises:
        StoreUnavailable: The folder cannot be written, or the file holds no key.
    """
    path = key_file(folder)
    try:
        if not path.exists():
            _make(path)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be used: {error.strerror}.") from error
    return MasterKeys(read_keys(path), changed=_Watch(path))


def read_keys(path: Path) -> dict[str, bytes]:
    """Return the keys in a file, newest first.

    Raises:
        StoreUnavailable: It cannot be read, or holds no key.
    """
    try:
        return parse_keys(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise StoreUnavailable(f"{path} holds no master key; restore it from a copy.") from error


def write_keys(path: Path, keys: dict[str, bytes]) -> None:
    """Replace the keys in a file; whoever reads it meanwhile sees the old or the new ones.

    Raises:
        StoreUnavailable: It cannot be written; the old keys stand.
    """
    text = ",".join(f"{name}={base64.b64encode(key).decode()}" for name, key in keys.items())
    try:
        draft = _draft(path, text.encode())
        draft.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}.") from error


class _Watch:
    """Gives the keys of a file when they have changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._stamped()
        self._looked_s = time.monotonic()

    def __call__(self) -> dict[str, bytes] | None:
        if time.monotonic() - self._looked_s < LOOK_S:
            return None
        self._looked_s = time.monotonic()
        stamp = self._stamped()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            return read_keys(self._path)
        except StoreUnavailable as error:
            _log.error("the master keys in use stay: %s", error)
            return None

    def _stamped(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino


def _make(path: Path) -> None:
    """Write a key under another name and link it: nobody sees half a key, the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, base64.b64encode(os.urandom(KEY_BYTES)))
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    _sync(path.parent)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f"master.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
