"""A whole bot in one process: memory stores, instant models, a frontend that writes things down."""

import asyncio
import io
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from bots.delivery import Delivery
from core.adapters.memory import (
    MemoryBlobs,
    MemoryCases,
    MemoryJobs,
    MemoryOutbox,
    MemoryState,
)
from core.adapters.memory_extras import MemoryAlbums, MemoryLiveText, MemoryThrottle
from core.adapters.memory_register import MemoryRegister
from core.adapters.redis_extras import SystemClock
from core.conversation import Conversation, Policy
from core.domain.messages import ChatRef, Command, Incoming, Person
from core.domain.replies import Gallery, Live, Reply
from core.ontology import load_ontology
from core.photos import PhotoLimits, PhotoNormaliser
from core.photos.inspector import Inspector
from core.ports import Ledger
from core.prompts import SYSTEM
from core.provenance.manifest import Known
from core.words import Words
from tests.signing import CREDENTIALS, SIGNER
from workers.answering import Answering
from workers.batching import ModelThread
from workers.desk import Desk
from workers.drawing import Drawing
from workers.generators.instant import InstantGenerator
from workers.live import Typist
from workers.localizers.classical import ClassicalLocalizer
from workers.looking import Looking
from workers.loop import Craft, Worker
from workers.studio import Studio
from workers.vlms import Candidate
from workers.vlms.instant import InstantVlm

ROOT = Path(__file__).resolve().parents[2]
CHAT = ChatRef(platform="stage", chat_id="1")
PERSON = Person(platform="stage", user_id="1")
BADGES = ("SYNTHETIC",)


def skin_photo(shade: tuple[int, int, int] = (205, 160, 135)) -> bytes:
    """Return a JPEG of plain, slightly grainy skin with a darker spot."""
    rows = Image.effect_noise((320, 240), 18).convert("RGB")
    skin = Image.blend(Image.new("RGB", (320, 240), shade), rows, 0.15)
    spot = Image.new("RGB", (50, 40), (110, 60, 45))
    skin.paste(spot, (130, 100))
    out = io.BytesIO()
    skin.save(out, "JPEG", quality=92)
    return out.getvalue()


@dataclass
class StageFrontend:
    """Keeps what it was told to show."""

    platform: str = "stage"
    shown: list[Reply] = field(default_factory=list)
    told: list[Live] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self) -> None:
        await asyncio.Event().wait()

    async def show(self, reply: Reply, ledger: Ledger) -> None:
        self.shown.append(reply)
        await ledger.record("all", str(len(self.shown)))
        self.news.set()

    async def progress(self, live: Live, ledger: Ledger) -> None:
        self.told.append(live)

    def finals(self) -> list[Reply]:
        """Return what was shown to stay."""
        return [reply for reply in self.shown if reply.stage == "final"]

    def text(self) -> str:
        """Return all final words."""
        return "\n".join(
            text
            for reply in self.finals()
            for block in reply.blocks
            if (text := getattr(block, "text", ""))
        )

    def galleries(self) -> list[Gallery]:
        """Return the albums shown, the outlined photo left aside."""
        return [
            block
            for reply in self.finals()
            for block in reply.blocks
            if isinstance(block, Gallery) and not reply.slot.endswith(".outline")
        ]


@dataclass
class Stage:
    """Handles for a test."""

    conversation: Conversation
    frontend: StageFrontend
    blobs: MemoryBlobs
    state: MemoryState
    sent: int = 0

    async def say(
        self, text: str = "", *photos: bytes, command: Command | None = None, album: str = ""
    ) -> str:
        """Send something and return its key."""
        self.sent += 1
        key = f"stage:{self.sent}"
        await self.conversation.receive(
            Incoming(
                keys=(key,),
                chat=CHAT,
                sender=PERSON,
                message_id=str(self.sent),
                text=text,
                photos=photos,
                command=command,
                album=album,
            )
        )
        return key

    async def press(self, name: str, argument: str = "") -> None:
        """Press a button or give a command."""
        await self.say(command=Command(name=name, argument=argument))

    async def until(self, enough: Callable[[], bool], patience_s: float = 20.0) -> None:
        """Wait until something was shown."""
        async with asyncio.timeout(patience_s):
            while not enough():
                self.frontend.news.clear()
                await self.frontend.news.wait()


@asynccontextmanager
async def stage(
    policy: Policy | None = None,
    *,
    crafts: Callable[[tuple[Craft, ...]], tuple[Craft, ...]] = lambda crafts: crafts,
) -> AsyncGenerator[Stage, None]:
    """Give a running bot; ``crafts`` may change what its worker can do."""
    state, blobs, live = MemoryState(), MemoryBlobs(), MemoryLiveText()
    words, ontology = (
        Words(ROOT / "config" / "locales"),
        load_ontology(ROOT / "config" / "conditions.toml"),
    )
    async with PhotoNormaliser(PhotoLimits(badge_words=BADGES), helpers=1) as photos:
        conversation = Conversation(
            cases=MemoryCases(state),
            blobs=blobs,
            jobs=MemoryJobs(state),
            albums=MemoryAlbums(),
            photos=photos,
            words=words,
            ontology=ontology,
            clock=SystemClock(),
            policy=policy or Policy(album_quiet_s=1.0),
            throttle=MemoryThrottle(),
            register=MemoryRegister(),
            inspector=Inspector(Known.of(CREDENTIALS), BADGES),
        )
        frontend = StageFrontend()
        delivery = Delivery(frontend=frontend, outbox=MemoryOutbox(state), live=live)
        with ModelThread() as thread:
            worker = _worker(conversation, thread, live)
            worker = replace(worker, crafts=crafts(worker.crafts))
            async with asyncio.TaskGroup() as tasks:
                serving = [
                    tasks.create_task(delivery.run()),
                    tasks.create_task(worker.run()),
                    tasks.create_task(_close_albums(conversation)),
                ]
                yield Stage(conversation, frontend, blobs, state)
                for task in serving:
                    task.cancel()


async def _close_albums(conversation: Conversation) -> None:
    while True:
        await asyncio.sleep(0.02)
        await conversation.close_album()


def _worker(conversation: Conversation, thread: ModelThread, live: MemoryLiveText) -> Worker:
    desk = Desk(
        cases=conversation.cases,
        blobs=conversation.blobs,
        conversation=conversation,
        register=conversation.register,
    )
    typist = Typist(live, every_s=0.01)
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
        localizer=ClassicalLocalizer(),
    )
    drawing = Drawing(
        studio=Studio(InstantGenerator(), thread),
        desk=desk,
        badge_word=lambda _locale, _source: "SYNTHETIC",
        sign=SIGNER.sign,
        localizer=ClassicalLocalizer(),
    )
    looking = Looking(vlm=answering.vlm, desk=desk, thread=thread, candidates=candidates)
    return Worker(
        name="w",
        queue=conversation.jobs,
        desk=desk,
        typist=typist,
        crafts=(answering, drawing, looking),
    )
