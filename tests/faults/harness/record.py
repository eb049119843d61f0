"""What was asked, and what a platform shows. Plain data: knows neither product nor platforms."""

import hashlib
import io
import math
import random
from dataclasses import dataclass, field
from typing import Literal, Protocol

from PIL import Image

AGREE = "I agree, and I am 18 or older"
THANKS = "Thank you."
GRID = (6, 4)
SIZE_PX = (384, 256)
PNG = b"\x89PNG"
"""How a drawn picture begins; everything else that is shown is a JPEG."""
ARCHIVE = b"PK"
"""How a copy of everything begins."""
STOPPED = "Stopped."
RECEIPT = "Receipt:"
NOTHING = "There was nothing to erase."
YES = "Yes, erase everything"
LIGHT, DARK, SPOT = (214, 170, 144), (176, 130, 106), (110, 60, 45)


@dataclass(kw_only=True)
class Turn:
    """One message of a person.

    Attributes:
        number: Which of the chat's turns it is, from 1.
        token: A word that no other turn has; the text begins and ends with it.
        looks: Fingerprint of its photo; empty without one.
        words: What is asked between the two tokens.
        sent_s: When it was handed to the platform.
        accepted_s: When the bot had acknowledged it; infinite if never.
        refused: Whether the bot said that it takes nothing more now.
        stopped: Whether the person asked to stop it, so that its answer may be cut off or missing.
    """

    number: int
    token: str
    looks: str = ""
    words: str = "What do you think"
    sent_s: float = math.inf
    accepted_s: float = math.inf
    answered_s: float = math.inf
    refused: bool = False
    stopped: bool = False

    @property
    def text(self) -> str:
        """What the person writes."""
        return f"{self.token}a {self.words} {self.token}z"

    @property
    def accepted(self) -> bool:
        """Whether it must be answered."""
        return self.accepted_s < math.inf


@dataclass(kw_only=True)
class Seen:
    """One visible message of the bot, as it stands at the end.

    Attributes:
        text: All words in it.
        pictures: Encoded pictures in it.
        waiting: Whether it only says that something is to come.
    """

    text: str
    pictures: tuple[bytes, ...] = ()
    waiting: bool = False


@dataclass(kw_only=True)
class Chat:
    """One conversation.

    Attributes:
        name: Platform and number.
        turns: What the person sent, oldest first.
        seen: What stands there at the end, or before all was erased, top to bottom.
        after: What stands there after all was erased.
        strict: True where the platform numbers messages, so that their order is known even before
            one of them was acknowledged.
        copied: Whether a copy of everything was asked for.
        erasing: Whether everything was to be erased.
        presses: How often that was confirmed.
    """

    name: str
    turns: list[Turn] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    after: list[Seen] = field(default_factory=list)
    strict: bool = False
    copied: bool = False
    erasing: bool = False
    presses: int = 0


class Person(Protocol):
    """Somebody on some platform."""

    chat: Chat

    async def agree(self) -> None:
        """Say hello and agree."""

    async def send(self, turn: Turn) -> None:
        """Send a message."""

    async def order(self, name: Literal["stop", "export"]) -> None:
        """Use a command."""

    async def erase(self) -> None:
        """Ask for everything to be erased, and confirm it."""

    async def wait(self) -> None:
        """Wait for news, or for a moment."""

    def look(self) -> list[Seen]:
        """Return what stands there, perhaps without pictures."""
        ...

    async def pictures(self) -> list[Seen]:
        """Return what stands there, with pictures."""
        ...

    async def leave(self) -> None:
        """Go home when all is there."""

    async def close(self) -> None:
        """Go home."""


ALIKE_CELLS = 4
"""Cells that lines may change: of 600 photos with lines one had three, none more. Of photos of two
persons one pair in a thousand is as near."""


def looks_for(rng: random.Random) -> str:
    """Return a fingerprint for a new photo: half of its cells are light."""
    light = rng.sample(range(GRID[0] * GRID[1]), GRID[0] * GRID[1] // 2)
    return f"{sum(1 << cell for cell in light):06x}"


def photo(looks: str) -> bytes:
    """Return a JPEG of grainy skin with a dark spot, light and dark where the fingerprint says."""
    bits = int(looks, 16)
    cells = GRID[0] * GRID[1]
    small = Image.new("RGB", GRID)
    small.putdata([LIGHT if bits >> (cells - 1 - n) & 1 else DARK for n in range(cells)])
    skin = small.resize(SIZE_PX, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(SIZE_PX, 18).convert("RGB")
    skin = Image.blend(skin, grain, 0.15)
    skin.paste(SPOT, (182, 118, 202, 138))
    stream = io.BytesIO()
    skin.save(stream, "JPEG", quality=92)
    return stream.getvalue()


def looks_of(encoded: bytes) -> str:
    """Return the fingerprint of an encoded photo: which cells are lighter than its middle."""
    with Image.open(io.BytesIO(encoded)) as image:
        cells = image.convert("L").resize(GRID, Image.Resampling.BOX).tobytes()
    middle = sorted(cells)[len(cells) // 2]
    return f"{int(''.join('1' if cell >= middle else '0' for cell in cells), 2):06x}"


def alike(one: str, other: str) -> bool:
    """Return whether two fingerprints are of one photo; lines drawn over it may change a cell."""
    return (int(one, 16) ^ int(other, 16)).bit_count() <= ALIKE_CELLS


def seed_colour(seed: str) -> tuple[int, int, int]:
    """Return the colour that the instant generator gives to the left half of a picture."""
    red, green, blue = hashlib.blake2b(seed.encode(), digest_size=3).digest()
    return red, green, blue


def left_colour(encoded: bytes) -> tuple[int, int, int]:
    """Return the colour in the middle of a picture's left half."""
    with Image.open(io.BytesIO(encoded)) as image:
        colour = image.convert("RGB").getpixel((image.width // 4, image.height // 2))
    assert isinstance(colour, tuple)
    return colour[0], colour[1], colour[2]


def near(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """Return whether two colours are the same but for encoding."""
    return all(abs(a - b) <= 6 for a, b in zip(one, other, strict=True))
