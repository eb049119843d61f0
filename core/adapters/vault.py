"""Envelope encryption: one data key per case, wrapped by a master key of the operator.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce per record. The name of the record is
additional data, so that a record cannot be passed off as another. Deleting a case's wrapped key
makes everything that was encrypted with it unreadable.

Not known here: who reads the process's memory, and whether the master key is kept safe.
"""

import base64
import os
import re
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.domain.errors import RecordUnreadable, StoreUnavailable

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12

_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class DataKey:
    """A case's key and its wrapped form, which is what is stored."""

    plain: bytes
    wrapped: str

    def __repr__(self) -> str:
        return "DataKey(...)"


def seal(key: bytes, plain: bytes, name: str) -> bytes:
    """Encrypt ``plain`` under ``key`` for the record called ``name``."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, name.encode())


def unseal(key: bytes, sealed: bytes, name: str) -> bytes:
    """Decrypt what `seal` made.

    Raises:
        RecordUnreadable: Another key, another record, or changed bytes.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
    except (InvalidTag, ValueError) as error:
        raise RecordUnreadable(
            "A stored record cannot be decrypted: it was written with another key."
        ) from error


class MasterKeys:
    """The operator's keys by id; the first one wraps new data keys, all of them unwrap."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError("A master key is 32 bytes, base64-encoded.")
        self._keys = keys
        self._newest = next(iter(keys))

    def __repr__(self) -> str:
        return f"MasterKeys(newest={self._newest!r})"

    def new_data_key(self) -> DataKey:
        """Make a random data key."""
        return self.rewrap(AESGCM.generate_key(bit_length=256))

    def rewrap(self, plain: bytes) -> DataKey:
        """Wrap a data key with the newest master key."""
        sealed = seal(self._keys[self._newest], plain, f"dek:{self._newest}")
        return DataKey(plain, f"{self._newest}:{base64.b64encode(sealed).decode()}")

    def unwrap(self, wrapped: str) -> DataKey:
        """Unwrap a stored data key.

        Raises:
            RecordUnreadable: Its master key is not among ours.
        """
        name, _, body = wrapped.partition(":")
        if name not in self._keys:
            raise RecordUnreadable(
                f"A case was encrypted with master key {name!r}, which is not configured. "
                "Add it to SKINGEN_STORE_KEYS."
            )
        try:
            sealed = base64.b64decode(body, validate=True)
        except ValueError as error:
            raise RecordUnreadable("The stored key of a case is damaged.") from error
        return DataKey(unseal(self._keys[name], sealed, f"dek:{name}"), wrapped)

    def seal(self, plain: bytes, name: str) -> bytes:
        """Encrypt a record that belongs to no case."""
        return f"{self._newest}:".encode() + seal(self._keys[self._newest], plain, name)

    def unseal(self, sealed: bytes, name: str) -> bytes:
        """Decrypt a record that belongs to no case.

        Raises:
            RecordUnreadable: Unknown key, another record, or changed bytes.
        """
        key_id, _, body = sealed.partition(b":")
        key = self._keys.get(key_id.decode(errors="replace"))
        if key is None:
            raise RecordUnreadable("A record was written with a master key that is not configured.")
        return unseal(key, body, name)


def parse_master_keys(text: str) -> MasterKeys:
    """Read ``id=base64,id=base64``, newest first; a lone base64 key has the id ``k1``.

    Raises:
        ValueError: Not 32 bytes of base64 each, or two keys of one name.
    """
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        name, mark, body = part.strip().partition("=")
        # A lone base64 key may end in padding, which also holds an equals sign.
        if not mark or set(body) <= {"="}:
            name, body = "k1", part.strip()
        if not _KEY_ID.fullmatch(name) or name in keys:
            raise ValueError("Each master key needs a name of its own: letters, digits, _ and -.")
        try:
            keys[name] = base64.b64decode(body, validate=True)
        except ValueError as error:
            raise ValueError("A master key is 32 bytes, base64-encoded.") from error
    return MasterKeys(keys)


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


def master_keys_in(folder: Path) -> MasterKeys:
    """Return the key kept in ``folder/master.key``, making it (mode 0600) at the first call.

    Raises:
        StoreUnavailable: The folder cannot be written, or the file holds no key.
    """
    path = folder / "master.key"
    try:
        if not path.exists():
            _make_key_file(path)
        return parse_master_keys(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise StoreUnavailable(f"{path} holds no master key; restore it from a copy.") from error


def _make_key_file(path: Path) -> None:
    """Write a key under another name and link it: nobody sees half a key, the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"master.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class KeyCache:
    """Recently used data keys, forgotten after a while so that erasure takes hold everywhere."""

    def __init__(self, *, size: int = 2048, keep_s: float = 30.0) -> None:
        self._size = size
        self._keep_s = keep_s
        self._keys: OrderedDict[str, tuple[float, DataKey]] = OrderedDict()

    def get(self, case_id: str) -> DataKey | None:
        """Return a key that was put not long ago."""
        found = self._keys.get(case_id)
        if found is None:
            return None
        if time.monotonic() - found[0] > self._keep_s:
            del self._keys[case_id]
            return None
        return found[1]

    def put(self, case_id: str, key: DataKey) -> None:
        """Remember a key."""
        self._keys[case_id] = (time.monotonic(), key)
        self._keys.move_to_end(case_id)
        while len(self._keys) > self._size:
            self._keys.popitem(last=False)

    def drop(self, case_id: str) -> None:
        """Forget a key."""
        self._keys.pop(case_id, None)
