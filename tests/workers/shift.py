"""One shift of a worker over given leases."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from core.domain.jobs import Lease
from workers.answering import Answering
from workers.batching import ModelThread
from workers.desk import Desk
from workers.drawing import Drawing
from workers.generators import Generator
from workers.generators.instant import InstantGenerator
from workers.live import Typist
from workers.looking import Looking
from workers.loop import Worker
from workers.sketches import Sketches
from workers.studio import Studio
from workers.vlms import Candidate, VisionLanguageModel
from workers.vlms.instant import InstantVlm

CANDIDATES = (
    Candidate(condition_id="psoriasis", name="psoriasis"),
    Candidate(condition_id="eczema", name="eczema"),
)


@asynccontextmanager
async def running(
    world: Any,
    vlm: VisionLanguageModel | None = None,
    generator: Generator | None = None,
    until: int = 1,
) -> AsyncGenerator[Worker, None]:
    """Run a worker until it has handed in ``until`` results, then drain it."""
    with ModelThread() as thread:
        desk = Desk(cases=world, blobs=world, conversation=world, first_pause_s=0.001)
        typist = Typist(world, every_s=0.001)
        answering = Answering(
            vlm=vlm or InstantVlm(),
            desk=desk,
            thread=thread,
            typist=typist,
            candidates=CANDIDATES,
            system="Be kind.",
        )
        drawing = Drawing(
            studio=Studio(generator or InstantGenerator(), thread),
            desk=desk,
            sketches=Sketches(
                typist=typist,
                progress=lambda _locale, share: f"{share:.0%}",
                badge_word=lambda _locale: "SYNTHETIC",
            ),
            badge_word=lambda _locale, source: source,
        )
        looking = Looking(vlm=answering.vlm, desk=desk, thread=thread, candidates=CANDIDATES)
        worker = Worker(
            name="w",
            queue=world,
            desk=desk,
            typist=typist,
            crafts=(answering, drawing, looking),
            claim_wait_s=0.001,
        )

        def drain_when_done() -> None:
            if len(world.results) >= until:
                worker.drain()

        world.on_resume = drain_when_done
        await worker.run()
        yield worker


async def serve(world: Any, *leases: Lease, until: int | None = None, **models: Any) -> None:
    """Run a worker over leases."""
    world.waiting += leases
    async with asyncio.timeout(20), running(world, until=until or len(leases), **models):
        pass
