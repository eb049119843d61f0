"""Pictures on a person's own photo: only the affected spot changes, not one pixel outside it.

`canvas` cuts out the spot and puts the result back, `repainting` repaints it with the generator
itself and `inpainting` with a checkpoint of its own, `series` draws the healed, milder and more
severe form for a job.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from PIL import Image

from core.domain.cases import PictureSpec
from workers.generators import Drawn, DrawRequest

HEALED: Final = 0
"""Severity of the picture that shows the spot gone."""
HEALTHY: Final = "healthy skin"
"""The words for a spot that is gone."""
SIDE_PX: Final = 512
"""Side of the square that a model is handed; it brings it to its own size."""
GUIDANCE: Final = 2.0
"""Low, so that the photo counts for more than the words. Source: janet-sw/skin-diff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepaintRequest:
    """One spot to repaint.

    Attributes:
        drawing: Spec, prompt, callbacks, and ``photo``, ``mask`` and ``strength``.
        like: Pictures to take after, most important first; the person's own crop is one. Passed
            over by a model without an image-prompt adapter.
    """

    drawing: DrawRequest
    like: tuple[Image.Image, ...] = ()


class Repainter(Protocol):
    """Repaints a spot of a photo."""

    def prompt(self, spec: PictureSpec) -> str:
        """Return the words for a picture, made from ontology terms alone.

        Raises:
            KeyError: The model does not know the condition.
        """
        ...

    async def repaint(self, request: RepaintRequest) -> Drawn | Exception:
        """Repaint what the mask leaves open; a failure is returned, not raised."""
        ...
