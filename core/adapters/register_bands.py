"""How looks are found without comparing with all: two hashes that are alike share a band.

256 bits are cut into 16 bands of 16 bits. Two hashes that differ in at most 15 bits have at least
one band in common, whichever bits differ (there are more bands than differences).
"""

from collections.abc import Iterable
from typing import Final

from core.domain.provenance import Fingerprint, RegisterEntry
from core.ports import ALIKE_BITS

_DIGITS: Final = 4


def bands(look: str) -> tuple[str, ...]:
    """Return the names of a hash's bands; none for an empty one."""
    return tuple(
        f"{start // _DIGITS:x}.{look[start : start + _DIGITS]}"
        for start in range(0, len(look), _DIGITS)
    )


def nearest(wanted: Fingerprint, entries: Iterable[RegisterEntry]) -> RegisterEntry | None:
    """Return the entry that looks most alike, if any looks alike enough."""
    ranked = sorted(entries, key=lambda entry: entry.fingerprint.distance(wanted))
    if not ranked or ranked[0].fingerprint.distance(wanted) > ALIKE_BITS:
        return None
    return ranked[0]
