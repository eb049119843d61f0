"""Generators of reference pictures behind one protocol, one backend per file.

To add one, write ``workers/generators/<backend>.py`` with ``build(options) -> Generator`` and name
it as ``backend`` of an entry in ``config/models.toml``. The contract test in
``tests/contracts/test_generators.py`` runs over every file of this folder.

A generator returns bare pixels. They cannot be stored or sent: that takes a `BadgedPicture`, which
only `workers.badge` makes.

A generator that works in steps has an `Easel` besides: pictures join it and leave it between two
steps, so that nobody waits for a batch to end. `workers.generators.support.easel` gives one for
every generator.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from PIL import Image

from core.domain.cases import PictureSpec

Source = Literal["generated", "schematic", "composite"]


class DrawingStopped(Exception):
    """The person pressed Stop before this picture was finished."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawRequest:
    """One picture of a batch; equal to itself alone.

    A backend that has no use for an optional attribute passes over it.

    Attributes:
        spec: What to draw.
        prompt: The same in the model's words, made from ontology terms alone.
        stop: Asked between steps; True gives this picture up and no other.
        on_step: Called between steps on the model's thread with the share done, 0 to 1.
        on_preview: Called now and then on the model's thread with a small, rough RGB image of the
            picture in the making; None when nobody looks.
        steps: Denoising steps; None for the generator's own.
        guidance: Strength of classifier-free guidance; None for the generator's own.
        photo: RGB image to start from; None starts from noise.
        mask: Mode L, as large as ``photo``: white is drawn anew, black stays; None draws all anew.
        strength: How far to go from ``photo``, above 0 (hardly) to 1 (all the way).
    """

    spec: PictureSpec
    prompt: str
    stop: Callable[[], bool]
    on_step: Callable[[float], None]
    on_preview: Callable[[Image.Image], None] | None = None
    steps: int | None = None
    guidance: float | None = None
    photo: Image.Image | None = None
    mask: Image.Image | None = None
    strength: float = 1.0


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


class Easel(Protocol):
    """Pictures in the making that share every step. Used from one thread.

    A picture never raises through an easel: its exception is its outcome.
    """

    def join(self, request: DrawRequest) -> None:
        """Let a picture take part from the next step on."""
        ...

    def step(self) -> list[tuple[DrawRequest, Drawn | Exception]]:
        """Take one step with every picture and return those that end with it.

        A stopped picture ends before the step, and its place is free.
        """
        ...

    def __len__(self) -> int:
        """Return how many pictures have joined and not ended."""
        ...


@runtime_checkable
class Stepwise(Protocol):
    """A generator whose pictures join and leave between steps."""

    def easel(self) -> Easel:
        """Return an empty easel."""
        ...
