"""Draws the forms of a condition on a person's own photo for a job, each checked before it counts.

The person asked for it in this very case; who may not have it is decided in
`core.conversation.own_skin`, before a job exists.
"""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from PIL import Image

from core.domain.cases import PictureSpec
from core.ports import Hold
from workers.batching import ModelThread
from workers.errors import NotGoodEnough
from workers.generators import Drawn, DrawRequest
from workers.localizers import Localizer
from workers.own_skin import HEALED, SIDE_PX, Repainter, RepaintRequest
from workers.own_skin.canvas import Canvas, canvas_of
from workers.verifier import Verdict, Verifier

_LEFT: Final = 0.5
"""A healed spot that still looks this much like the condition is not healed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSkin:
    """Draws on photos.

    Attributes:
        repainter: The model.
        localizer: Finds the spot.
        thread: Where the check runs.
        verifier: Checks; None accepts everything.
        example: Gives a case of a condition on similar skin as an image prompt, or None.
    """

    repainter: Repainter
    localizer: Localizer
    thread: ModelThread
    verifier: Verifier | None = None
    example: Callable[[str], Image.Image | None] = lambda _condition: None

    async def canvas(self, photo: bytes) -> Canvas | None:
        """Find the spot on a photo; None when there is none to draw on."""
        return await asyncio.to_thread(self._canvas, photo)

    def _canvas(self, photo: bytes) -> Canvas | None:
        with Image.open(io.BytesIO(photo)) as image:
            pixels = np.asarray(image.convert("RGB"))
        return canvas_of(pixels, self.localizer.locate(pixels))

    async def draw(self, canvas: Canvas, spec: PictureSpec, hold: Hold) -> Drawn | Exception:
        """Draw one form; one that does not pass the check yields `NotGoodEnough`."""
        try:
            prompt = self.repainter.prompt(spec)
        except KeyError as error:
            return error
        request = await asyncio.to_thread(self._request, canvas, spec, prompt, hold)
        drawn = await self.repainter.repaint(request)
        if isinstance(drawn, Exception):
            return drawn
        whole = await asyncio.to_thread(canvas.put_back, drawn.image, spec.severity)
        picture = Image.fromarray(whole)
        spot = picture.crop(canvas.box)
        if not await self.thread.run(lambda: self._good(spot, spec), urgent=False):
            return NotGoodEnough()
        return replace(drawn, image=picture, source="composite")

    def _request(
        self, canvas: Canvas, spec: PictureSpec, prompt: str, hold: Hold
    ) -> RepaintRequest:
        image, mask, strength = canvas.cut(spec.severity, SIDE_PX)
        drawing = DrawRequest(
            spec=spec,
            prompt=prompt,
            stop=lambda: hold.cancelled() or hold.lost(),
            on_step=lambda _share: self.thread.let_urgent_pass(),
            photo=image,
            mask=mask,
            strength=strength,
        )
        example = self.example(spec.condition_id) if spec.severity != HEALED else None
        likes = (canvas.own(SIDE_PX), example)
        return RepaintRequest(drawing=drawing, like=tuple(one for one in likes if one is not None))

    def _good(self, spot: Image.Image, spec: PictureSpec) -> bool:
        if self.verifier is None:
            return True
        verdict = self.verifier.verdict(spot, replace(spec, severity=spec.severity or 1))
        return healed(verdict) if spec.severity == HEALED else allowed(verdict)


def allowed(verdict: Verdict) -> bool:
    """Return whether a form may be shown: a photo is judged by condition and quality alone.

    Tone is the person's own, and a milder form holds fewer of a textbook's signs.
    """
    return not {"quality", "condition", "copy"} & set(verdict.faults)


def healed(verdict: Verdict) -> bool:
    """Return whether the spot no longer looks like the condition."""
    return verdict.share < _LEFT and "copy" not in verdict.faults
