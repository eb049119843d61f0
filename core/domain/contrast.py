"""What tells two conditions apart, number by number, and where in a picture it is to be seen."""

from dataclasses import dataclass
from typing import Literal

Feature = Literal["edge", "shape", "dark", "pale", "yellow", "red", "middle", "surface", "several"]
"""What an arrow can point at: each is looked for in the pixels before anything points at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One difference to point out in a pair of pictures.

    Attributes:
        number: As drawn beside the arrow, from 1.
        picture: 0 for the left one, 1 for the right one.
        feature: What to point at; None for what no picture shows, such as itching.
    """

    number: int
    picture: Literal[0, 1]
    feature: Feature | None
