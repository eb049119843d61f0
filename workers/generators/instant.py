"""A generator that draws two flat colours at once: for benchmarks and fault tests."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from core.domain.cases import PictureSpec
from workers.entries import BuildOptions
from workers.generators import DrawingStopped, Drawn, DrawRequest, Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantGenerator:
    """The left half has the colour of the seed, the right half that of all that was asked for.

    The seed stands on the picture's card, so that anybody can see whether the two belong together.
    """

    name: str = "instant"

    def prompt(self, spec: PictureSpec) -> str:
        return f"{spec.condition_id}, tone {spec.tone}, {spec.site}, severity {spec.severity}"

    def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
        return [self._draw(request) for request in requests]

    def _draw(self, request: DrawRequest) -> Drawn | Exception:
        if request.stop():
            return DrawingStopped()
        request.on_step(1.0)
        image = Image.new("RGB", (64, 64), _colour(str(request.spec.seed)))
        image.paste(_colour(repr(request.spec)), (32, 0, 64, 64))
        return Drawn(image=image, source="schematic", model=self.name)


def _colour(of: str) -> tuple[int, int, int]:
    red, green, blue = hashlib.blake2b(of.encode(), digest_size=3).digest()
    return red, green, blue


def build(options: BuildOptions) -> Generator:
    """Build the generator."""
    return InstantGenerator(name=options.entry.name)
