"""The demo pack's renderer as a generator: schematic drawings, honest about being drawings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from core.domain.cases import PictureSpec
from workers.demo_pack import CONDITIONS, SITES, render, sample_scene
from workers.entries import BuildOptions
from workers.generators import DrawingStopped, Drawn, DrawRequest, Generator

SIZE_PX: Final = 512
_NEAREST: Final = {
    "scalp": "face", "head": "face", "mouth": "face", "neck": "trunk", "nail": "hand",
    "groin": "trunk", "genitals": "trunk", "buttocks": "back", "foot": "leg", "folds": "trunk",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SchematicGenerator:
    """Draws what the demo pack can render, as an atlas would show it."""

    name: str = "renderer"
    size_px: int = SIZE_PX

    def prompt(self, spec: PictureSpec) -> str:
        """Return words that say what is drawn; the renderer itself works from the spec.

        Raises:
            KeyError: It cannot draw this condition.
        """
        if spec.condition_id not in CONDITIONS:
            raise KeyError(spec.condition_id)
        return f"{spec.condition_id}, tone {spec.tone}, {nearest_site(spec.site)}, {spec.severity}"

    def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
        return [self._draw(request) for request in requests]

    def _draw(self, request: DrawRequest) -> Drawn | Exception:
        if request.stop():
            return DrawingStopped()
        spec = request.spec
        try:
            scene = sample_scene(
                spec.seed,
                conditions=(spec.condition_id,),
                tone=spec.tone,
                site=nearest_site(spec.site),
                severity=spec.severity,
                textbook=True,
            )
        except ValueError as error:
            return error
        image = Image.fromarray(render(scene, self.size_px).image)
        request.on_step(1.0)
        return Drawn(image=image, source="schematic", model=self.name)


def nearest_site(site: str) -> str:
    """Return the site that the demo models know which is most like one of the ontology."""
    return site if site in SITES else _NEAREST.get(site, SITES[0])


def build(options: BuildOptions) -> Generator:
    """Build the generator; ``size_px`` sets the side of its pictures."""
    return SchematicGenerator(size_px=int(options.entry.number("size_px", SIZE_PX)))
