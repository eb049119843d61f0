"""A conversation that follows a script, and the web chat around it; for tests and screenshots.

It answers at once or step by step, so that a test decides what is on the page when.
"""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from PIL import Image, ImageDraw, ImageFilter

from bots import Services
from bots.web_chat.frontend import WebChat
from bots.web_chat.settings import Settings
from core.adapters.memory import MemoryBlobs, MemoryLedger
from core.adapters.memory_extras import MemoryBoard, MemoryDrawer, MemoryThrottle
from core.conversation import Policy
from core.domain.errors import StoreUnavailable
from core.domain.messages import CaseId, ChatRef, Command, Incoming
from core.domain.replies import (
    Block,
    Button,
    Gallery,
    Heading,
    Live,
    NextStep,
    Paragraph,
    Picture,
    Possibility,
    Ranking,
    Reply,
)
from core.words import Words

LOCALES = Path(__file__).parents[3] / "config" / "locales"
TONES = ("#f6ddcb", "#eac4a4", "#d6a47c", "#ad7a51", "#7c5133", "#4b2e1f")
FINDINGS = (
    "I see a round, red patch with a raised, scaly edge. The middle looks calmer than the rim. "
    "The skin around it looks healthy."
)


def skin(tone: int = 3, *, size_px: int = 640, ring: int = 1, form: str = "PNG") -> bytes:
    """Return a drawn patch of skin with a ring-shaped spot."""
    image = Image.new("RGB", (size_px, size_px), TONES[tone - 1])
    draw = ImageDraw.Draw(image)
    middle, radius = size_px // 2, size_px // 4 + 12 * ring
    red = tuple(
        int(c * 0.62 + o * 0.38) for c, o in zip(image.getpixel((0, 0)), (190, 40, 40), strict=True)
    )
    box = (middle - radius, middle - radius, middle + radius, middle + radius)
    draw.ellipse(box, outline=red, width=24 + 12 * ring)
    image = image.filter(ImageFilter.GaussianBlur(size_px / 60))
    stream = io.BytesIO()
    image.save(stream, form)
    return stream.getvalue()


@dataclass
class Script:
    """Stands in for `core.conversation.Conversation`.

    Attributes:
        received: Everything that was handed in and not a duplicate, oldest first.
        pace: Set to let an answer go on to its end; cleared to hold it in mid-stream.
        failing: Makes `receive` fail like a store that is down.
    """

    blobs: MemoryBlobs
    policy: Policy = field(default_factory=Policy)
    received: list[Incoming] = field(default_factory=list)
    pace: asyncio.Event = field(default_factory=asyncio.Event)
    failing: bool = False
    frontend: WebChat | None = None
    tasks: asyncio.TaskGroup | None = None
    _seen: set[str] = field(default_factory=set)

    async def receive(self, incoming: Incoming) -> None:
        """Take a message and answer it in a task of its own."""
        if self.failing:
            raise StoreUnavailable("the script plays a store that is down")
        if self._seen & set(incoming.keys):
            return
        self._seen.update(incoming.keys)
        self.received.append(incoming)
        assert self.tasks is not None
        self.tasks.create_task(self._answer(incoming))

    async def _answer(self, incoming: Incoming) -> None:
        number = len(self.received)
        match incoming.command:
            case None:
                await self._turn(incoming, f"turn{number}")
            case Command(name="start"):
                await self.say(incoming.chat, "consent", *CONSENT, buttons=CONSENT_BUTTONS)
            case Command(name="agree"):
                await self.say(incoming.chat, "consent", Paragraph(text="Thank you. Send a photo."))
            case Command(name="draw" | "compare"):
                await self._draw(incoming, f"turn{number}")
            case Command(name="ask"):
                await self._turn(incoming, f"turn{number}")
            case Command(name="stop"):
                self.pace.set()
            case Command(name=name):
                await self.say(incoming.chat, f"turn{number}", Paragraph(text=f"/{name} is done."))

    async def _turn(self, incoming: Incoming, slot: str) -> None:
        text = "Your photo is here. I am looking at it." if incoming.photos else "Let me think."
        blocks = (Paragraph(text=text), Paragraph(text="You are next.", quiet=True))
        await self.say(
            incoming.chat,
            slot,
            *blocks,
            buttons=(button("Stop", "stop", slot),),
            stage="waiting",
            quotes=incoming.message_id,
        )
        words = FINDINGS.split(" ")
        for end in (3, 9, 18):
            await self.write(incoming.chat, slot, " ".join(words[:end]))
        await self.pace.wait()
        final = assessed() if incoming.photos else (Paragraph(text=FINDINGS),)
        buttons = ASK_BUTTONS + RATE_BUTTONS
        await self.say(incoming.chat, slot, *final, buttons=buttons, quotes=incoming.message_id)
        if incoming.photos:
            await self._draw(incoming, slot)

    async def _draw(self, incoming: Incoming, slot: str) -> None:
        pictures = tuple([await self._picture(3, ring) for ring in (0, 1, 3)])
        await self.say(
            incoming.chat,
            f"{slot}.pictures",
            Heading(text="How ringworm can look"),
            Gallery(pictures=pictures),
            Paragraph(text="Not a real person, not your skin, not your future.", quiet=True),
            buttons=DRAW_BUTTONS,
            quotes=incoming.message_id,
        )

    async def _picture(self, tone: int, ring: int) -> Picture:
        blob = await self.blobs.put(CaseId("script"), skin(tone, ring=ring))
        words = ("mild", "moderate", "moderate", "strong")[ring]
        caption = f"SYNTHETIC: Ringworm ({words}, light brown skin)"
        return Picture(
            blob=blob, media_type="image/png", caption=caption, alt=caption, synthetic=True
        )

    async def outline(self, chat: ChatRef) -> None:
        """Show what was looked at: the photo with an outline."""
        blob = await self.blobs.put(CaseId("script"), skin(3, ring=2))
        alt = "Your photo with the area outlined"
        picture = Picture(blob=blob, media_type="image/png", caption=alt, alt=alt, synthetic=False)
        await self.say(chat, "outline", Gallery(pictures=(picture,)))

    async def say(
        self,
        chat: ChatRef,
        slot: str,
        *blocks: Block,
        buttons: tuple[Button, ...] = (),
        stage: Any = "final",
        quotes: str = "",
    ) -> None:
        """Show a reply as the delivery loop would."""
        assert self.frontend is not None
        reply = Reply(
            slot=slot, chat=chat, blocks=blocks, buttons=buttons, stage=stage, quotes=quotes
        )
        await self.frontend.show(reply, MemoryLedger({}))

    async def write(self, chat: ChatRef, slot: str, text: str) -> None:
        """Show a text in the making."""
        assert self.frontend is not None
        await self.frontend.progress(Live(slot=slot, chat=chat, text=text), MemoryLedger({}))


