"""An easel for every generator, whether it works in steps or in whole batches."""

from collections.abc import Callable, Sequence

from workers.batching import run_apart
from workers.generators import (
    DrawingStopped,
    Drawn,
    DrawRequest,
    Easel,
    Generator,
    Stepwise,
)

Draw = Callable[[Sequence[DrawRequest]], list[Drawn | Exception]]


def easel_of(generator: Generator) -> Easel:
    """Return a generator's own easel, or one that takes each batch as a single step."""
    return generator.easel() if isinstance(generator, Stepwise) else BatchEasel(generator.draw)


def draw_all(easel: Easel, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
    """Draw a batch on an empty easel; returns one outcome per request, in order."""
    for request in requests:
        easel.join(request)
    outcomes: dict[DrawRequest, Drawn | Exception] = {}
    while len(easel):
        outcomes |= dict(easel.step())
    return [outcomes[request] for request in requests]


class BatchEasel:
    """What waits is drawn together, in one step; a batch that fails is halved."""

    def __init__(self, draw: Draw) -> None:
        """Draw with ``draw``."""
        self._draw = draw
        self._joined: list[DrawRequest] = []

    def join(self, request: DrawRequest) -> None:
        self._joined.append(request)

    def step(self) -> list[tuple[DrawRequest, Drawn | Exception]]:
        batch, self._joined = self._joined, []
        stopped = [request for request in batch if request.stop()]
        wanted = [request for request in batch if request not in stopped]
        drawn = run_apart(self._draw, wanted) if wanted else []
        return [
            *((request, DrawingStopped()) for request in stopped),
            *zip(wanted, drawn, strict=True),
        ]

    def __len__(self) -> int:
        return len(self._joined)
