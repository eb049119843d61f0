"""A generator that draws a flat colour at once: for benchmarks and fault tests."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from core.domain.cases import PictureSpec
from workers.entries import BuildOptions
from workers.generators import DrawingStopped, Drawn, DrawRequest, Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantGenerator:
    """One colour per spec."""

    name: str = "instant"

    def prompt(self, spec: PictureSpec) -> str:
        return f"{spec.condition_id}, tone {spec.tone}, {spec.site}, severity {spec.severity}"

    def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
        return [self._draw(request) for request in requests]

    def _draw(self, request: DrawRequest) -> Drawn | Exception:
        if request.stop():
            return DrawingStopped()
        request.on_step(1.0)
        red, green, blue = hashlib.blake2b(repr(request.spec).encode(), digest_size=3).digest()
        image = Image.new("RGB", (64, 64), (red, green, blue))
        return Drawn(image=image, source="schematic", model=self.name)


def build(options: BuildOptions) -> Generator:
    """Build the generator."""
    return InstantGenerator(name=options.entry.name)
