"""Bounds and choices of the dialogue that an operator may set."""

from dataclasses import dataclass
from typing import Final

CONSENT_VERSION: Final = "1"
"""Raised whenever the consent text changes in substance; people are then asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the core behaves.

    Attributes:
        retention_days: How long a case is kept after its last turn; told to people.
        max_text_chars: Longest message that is read.
        max_photos: Most photos in one turn.
        pictures: Reference pictures for one request, 1 to 4.
        album_quiet_s: An album is complete when no part came for this long.
        default_tone: Fitzpatrick skin type to draw when none could be measured.
        default_site: Body site to draw when none is known.
    """

    retention_days: int = 30
    max_text_chars: int = 8000
    max_photos: int = 6
    pictures: int = 2
    album_quiet_s: float = 2.0
    default_tone: int = 3
    default_site: str = "arm"
