"""Drawings in the making, shown while people wait: how far they are, and a rough picture.

A rough picture is badged like a finished one, and never stored.
"""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PIL import Image

from core.domain.jobs import RenderJob
from core.domain.replies import Live
from core.provenance.stamp import stamp
from workers.live import Typist

SIDE_PX: Final = 256
"""Letters of the badge are 13 px high at this size."""

_QUALITY: Final = 60
_STEP: Final = 0.05
"""A change that is worth telling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketches:
    """Shows drawings in the making.

    Attributes:
        typist: Publishes them.
        progress: Says in a language how far they are, from a share.
        badge_word: What the badge says in a language.
    """

    typist: Typist
    progress: Callable[[str, float], str]
    badge_word: Callable[[str], str]

    def of(self, job: RenderJob, locale: str) -> "Sketch":
        """Return what shows one job."""
        return Sketch(self, job, locale)

    def forget(self, job: RenderJob) -> None:
        """Drop what was not shown yet; the pictures are on their way."""
        self.typist.forget(job)


class Sketch:
    """The pictures of one job; told from the model thread."""

    def __init__(self, sketches: Sketches, job: RenderJob, locale: str) -> None:
        """Begin with nothing done."""
        self._sketches = sketches
        self._job = job
        self._locale = locale
        self._shares = [0.0] * len(job.pictures)
        self._told = 0.0
        self._image: Image.Image | None = None

    def on_step(self, index: int) -> Callable[[float], None]:
        """Return what takes note of the share done of one picture."""

        def note(share: float) -> None:
            self._shares[index] = share
            done = sum(self._shares) / len(self._shares)
            if done - self._told >= _STEP:
                self._told = done
                self._sketches.typist.later(self._job.slot, self.live)

        return note

    def on_preview(self, image: Image.Image) -> None:
        """Take note of a rough picture."""
        self._image = image
        self._sketches.typist.later(self._job.slot, self.live)

    def live(self) -> Live:
        """Return what is shown now."""
        return Live(
            slot=self._job.slot,
            chat=self._job.chat,
            text=self._sketches.progress(self._locale, self._told),
            share=self._told,
            picture=self._picture(),
        )

    def _picture(self) -> str:
        if self._image is None:
            return ""
        small = self._image.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
        stamp(small, self._sketches.badge_word(self._locale))
        buffer = io.BytesIO()
        small.save(buffer, "JPEG", quality=_QUALITY)
        return base64.b64encode(buffer.getvalue()).decode()
