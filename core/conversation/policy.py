"""Bounds and choices of the dialogue that an operator may set."""

from dataclasses import dataclass, field
from typing import Final

CONSENT_VERSION: Final = "1"
"""Raised whenever the consent text changes in substance; people are then asked again."""


Windows = tuple[tuple[int, float], ...]
"""Pairs of a count and the seconds within which so many are allowed; empty: as many as come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """How much is taken in.

    Attributes:
        messages: Messages and presses of one person.
        photos: Photos of one person.
        everybody: Messages and presses of all people together.
        exports: Copies of everything, each of which is a file of its own.
        flood: Messages of one person of any kind; what is above it is dropped without a word.
    """

    messages: Windows = ()
    photos: Windows = ()
    everybody: Windows = ()
    exports: Windows = ()
    flood: Windows = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the core behaves.

    Attributes:
        retention_days: How long a case is kept after its last turn; told to people.
        max_text_chars: Longest message that is read.
        max_photos: Most photos in one turn.
        pictures: Reference pictures for one request, 1 to 4.
        album_quiet_s: An album is complete when no part came for this long.
        quotas: How much is taken in.
        allowed: Who is served, as ``platform:user id``; empty serves everybody.
        denied: Who is not served.
        default_tone: Fitzpatrick skin type to draw when none could be measured.
        default_site: Body site to draw when none is known.
    """

    retention_days: int = 30
    max_text_chars: int = 8000
    max_photos: int = 6
    pictures: int = 2
    album_quiet_s: float = 2.0
    quotas: Quotas = field(default_factory=Quotas)
    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    default_tone: int = 3
    default_site: str = "arm"
