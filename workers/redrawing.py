"""Draws a picture, has it looked at, and draws it again with another seed if it is not good.

The closed loop: whoever checks is no part of whoever draws. After the last try there is no picture;
a wrong one is worse than none.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from core.domain.cases import PictureSpec
from core.ports import Hold
from workers.batching import ModelThread
from workers.errors import NotGoodEnough
from workers.generators import Drawn
from workers.verifier import Verifier

logger = logging.getLogger(__name__)

REDRAWS: Final = 3
"""How often a picture that failed is drawn again."""
_STRIDE: Final = 7919
"""Between the seeds of two tries: far enough that no try meets the seeds of its neighbours."""

Outcome = tuple[PictureSpec, Drawn | Exception]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawing:
    """The loop of drawing and checking.

    Attributes:
        draw: Draws one picture, given its place in the job; its failure is returned, not raised.
        thread: Where the check runs.
        verifier: Checks; None accepts everything.
        redraws: How often a picture that failed is drawn again.
        tally: Counts of ``drawn``, ``accepted``, and each fault, for logs and benchmarks.
    """

    draw: Callable[[int, PictureSpec, Hold], Awaitable[Drawn | Exception]]
    thread: ModelThread
    verifier: Verifier | None = None
    redraws: int = REDRAWS
    tally: Counter[str] = field(default_factory=Counter)

    async def each(self, specs: Sequence[PictureSpec], hold: Hold) -> list[Outcome]:
        """Draw pictures, each until it is good by itself."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._until_good((spec,), hold, first=place))
                for place, spec in enumerate(specs)
            ]
        return [task.result()[0] for task in tasks]

    async def together(self, specs: Sequence[PictureSpec], hold: Hold) -> list[Outcome]:
        """Draw pictures that share a seed, all anew until all are good: they are compared."""
        return await self._until_good(specs, hold)

    async def _until_good(
        self, specs: Sequence[PictureSpec], hold: Hold, first: int = 0
    ) -> list[Outcome]:
        for attempt in range(self.redraws + 1):
            tried = [replace(spec, seed=redraw_seed(spec.seed, attempt)) for spec in specs]
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._once(first + place, spec, hold))
                    for place, spec in enumerate(tried)
                ]
            outcomes = [task.result() for task in tasks]
            if not any(isinstance(outcome, NotGoodEnough) for outcome in outcomes):
                break
        return list(zip(tried, outcomes, strict=True))

    async def _once(self, place: int, spec: PictureSpec, hold: Hold) -> Drawn | Exception:
        drawn = await self.draw(place, spec, hold)
        if isinstance(drawn, Exception) or self.verifier is None:
            return drawn
        verifier = self.verifier
        verdict = await self.thread.run(lambda: verifier.verdict(drawn.image, spec), urgent=False)
        self.tally.update(["drawn", *verdict.faults, *(["accepted"] if verdict.accepted else [])])
        if verdict.accepted:
            return drawn
        logger.info(
            "picture rejected",
            extra={"condition": spec.condition_id, "faults": ",".join(verdict.faults)},
        )
        return NotGoodEnough()


def redraw_seed(seed: int, attempt: int) -> int:
    """Return the seed of a picture that is drawn again; the first try keeps its own."""
    return (seed + attempt * _STRIDE) & 0x7FFFFFFF
