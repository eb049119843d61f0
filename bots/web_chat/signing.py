"""Signatures that keep the web chat free of server-side tables.

A cookie, a CSRF token and the address of a picture are all bound to the session that they were
made for by an HMAC-SHA-256 with one key; each purpose has its own label, so that none of them can
stand in for another.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

_SESSION_BYTES: Final = 18


class Signer:
    """Makes and checks signatures. Knows the time only through ``now_s``."""

    def __init__(self, key: bytes, *, max_age_s: float, now_s: Callable[[], float]) -> None:
        """Take the key, at least 16 bytes, and how long a cookie stays valid."""
        self._key = key
        self._max_age_s = max_age_s
        self._now_s = now_s

    def new_session(self) -> str:
        """Return a random session id: 144 bits, 24 characters."""
        return secrets.token_urlsafe(_SESSION_BYTES)

    def seal(self, purpose: str, value: str) -> str:
        """Return ``value`` with its age and a signature, fit for a cookie."""
        body = f"{value}~{int(self._now_s())}"
        return f"{body}~{self.mark(purpose, body)}"

    def unseal(self, purpose: str, sealed: str) -> str | None:
        """Return the value, or None when it is forged, damaged or too old."""
        body, _, signature = sealed.rpartition("~")
        value, _, issued = body.rpartition("~")
        if not value or not same(signature, self.mark(purpose, body)):
            return None
        return value if self._now_s() - int(issued) <= self._max_age_s else None

    def mark(self, purpose: str, value: str) -> str:
        """Return the bare signature of ``value`` for one purpose."""
        digest = hmac.new(self._key, f"{purpose}\n{value}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def same(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    # What arrives may hold halves of characters, which have no form in UTF-8.
    return hmac.compare_digest(given.encode(errors="backslashreplace"), expected.encode())
