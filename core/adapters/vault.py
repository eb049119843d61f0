"""Envelope encryption: one data key per case, wrapped by a master key of the operator.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce per record. The name of the record is
additional data, so that a record cannot be passed off as another. Deleting a case's wrapped key
makes everything that was encrypted with it unreadable.

Not known here: who reads the process's memory, and whether the master key is kept safe.
"""

import base64
import hashlib
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.domain.errors import RecordUnreadable

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12

_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class DataKey:
    """A case's key and its wrapped form, which is what is stored: ``master:base64:mark``.

    The mark says which key it is, whatever master key wraps it.
    """

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

    def __init__(
        self,
        keys: dict[str, bytes],
        *,
        changed: Callable[[], dict[str, bytes] | None] | None = None,
    ) -> None:
        """Take the keys, newest first.

        Args:
            keys: By id, 32 bytes each.
            changed: Asked before each use; gives other keys when an operator changed them.

        Raises:
            ValueError: No key, or one of another length.
        """
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError("A master key is 32 bytes, base64-encoded.")
        self._keys = keys
        self._changed = changed

    def __repr__(self) -> str:
        return f"MasterKeys(newest={self.newest!r})"

    @property
    def newest(self) -> str:
        """Id of the key that wraps and seals now."""
        return next(iter(self._known()))

    def _known(self) -> dict[str, bytes]:
        changed = self._changed() if self._changed is not None else None
        if changed:
            self._keys = changed
        return self._keys

    def new_data_key(self) -> DataKey:
        """Make a random data key."""
        return self._wrap(AESGCM.generate_key(bit_length=256), os.urandom(8).hex())

    def _wrap(self, plain: bytes, mark: str) -> DataKey:
        newest, key = next(iter(self._known().items()))
        sealed = seal(key, plain, f"dek:{newest}")
        return DataKey(plain, f"{newest}:{base64.b64encode(sealed).decode()}:{mark}")

    def unwrap(self, wrapped: str) -> DataKey:
        """Unwrap a stored data key.

        Raises:
            RecordUnreadable: Its master key is not among ours.
        """
        name, body, _ = _parted(wrapped)
        key = self._known().get(name)
        if key is None:
            raise RecordUnreadable(
                f"A case was encrypted with master key {name!r}, which is not configured. "
                "Add it to SKINGEN_STORE_KEYS."
            )
        try:
            sealed = base64.b64decode(body, validate=True)
        except ValueError as error:
            raise RecordUnreadable("The stored key of a case is damaged.") from error
        return DataKey(unseal(key, sealed, f"dek:{name}"), wrapped)

    def rewrap(self, wrapped: str) -> str:
        """Wrap a stored data key with the newest master key; its mark stays.

        Raises:
            RecordUnreadable: Its master key is not among ours.
        """
        return self._wrap(self.unwrap(wrapped).plain, _parted(wrapped)[2]).wrapped

    def reseal(self, sealed: bytes, name: str) -> bytes:
        """Encrypt a record that belongs to no case with the newest master key.

        Raises:
            RecordUnreadable: Unknown key, another record, or changed bytes.
        """
        return self.seal(self.unseal(sealed, name), name)

    def is_newest(self, stored: bytes) -> bool:
        """Return whether a wrapped key or a sealed record was written with the newest key."""
        return stored.partition(b":")[0] == self.newest.encode()

    def seal(self, plain: bytes, name: str) -> bytes:
        """Encrypt a record that belongs to no case."""
        newest, key = next(iter(self._known().items()))
        return f"{newest}:".encode() + seal(key, plain, name)

    def unseal(self, sealed: bytes, name: str) -> bytes:
        """Decrypt a record that belongs to no case.

        Raises:
            RecordUnreadable: Unknown key, another record, or changed bytes.
        """
        key_id, _, body = sealed.partition(b":")
        key = self._known().get(key_id.decode(errors="replace"))
        if key is None:
            raise RecordUnreadable("A record was written with a master key that is not configured.")
        return unseal(key, body, name)


def _parted(wrapped: str) -> tuple[str, str, str]:
    """Split a wrapped key into master key, body and mark; see ``key_mark`` in prelude.lua."""
    name, _, rest = wrapped.partition(":")
    body, _, mark = rest.partition(":")
    return name, body, mark or hashlib.sha1(wrapped.encode(), usedforsecurity=False).hexdigest()


def parse_keys(text: str) -> dict[str, bytes]:
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
    if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise ValueError("A master key is 32 bytes, base64-encoded.")
    return keys


def parse_master_keys(text: str) -> MasterKeys:
    """Read keys from text, as `parse_keys` does.

    Raises:
        ValueError: Not 32 bytes of base64 each, or two keys of one name.
    """
    return MasterKeys(parse_keys(text))


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
