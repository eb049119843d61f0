"""A second pair of eyes on every generated picture, before anybody sees it.

A `Reader` says what it sees in a picture; `workers.verifier.rules` compares that with what was
asked for. Reader and rules share nothing with the judge that measures the demo pack: other
features, other seeds, other training. A reader says only what it can tell: where a property cannot
be seen in its kind of picture (the demo's renders look alike at every site), it gives None and the
rule is passed over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from PIL import Image

from core.domain.cases import PictureSpec

Fault = Literal["quality", "condition", "checklist", "second", "tone", "site", "copy"]
"""Why a picture is not shown.

* ``quality``: blank, flat or without any edge
* ``condition``: it does not look like the condition asked for
* ``checklist``: too few of the ontology's statements about the condition hold
* ``second``: another condition can be seen in it as well
* ``tone``: another skin tone
* ``site``: another part of the body
* ``copy``: nearly one of the pictures that the model was trained on
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader sees in one picture.

    Attributes:
        shares: How much it looks like each condition, by id; they sum to 1.
        checklist: How well each statement of the ontology's checklists holds, 0 to 1.
        tone: Fitzpatrick type; None when it cannot be told.
        site: Body site; None when it cannot be told.
    """

    shares: Mapping[str, float]
    checklist: Mapping[str, float] = field(default_factory=dict)
    tone: int | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a picture may be shown.

    Attributes:
        faults: Why not; empty when it may.
        share: How much it looks like the condition asked for, 0 to 1.
    """

    faults: tuple[Fault, ...]
    share: float

    @property
    def accepted(self) -> bool:
        """True when nothing speaks against it."""
        return not self.faults


class Reader(Protocol):
    """Sees what is in pictures. Called from one thread."""

    def read(self, images: Sequence[Image.Image]) -> list[Reading]:
        """Return one reading per RGB picture."""
        ...


class Verifier(Protocol):
    """Decides which pictures may be shown. Called from the model's thread."""

    def verdict(self, image: Image.Image, spec: PictureSpec) -> Verdict:
        """Compare a bare picture with what was asked for."""
        ...
