"""The web chat on the real core, with stores in memory and models that answer at once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

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
from core.adapters.memory_register import MemoryRegister
from core.adapters.redis_extras import SystemClock
from core.conversation import Conversation
from core.conversation.tools import PhotoPath
from core.ontology import load_ontology
from core.photos.inspector import Inspector
from core.provenance.manifest import Known
from core.words import Words
from tests.e2e.stage import BADGES, ROOT, _worker
from tests.signing import CREDENTIALS
from workers.batching import ModelThread


@dataclass(kw_only=True)
class Whole:
    """A running web chat, and what stands behind it."""

    url: str
    services: Services
    blobs: MemoryBlobs
    state: MemoryState


@asynccontextmanager
async def whole(photos: PhotoPath, **settings: Any) -> AsyncGenerator[Whole, None]:
    """Run everything in this process until the context ends."""
    state, blobs, live = MemoryState(), MemoryBlobs(), MemoryLiveText()
    conversation = Conversation(
        cases=MemoryCases(state),
        blobs=blobs,
        jobs=MemoryJobs(state),
        albums=MemoryAlbums(),
        photos=photos,
        words=Words(ROOT / "config" / "locales"),
        ontology=load_ontology(ROOT / "config" / "conditions.toml"),
        clock=SystemClock(),
        register=MemoryRegister(),
        inspector=Inspector(Known.of(CREDENTIALS), BADGES),
    )
    services = Services(
        conversation=conversation,
        words=conversation.words,
        ontology=conversation.ontology,
        blobs=blobs,
        board=MemoryBoard(),
        drawer=MemoryDrawer(),
        throttle=MemoryThrottle(),
    )
    frontend = WebChat(Settings(port=0, _env_file=None, **settings), services)
    delivery = Delivery(frontend=frontend, outbox=MemoryOutbox(state), live=live)
    with ModelThread() as thread:
        worker = _worker(conversation, thread, live)
        async with asyncio.TaskGroup() as tasks:
            serving = [
                tasks.create_task(step) for step in (delivery.run(), worker.run(), frontend.serve())
            ]
            await frontend.listening.wait()
            url = f"http://127.0.0.1:{frontend.port}"
            yield Whole(url=url, services=services, blobs=blobs, state=state)
            for task in serving:
                task.cancel()
