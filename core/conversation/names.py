"""Names that are made here: of turns, jobs, cases and pictures.

All of them derive from the idempotency key of the message that caused them, so that a step that is
repeated after a crash makes the same names and therefore the same, single, thing.
"""

import hashlib

from core.domain.messages import CaseId


def derive(kind: str, *parts: str, length: int = 20) -> str:
    """Return a name of lower-case hexadecimal digits."""
    return hashlib.sha256("\x00".join((kind, *parts)).encode()).hexdigest()[:length]


def turn_id(key: str) -> str:
    """Name the turn that a message becomes."""
    return "t" + derive("turn", key)


def case_id(key: str) -> CaseId:
    """Name the case that a message opens."""
    return CaseId("c" + derive("case", key, length=25))


def job_id(kind: str, *parts: str) -> str:
    """Name a job."""
    return "j" + derive(kind, *parts)


def seed(*parts: str) -> int:
    """Return a seed for pictures, 0 to 2**31 - 1."""
    return int(derive("seed", *parts, length=8), 16) & 0x7FFFFFFF
