"""Repaints with the generator that draws everything else, in one pass with whatever is drawn."""

from dataclasses import dataclass, replace

from core.domain.cases import PictureSpec
from workers.generators import Drawn
from workers.own_skin import GUIDANCE, HEALED, HEALTHY, RepaintRequest
from workers.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioRepainter:
    """`workers.own_skin.Repainter` over the studio. It takes no image prompts."""

    studio: Studio

    def prompt(self, spec: PictureSpec) -> str:
        words = self.studio.generator.prompt(replace(spec, severity=spec.severity or 1))
        return HEALTHY if spec.severity == HEALED else words

    async def repaint(self, request: RepaintRequest) -> Drawn | Exception:
        drawing = request.drawing
        guidance = GUIDANCE if drawing.guidance is None else drawing.guidance
        drawn = await self.studio.draw(replace(drawing, guidance=guidance))
        if isinstance(drawn, Drawn) and drawn.source == "schematic":
            # The renderer draws a picture of its own and does not look at the photo.
            return KeyError(drawing.spec.condition_id)
        return drawn
