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
from pathlib import Path
from typing import Final

from core.adapters.redis_link import RedisLink
from core.adapters.vault import seal, unseal
from core.domain.errors import StoreUnavailable
from core.domain.messages import BlobKey, CaseId

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
        key = BlobKey(f"{case_id}/{secrets.token_hex(16)}")
        if not _KEY.fullmatch(key):
            raise ValueError("A case id is 16 to 40 lower-case letters and digits.")
        data_key = await self._link.data_key_or_new(case_id)
        sealed = seal(data_key.plain, data, f"blob:{key}")
        await asyncio.to_thread(_write, self._folder / key, sealed)
        return key

    async def get(self, key: BlobKey) -> bytes | None:
        """Return the bytes, or None when they expired or were erased."""
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
        return await asyncio.to_thread(_remove, self._folder / case_id)

    async def sweep(self, older_than_s: float) -> int:
        """Delete blobs older than the retention time."""
        return await asyncio.to_thread(_sweep, self._folder, time.time() - older_than_s)


def _write(path: Path, sealed: bytes) -> None:
    temporary = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreUnavailable(f"A blob cannot be written: {error.strerror}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    count = sum(1 for file in folder.iterdir() if not file.suffix)
    shutil.rmtree(folder)
    return count


def _sweep(folder: Path, oldest_s: float) -> int:
    if not folder.is_dir():
        return 0
    count = 0
    for case in folder.iterdir():
        for file in case.iterdir() if case.is_dir() else ():
            if file.stat().st_mtime < oldest_s:
                file.unlink(missing_ok=True)
                count += 1
        if case.is_dir() and not any(case.iterdir()):
            case.rmdir()
    return count