def button(label: str, name: str, argument: str = "") -> Button:
    """Return a button."""
    return Button(label=label, command=Command(name=name, argument=argument))


CONSENT = (
    Heading(text="Before we start"),
    Paragraph(text="I look at a photo of skin and explain what it may show. I am not a doctor."),
    Paragraph(text="I keep your photo and our chat, encrypted, for 30 days.", quiet=True),
)
CONSENT_BUTTONS = (
    button("I agree, and I am 18 or older", "agree"),
    button("What is kept?", "privacy"),
)
ASK_BUTTONS = (
    button("Why do you think so?", "ask", "1"),
    button("How does ringworm differ from eczema?", "ask", "3"),
)
RATE_BUTTONS = (button("Helpful", "rate", "up.t1"), button("Not helpful", "rate", "down.t1"))
DRAW_BUTTONS = (
    button("Another", "draw", "ringworm.3.2.arm"),
    button("Milder", "draw", "ringworm.3.1.arm"),
    button("More severe", "draw", "ringworm.3.3.arm"),
    button("Other skin tone", "tones", "ringworm.3.2.arm"),
    button("Compare with eczema", "compare", "eczema"),
)


def assessed(level: Any = "soon") -> tuple[Block, ...]:
    """Return the blocks of an answer to a photo."""
    rows = (
        ("Ringworm", "Tinea corporis", 0.71, "fits well (about 71 in 100)"),
        ("Eczema", "Nummular eczema", 0.18, "possible (about 18 in 100)"),
        ("Psoriasis", "Psoriasis vulgaris", 0.07, "less likely (about 7 in 100)"),
    )
    return (
        Heading(text="What I see"),
        Paragraph(text=FINDINGS),
        Heading(text="What it could be"),
        Ranking(
            possibilities=tuple(
                Possibility(
                    condition_id=lay.lower(),
                    lay_name=lay,
                    medical_name=medical,
                    likelihood=share,
                    words=words,
                )
                for lay, medical, share, words in rows
            )
        ),
        Paragraph(text="It can pass to other people. Until you know more, do not share towels."),
        NextStep(
            level=level,
            title="Show it to a doctor or pharmacist this week",
            text="They can look at it closely and test a little bit of skin. Take this page along.",
            reasons=("Some of the likely conditions need a medicine to go away.",),
        ),
        Paragraph(text="A photo shows only part of the story. I can be wrong.", quiet=True),
    )


@dataclass(kw_only=True)
class Running:
    """A web chat that listens on a free port of this machine."""

    url: str
    script: Script
    services: Services
    frontend: WebChat


@asynccontextmanager
async def running(
    *, after: Running | None = None, **settings: Any
) -> AsyncGenerator[Running, None]:
    """Run the web chat with the script until the context ends.

    Args:
        after: An earlier one, whose stores are still there: then this is a restart.
        **settings: Of the web chat.
    """
    script, services = (after.script, after.services) if after else _fresh()
    frontend = WebChat(Settings(**{"port": 0, "_env_file": None, **settings}), services)
    script.frontend = frontend
    script.pace.set()
    async with asyncio.TaskGroup() as tasks:
        script.tasks = tasks
        server = tasks.create_task(frontend.serve())
        await frontend.listening.wait()
        url = f"http://127.0.0.1:{frontend.port}"
        try:
            yield Running(url=url, script=script, services=services, frontend=frontend)
        finally:
            script.pace.set()
            server.cancel()


def _fresh() -> tuple[Script, Services]:
    blobs = MemoryBlobs()
    script = Script(blobs=blobs)
    services = Services(
        conversation=cast("Any", script),
        words=Words(LOCALES),
        ontology=cast("Any", None),
        blobs=blobs,
        board=MemoryBoard(),
        drawer=MemoryDrawer(),
        throttle=MemoryThrottle(),
    )
    return script, services
