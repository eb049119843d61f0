"""What the Telegram tests share: services in memory, a conversation that records, a served bot."""

import asyncio
import io
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from PIL import Image

from bots import Services
from bots.telegram_bot import Settings, TelegramFrontend, build
from core.adapters.memory import MemoryBlobs, MemoryLedger
from core.adapters.memory_extras import MemoryBoard, MemoryDrawer
from core.conversation import Conversation
from core.domain.errors import StoreUnavailable
from core.domain.messages import BlobKey, CaseId, ChatRef, Incoming
from core.domain.replies import Block, Button, Paragraph, Picture, Reply
from core.ontology import Ontology
from core.words import Words
from tests.bots.telegram.loopback import TOKEN, BotApi

ROOT = Path(__file__).resolve().parents[3]
ANN = 501
CHAT = ChatRef(platform="telegram", chat_id=str(ANN))


class Recorder:
    """A conversation that keeps what it is told.

    Attributes:
        got: Accepted messages; a repeated key is a duplicate, as in the core.
        refusals: How many calls fail before one is accepted.
        gate: Closed, it holds up every call.
    """

    def __init__(self) -> None:
        self.got: list[Incoming] = []
        self.refusals = 0
        self.calls = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._seen: set[str] = set()

    async def receive(self, incoming: Incoming) -> None:
        """Record one message."""
        self.calls += 1
        await self.gate.wait()
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailable("the store is away")
        if not self._seen.intersection(incoming.keys):
            self.got.append(incoming)
        self._seen.update(incoming.keys)


class OpenThrottle:
    """A throttle that lets everybody pass, and counts."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    async def wait_s(self, key: str, limits: Sequence[tuple[int, float]]) -> float:
        """Return 0."""
        del limits
        self.keys.append(key)
        return 0.0


@dataclass
class Bench:
    """A frontend and everything around it."""

    api: BotApi
    talk: Recorder = field(default_factory=Recorder)
    drawer: MemoryDrawer = field(default_factory=MemoryDrawer)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    throttle: Any = field(default_factory=OpenThrottle)
    words: Words = field(default_factory=lambda: Words(ROOT / "config" / "locales"))
    conversation: Any = None

    def services(self) -> Services:
        """Return the services of a frontend."""
        return Services(
            conversation=cast(Conversation, self.conversation or self.talk),
            words=self.words,
            ontology=cast(Ontology, None),
            blobs=self.blobs,
            board=MemoryBoard(),
            drawer=self.drawer,
            throttle=self.throttle,
        )

    def settings(self, **changes: Any) -> Settings:
        """Return settings that point to the loopback server."""
        values: dict[str, Any] = {
            "token": TOKEN,
            "api_url": self.api.url,
            "poll_timeout_s": 1,
            "request_timeout_s": 5,
            "upload_timeout_s": 5,
        }
        return Settings(_env_file=None, **(values | changes))

    def build(self, **changes: Any) -> TelegramFrontend:
        """Return a frontend that is not served."""
        return build(self.settings(**changes), self.services())

    @asynccontextmanager
    async def serving(self, **changes: Any) -> AsyncGenerator[TelegramFrontend, None]:
        """Serve a frontend."""
        frontend = self.build(**changes)
        menus = self.api.calls["setMyCommands"] + len(self.words.locales())
        async with asyncio.TaskGroup() as group:
            task = group.create_task(frontend.serve())
            await self.api.until(lambda: self.api.calls["setMyCommands"] >= menus)
            try:
                yield frontend
            finally:
                task.cancel()

    async def heard(self, count: int = 1) -> list[Incoming]:
        """Wait until the conversation got so many messages."""
        await self.api.until(lambda: len(self.talk.got) >= count)
        return self.talk.got

    async def confirmed(self) -> None:
        """Wait until Telegram has no update left that is not confirmed."""
        await self.api.until(lambda: not self.api.world.updates)

    async def picture(
        self, caption: str = "A picture", size: tuple[int, int] = (64, 48)
    ) -> Picture:
        """Store a picture and return it as a reply's."""
        blob = await self.blobs.put(CaseId("c"), png(size))
        return picture(blob, caption)


def png(size: tuple[int, int] = (64, 48), colour: str = "tan") -> bytes:
    """Return an encoded picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def picture(blob: BlobKey, caption: str) -> Picture:
    """Return a synthetic picture."""
    return Picture(blob=blob, media_type="image/png", caption=caption, alt=caption, synthetic=True)


def reply(
    *blocks: Block | str, slot: str = "s", buttons: tuple[Button, ...] = (), **more: Any
) -> Reply:
    """Return a reply to Ann; strings become paragraphs."""
    made = tuple(Paragraph(text=b) if isinstance(b, str) else b for b in blocks)
    return Reply(slot=slot, blocks=made, buttons=buttons, **({"chat": CHAT} | more))


def ledger() -> MemoryLedger:
    """Return an empty ledger."""
    return MemoryLedger({})
