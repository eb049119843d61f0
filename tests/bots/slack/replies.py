"""Replies for tests, and a way to send them through the real delivery."""

from dataclasses import dataclass
from typing import Any

from bots.slack_bot.addresses import Place
from core.domain.messages import BlobKey, ChatRef, Command
from core.domain.replies import (
    Block,
    Button,
    Gallery,
    NextStep,
    Paragraph,
    Picture,
    Possibility,
    Ranking,
    Reply,
)
from tests.bots.slack.loopback import Slack
from tests.bots.slack.loopback.world import TEAM, Message
from tests.bots.slack.stage import Stores

STOP = Button(label="Stop", command=Command(name="stop"))
RANKING = Ranking(
    possibilities=(
        Possibility(
            condition_id="eczema",
            lay_name="Eczema",
            medical_name="Atopic dermatitis",
            likelihood=0.6,
            words="fits well",
            about="An itchy rash.",
        ),
    )
)
STEP = NextStep(level="today", title="See someone today", text="Call.", reasons=("It bleeds.",))


@dataclass
class Line:
    """A thread, and replies sent to it."""

    slack: Slack
    stores: Stores
    channel: str
    thread: str

    @classmethod
    def open(cls, slack: Slack, stores: Stores, channel: str = "", user: str = "U1") -> "Line":
        """Let a person begin a thread."""
        channel = channel or slack.direct(user)
        return cls(slack, stores, channel, slack.write(user, channel, "hello").ts)

    @property
    def chat(self) -> ChatRef:
        """The thread as the core names it."""
        return Place(workspace=TEAM, channel=self.channel, thread=self.thread).chat()

    def reply(self, *blocks: Block | str, slot: str = "s1", **more: Any) -> Reply:
        """Make a reply."""
        found = tuple(Paragraph(text=b) if isinstance(b, str) else b for b in blocks)
        return Reply(slot=slot, chat=self.chat, blocks=found, quotes=self.thread, **more)

    def send(self, *replies: Reply) -> None:
        """Put replies into the outbox."""
        self.stores.state.push(replies, None)

    def seen(self) -> list[Message]:
        """What the bot has put into the thread."""
        return self.slack.seen(self.channel, thread=self.thread)

    def words(self) -> list[str]:
        """The texts of that."""
        return [message.words() for message in self.seen()]

    async def settled(self) -> None:
        """Wait until the outbox is empty."""
        state = self.stores.state
        while any(state.lanes.values()):
            await state.wait(0.2)

    async def gallery(self, count: int = 2) -> Gallery:
        """Store pictures and return their album."""
        pictures = []
        for number in range(count):
            data = b"\x89PNG" + bytes([number]) * 50
            blob: BlobKey = await self.stores.blobs.put("c1", data)  # type: ignore[arg-type]
            pictures.append(
                Picture(
                    blob=blob,
                    media_type="image/png",
                    caption=f"SYNTHETIC {number}",
                    alt=f"A drawn patch {number}",
                    synthetic=True,
                )
            )
        return Gallery(pictures=tuple(pictures))
