"""The web chat that `benchmarks.web` measures: ``python -m benchmarks._web_chat``.

It writes its address to standard output as soon as it listens.
"""

import asyncio
from pathlib import Path

from bots import Services
from bots.delivery import Delivery
from bots.web_chat.frontend import WebChat
from bots.web_chat.settings import Settings
from core.adapters.memory import MemoryBlobs, MemoryCases, MemoryJobs, MemoryOutbox, MemoryState
from core.adapters.memory_extras import (
    MemoryAlbums,
    MemoryBoard,
    MemoryDrawer,
    MemoryLiveText,
    MemoryThrottle,
)
from core.adapters.redis_extras import SystemClock
from core.conversation import Conversation
from core.ontology import load_ontology
from core.photos import PhotoNormaliser
from core.ports import LiveText
from core.prompts import SYSTEM
from core.words import Words
from workers.answering import Answering
from workers.batching import ModelThread
from workers.desk import Desk
from workers.drawing import Drawing
from workers.generators.instant import InstantGenerator
from workers.live import Typist
from workers.loop import Worker
from workers.studio import Studio
from workers.vlms import Candidate
from workers.vlms.instant import InstantVlm

CONFIG = Path(__file__).resolve().parents[1] / "config"
UNLIMITED = 10**9


async def serve() -> None:
    """Serve the web chat with its whole core, memory stores and instant models."""
    state, live, blobs = MemoryState(max_queue=UNLIMITED), MemoryLiveText(), MemoryBlobs()
    async with PhotoNormaliser() as photos:
        conversation = Conversation(
            cases=MemoryCases(state),
            blobs=blobs,
            jobs=MemoryJobs(state),
            albums=MemoryAlbums(),
            photos=photos,
            words=Words(CONFIG / "locales"),
            ontology=load_ontology(CONFIG / "conditions.toml"),
            clock=SystemClock(),
        )
        frontend = WebChat(_settings(), _services(conversation))
        delivery = Delivery(frontend=frontend, outbox=MemoryOutbox(state), live=live)
        with ModelThread() as thread:
            worker = _worker(conversation, thread, live)
            async with asyncio.TaskGroup() as tasks:
                for step in (delivery.run(), worker.run(), frontend.serve()):
                    tasks.create_task(step)
                await frontend.listening.wait()
                print(f"http://127.0.0.1:{frontend.port}", flush=True)


def _settings() -> Settings:
    return Settings(
        port=0,
        messages_per_minute=UNLIMITED,
        messages_per_hour=UNLIMITED,
        sessions_per_hour=UNLIMITED,
        upload_wait_s=600,
    )


def _services(conversation: Conversation) -> Services:
    return Services(
        conversation=conversation,
        words=conversation.words,
        ontology=conversation.ontology,
        blobs=conversation.blobs,
        board=MemoryBoard(),
        drawer=MemoryDrawer(),
        throttle=MemoryThrottle(),
    )


def _worker(conversation: Conversation, thread: ModelThread, live: LiveText) -> Worker:
    desk = Desk(cases=conversation.cases, blobs=conversation.blobs, conversation=conversation)
    typist = Typist(live)
    candidates = tuple(
        Candidate(condition_id=c.id, name=c.medical_name) for c in conversation.ontology.all()
    )
    answering = Answering(
        vlm=InstantVlm(),
        desk=desk,
        thread=thread,
        typist=typist,
        candidates=candidates,
        system=SYSTEM,
    )
    drawing = Drawing(
        studio=Studio(InstantGenerator(), thread),
        desk=desk,
        badge_word=lambda _locale, _source: "SYNTHETIC",
    )
    crafts = (answering, drawing)
    return Worker(name="w", queue=conversation.jobs, desk=desk, typist=typist, crafts=crafts)


if __name__ == "__main__":
    asyncio.run(serve())
