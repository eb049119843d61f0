"""A whole Slack bot in one process: loopback Slack, memory stores, instant models."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bots import Services
from bots.delivery import Delivery
from bots.slack_bot import Settings, SlackBot, build
from core.adapters.memory import (
    MemoryBlobs,
    MemoryCases,
    MemoryJobs,
    MemoryOutbox,
    MemoryState,
)
from core.adapters.memory_extras import (
    MemoryAlbums,
    MemoryBoard,
    MemoryDrawer,
    MemoryLiveText,
    MemoryThrottle,
)
from core.adapters.redis_extras import SystemClock
from core.conversation import CONSENT_VERSION, Conversation
from core.domain.messages import Incoming, Person
from core.ontology import load_ontology
from core.photos import PhotoNormaliser
from core.words import Words
from tests.bots.slack.loopback import Slack
from tests.bots.slack.loopback.world import APP_TOKEN, SIGNING_SECRET, TEAM, TOKEN
from tests.e2e.stage import ROOT, _worker
from workers.batching import ModelThread

WORDS = Words(ROOT / "config" / "locales")
ONTOLOGY = load_ontology(ROOT / "config" / "conditions.toml")


class FreeThrottle(MemoryThrottle):
    """Lets every message pass, and still counts claims that hold for an hour."""

    async def wait_s(self, key: str, limits: Any) -> float:
        if "post" in key:
            return 0.0
        return await super().wait_s(key, limits)


@dataclass
class Recorder:
    """A conversation that writes down what it receives, before the real one if there is one."""

    inner: Conversation | None = None
    received: list[Incoming] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    happened: Callable[[], None] = lambda: None

    async def receive(self, incoming: Incoming) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.received.append(incoming)
        if self.inner is not None:
            await self.inner.receive(incoming)
        self.happened()


@dataclass
class Stores:
    """What survives a restart of the bot."""

    state: MemoryState = field(default_factory=lambda: MemoryState(lease_s=1.0))
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    live: MemoryLiveText = field(default_factory=MemoryLiveText)
    drawer: MemoryDrawer = field(default_factory=MemoryDrawer)
    throttle: MemoryThrottle = field(default_factory=FreeThrottle)

    def wake(self) -> None:
        """Let time pass: what a dead process held or put off is free now."""
        for waiting in (self.state.paused, self.state.taken):
            waiting.update(dict.fromkeys(waiting, 0.0))
        self.state.ring()

    def agree(self, *users: str) -> None:
        """Let people have consented long ago."""
        for user in users:
            person = Person(platform="slack", user_id=f"{TEAM}:{user}")
            self.state.profiles[person] = {"consent": CONSENT_VERSION}


@dataclass
class Bot:
    """Handles for a test."""

    slack: Slack
    frontend: SlackBot
    stores: Stores
    recorder: Recorder

    @property
    def received(self) -> list[Incoming]:
        """What reached the conversation."""
        return self.recorder.received


def settings(slack: Slack, **more: Any) -> Settings:
    """Settings for one workspace over Socket Mode."""
    known: dict[str, Any] = {
        "_env_file": None,
        "bot_token": TOKEN,
        "app_token": APP_TOKEN,
        "signing_secret": SIGNING_SECRET,
        "api_url": slack.api_url,
        "port": 0,
        "live_interval_s": 0.0,
        "settle_s": 0.05,
        "request_timeout_s": 5.0,
    }
    return Settings(**(known | more))


def services(conversation: Any, stores: Stores) -> Services:
    """Services over memory stores."""
    return Services(
        conversation=conversation,
        words=WORDS,
        ontology=ONTOLOGY,
        blobs=stores.blobs,
        board=MemoryBoard(),
        drawer=stores.drawer,
        throttle=stores.throttle,
    )


def conversation(stores: Stores, photos: PhotoNormaliser | None) -> Conversation:
    """The real conversation over memory stores."""
    return Conversation(
        cases=MemoryCases(stores.state),
        blobs=stores.blobs,
        jobs=MemoryJobs(stores.state),
        albums=MemoryAlbums(),
        photos=photos,
        words=WORDS,
        ontology=ONTOLOGY,
        clock=SystemClock(),
    )


@asynccontextmanager
async def serving(
    slack: Slack, stores: Stores, recorder: Recorder, **more: Any
) -> AsyncGenerator[Bot, None]:
    """Run the frontend and its delivery while the context is open; leaving it is a kill."""
    recorder.happened = slack.world.happened
    own = settings(slack, **more)
    frontend = build(own, services(recorder, stores))
    slack.links.mode = own.transport
    delivery = Delivery(frontend=frontend, outbox=MemoryOutbox(stores.state), live=stores.live)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(frontend.serve()), group.create_task(delivery.run())]
        if own.transport == "http":
            await frontend.http.ready.wait()
            slack.links.events_url = f"http://127.0.0.1:{frontend.http.port}/slack/events"
        else:
            await slack.links.connected.wait()
        try:
            yield Bot(slack, frontend, stores, recorder)
        finally:
            for task in tasks:
                task.cancel()


@asynccontextmanager
async def whole(slack: Slack, stores: Stores, **more: Any) -> AsyncGenerator[Bot, None]:
    """Run the bot with its conversation and a worker with instant models."""
    async with PhotoNormaliser(helpers=1) as photos:
        real = conversation(stores, photos)
        with ModelThread() as thread:
            worker = _worker(real, thread, stores.live)
            async with asyncio.TaskGroup() as group:
                working = group.create_task(worker.run())
                async with serving(slack, stores, Recorder(inner=real), **more) as bot:
                    yield bot
                working.cancel()
