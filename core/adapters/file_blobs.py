"""Bytes as encrypted files, one folder per case.

A blob is written to a temporary name, synced, renamed, and its folder synced: after a power cut it
is there whole or not at all. Keys are made here and checked on the way back, so that no key can
name a file outside the folder.
"""

import asyncio
import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.adapters.redis_link import RedisLink
from core.adapters.vault import seal, unseal
from core.domain.errors import StoreUnavailable
from core.domain.messages import BlobKey, CaseId

_CASE: Final = re.compile(r"[a-z0-9]{16,40}")
_KEY: Final = re.compile(r"([a-z0-9]{16,40})/([a-f0-9]{32})")


class FileBlobs:
    """`core.ports.BlobStore` in a folder. A file's modification time is its age."""

    def __init__(self, folder: Path, link: RedisLink) -> None:
        self._folder = folder
        self._link = link

    async def put(self, case_id: CaseId, data: bytes) -> BlobKey:
        """Store bytes for a case.

        Raises:
            StoreUnavailable: The disk is full or not writable; nothing is left behind.
        """
        if not _CASE.fullmatch(case_id):
            raise ValueError("A case id is 16 to 40 lower-case letters and digits.")
        key = BlobKey(f"{case_id}/{secrets.token_hex(16)}")
        data_key = await self._link.data_key_or_new(case_id)
        sealed = seal(data_key.plain, data, f"blob:{key}")
        await asyncio.to_thread(_write, self._folder / key, sealed)
        return key

    async def get(self, key: BlobKey) -> bytes | None:
        """Return the bytes, or None when they expired or were erased.

        Raises:
            RecordUnreadable: They were written with another key, or changed.
            StoreUnavailable: The disk does not give them.
        """
        match = _KEY.fullmatch(key)
        if match is None:
            return None
        data_key = await self._link.data_key(match[1])
        if data_key is None:
            return None
        try:
            sealed = await asyncio.to_thread((self._folder / key).read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreUnavailable(f"A blob cannot be read: {error.strerror}") from error
        return unseal(data_key.plain, sealed, f"blob:{key}")

    async def erase(self, case_id: CaseId) -> int:
        """Delete all bytes of a case."""
        if not _CASE.fullmatch(case_id):
            return 0
        return await asyncio.to_thread(_remove, self._folder / case_id)

    async def sweep(self, older_than_s: float) -> int:
        """Delete blobs older than the retention time whose case has ended.

        A case that is still talked about keeps its first photo.
        """
        oldest_s = time.time() - older_than_s
        count = 0
        for case in await asyncio.to_thread(_cases_in, self._folder):
            if await self._link.has_data_key(case):
                continue
            count += await asyncio.to_thread(_sweep, self._folder / case, oldest_s)
        return count


def _write(path: Path, sealed: bytes) -> None:
    temporary = path.with_suffix(".part")
    try:
        _open_folder(path.parent)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        for leftover in (temporary, path):
            with suppress(OSError):
                leftover.unlink()
        with suppress(OSError):
            path.parent.rmdir()  # only when this was its first blob
        raise StoreUnavailable(f"A blob cannot be written: {error.strerror}") from error


def _open_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(folder: Path) -> int:
    try:
        count = sum(1 for file in folder.iterdir() if not file.suffix)
        shutil.rmtree(folder)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise StoreUnavailable(f"Blobs cannot be erased: {error.strerror}") from error
    return count


def _cases_in(folder: Path) -> list[str]:
    try:
        return [case.name for case in folder.iterdir() if _CASE.fullmatch(case.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreUnavailable(f"Blobs cannot be listed: {error.strerror}") from error


def _sweep(case: Path, oldest_s: float) -> int:
    count = 0
    try:
        for file in case.iterdir():
            if file.stat().st_mtime < oldest_s:
                file.unlink()
                count += not file.suffix  # what a crash left half-written is no blob
        if not any(case.iterdir()):
            case.rmdir()
    except FileNotFoundError:
        return count  # erased at the same time
    except OSError as error:
        raise StoreUnavailable(f"Blobs cannot be deleted: {error.strerror}") from error
    return count
