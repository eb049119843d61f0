"""The demonstration: agree, ask about a photo, wait, ask again, wait, end."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 300.0
"""The longest wait for one answer on a slow machine, model loading included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One photo, two questions."""

    photo: Path
    question: str
    follow_up: str
