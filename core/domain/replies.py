"""What crosses the border from the core to a chat platform.

A `Reply` says *what* to show; a frontend decides how it looks. All words in it are already in the
reader's language.
"""

from dataclasses import dataclass
from typing import Literal

from core.domain.messages import BlobKey, ChatRef, Command

Level = Literal["emergency", "today", "soon", "routine"]
"""How soon a person should be seen, most urgent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A short title above the blocks that follow."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Plain text. ``quiet`` marks small print such as limits and notices."""

    text: str
    quiet: bool = False
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True, kw_only=True)
class Possibility:
    """One row of a ranked differential.

    Attributes:
        condition_id: Ontology id.
        lay_name: Everyday name.
        medical_name: Clinical name.
        likelihood: Calibrated share, 0 to 1.
        words: The likelihood in words, such as "quite likely".
        about: One sentence on what the condition is; may be empty.
    """

    condition_id: str
    lay_name: str
    medical_name: str
    likelihood: float
    words: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The differential, most likely first."""

    possibilities: tuple[Possibility, ...]
    kind: Literal["ranking"] = "ranking"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do, by rule and never by the model.

    Attributes:
        level: Urgency.
        title: One line.
        text: What to do.
        reasons: Why this card is shown, one sentence each.
    """

    level: Level
    title: str
    text: str
    reasons: tuple[str, ...] = ()
    kind: Literal["next_step"] = "next_step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture.

    Attributes:
        blob: Encoded bytes in the blob store (PNG or JPEG).
        media_type: IANA type of those bytes.
        caption: What is shown, one or two lines.
        alt: The same for people who cannot see it.
        synthetic: True for generated pictures, which carry a badge in their pixels.
    """

    blob: BlobKey
    media_type: str
    caption: str
    alt: str
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Pictures that belong together, two to ten as one album, or a single one."""

    pictures: tuple[Picture, ...]
    kind: Literal["gallery"] = "gallery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file to keep, such as an export."""

    blob: BlobKey
    media_type: str
    name: str
    caption: str
    kind: Literal["download"] = "download"


Block = Heading | Paragraph | Ranking | NextStep | Gallery | Download


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something to press; the press comes back as ``command``.

    ``command.name`` and ``command.argument`` together are at most 48 bytes of ASCII and mean the
    same for ever, so that a button works after any restart.
    """

    label: str
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One visible message.

    Attributes:
        slot: Identity of the message. A later reply with the same slot *replaces* what stands
            there (a placeholder becomes the answer); a repeated one changes nothing; one without
            blocks takes away what stands there.
        chat: Where it goes.
        blocks: What it says, top to bottom.
        buttons: Below it, in reading order.
        stage: ``waiting`` for a placeholder that a later reply will replace, else ``final``.
        quotes: Platform id of the message that it answers; empty if none.
        only_for: Platform user id when others in the chat need not see it; empty otherwise.
        trace: Span that it belongs to, see `core.tracing`; empty where nothing is traced.
    """

    slot: str
    chat: ChatRef
    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...] = ()
    stage: Literal["waiting", "final"] = "final"
    quotes: str = ""
    only_for: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where a reply stands, without what it says.

    Attributes:
        slot: Identity of the message.
        chat: Where it is.
        only_for: As in `Reply`.
    """

    slot: str
    chat: ChatRef
    only_for: str = ""

    @staticmethod
    def of(reply: Reply) -> "Shown":
        """Return where a reply goes."""
        return Shown(slot=reply.slot, chat=reply.chat, only_for=reply.only_for)

    def taken_back(self) -> Reply:
        """Return the reply that removes it."""
        return Reply(slot=self.slot, chat=self.chat, blocks=(), only_for=self.only_for)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """An answer in the making; may be dropped without harm.

    Attributes:
        slot: The slot whose placeholder it updates.
        chat: Where that is.
        text: All of the text so far, not just what is new; of drawings, how far they are.
        share: How much of the drawings is done, 0 to 1; None for an answer.
        picture: Small rough JPEG of a drawing in the making, badge in its pixels, as base64; may
            be empty. It is never stored.
    """

    slot: str
    chat: ChatRef
    text: str
    share: float | None = None
    picture: str = ""
