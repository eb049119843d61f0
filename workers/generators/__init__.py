"""Generators of reference pictures behind one protocol, one backend per file.

To add one, write ``workers/generators/<backend>.py`` with ``build(options) -> Generator`` and name
it as ``backend`` of an entry in ``config/models.toml``. The contract test in
``tests/contracts/test_generators.py`` runs over every file of this folder.

A generator returns bare pixels. They cannot be stored or sent: that takes a `BadgedPicture`, which
only `workers.badge` makes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from PIL import Image

from core.domain.cases import PictureSpec

Source = Literal["generated", "schematic"]


class DrawingStopped(Exception):
    """The person pressed Stop before this picture was finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """One picture of a batch.

    Attributes:
        spec: What to draw.
        prompt: The same in the model's words, made from ontology terms alone.
        stop: Asked between steps; True gives this picture up and no other.
        on_step: Called between steps on the model's thread with the share done, 0 to 1.
    """

    spec: PictureSpec
    prompt: str
    stop: Callable[[], bool]
    on_step: Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Pixels without a badge.

    Attributes:
        image: Mode RGB.
        source: ``generated`` by a diffusion model, or a ``schematic`` drawing.
        model: Name of checkpoint and adapter, for the card.
    """

    image: Image.Image
    source: Source
    model: str


class Generator(Protocol):
    """Draws pictures. Called from one thread, never concurrently."""

    @property
    def name(self) -> str:
        """Name of the checkpoint, for records and cards."""
        ...

    def prompt(self, spec: PictureSpec) -> str:
        """Return the words for a picture, made from ontology terms alone.

        Raises:
            KeyError: The model does not know the condition.
        """
        ...

    def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
        """Draw a batch, in order; a picture that fails alone yields its exception.

        The same spec gives the same picture, alone or in company, up to rounding. A stopped
        picture yields `DrawingStopped`.

        Raises:
            OutOfMemory: The batch does not fit; the generator is still usable for a smaller one.
        """
        ...
