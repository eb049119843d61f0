"""What the loopback Slack knows: teams, channels, messages, files, and what was asked of it."""

import asyncio
import itertools
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal

TEAM = "T0TEAM"
BOT_USER = "U0BOT"
BOT_ID = "B0BOT"
APP = "A0APP"
TOKEN = "xoxb-one"
APP_TOKEN = "xapp-one"
SIGNING_SECRET = "shared secret"
CLIENT_ID = "111.222"
CLIENT_SECRET = "client secret"

SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "im:history",
        "im:write",
        "mpim:history",
    }
)

FaultKind = Literal["lost_reply", "lost_request", "ratelimited", "error", "http500", "slow"]


@dataclass
class Fault:
    """What goes wrong with the next calls of a method.

    Attributes:
        kind: ``lost_reply`` does it and drops the connection, ``lost_request`` just drops it,
            ``ratelimited`` answers 429, ``error`` answers ``code``, ``slow`` waits ``seconds``.
        times: How many calls.
        code: For ``error``.
        seconds: For ``slow`` and ``ratelimited``.
        after: Calls that still go well before.
    """

    kind: FaultKind
    times: int = 1
    code: str = ""
    seconds: float = 1.0
    after: int = 0


@dataclass
class Grant:
    """A bot token."""

    token: str
    team: str = TEAM
    bot_user: str = BOT_USER
    bot_id: str = BOT_ID
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    enterprise: str | None = None


@dataclass
class Message:
    """A message, as its channel shows it."""

    ts: str
    channel: str
    user: str
    text: str = ""
    bot_id: str = ""
    thread_ts: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    files: list[str] = field(default_factory=list)
    streaming: bool = False
    only_for: str = ""
    updates: int = 0
    history: list[str] = field(default_factory=list)

    @property
    def root(self) -> str:
        """The thread that it is in or opens."""
        return self.thread_ts or self.ts

    def words(self) -> str:
        """All text in it."""
        return "\n".join([self.text, *_texts(self.blocks)])

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Blocks of a type."""
        return [block for block in self.blocks if block["type"] == kind]

    def buttons(self) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        """Buttons by label, each with its block."""
        found = {}
        for block in self.blocks:
            for element in block.get("elements", []):
                if element["type"] == "button":
                    found[element["text"]["text"]] = (block, element)
                if element["type"] == "feedback_buttons":
                    for side in ("positive_button", "negative_button"):
                        value = {**element, "value": element[side]["value"]}
                        found[element[side]["text"]["text"]] = (block, value)
        return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return []


@dataclass
class StoredFile:
    """A file."""

    id: str
    name: str
    data: bytes = b""
    media_type: str = ""
    size: int = 0
    alt: str = ""
    title: str = ""
    complete: bool = False
    looks_until_ready: int = 0
    shares: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    access: str = ""
    mode: str = "hosted"
    url: str = ""


@dataclass
class Call:
    """One call of the Web API; ``refused`` when it changed nothing."""

    method: str
    args: dict[str, Any]
    token: str
    at_s: float = field(default_factory=time.monotonic)
    refused: bool = False


@dataclass
class World:
    """Everything."""

    base: str = ""
    grants: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    archived: set[str] = field(default_factory=set)
    direct: dict[tuple[str, str], str] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, StoredFile] = field(default_factory=dict)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    modals: list[dict[str, Any]] = field(default_factory=list)
    sessions: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    prompts: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    refused_blocks: set[str] = field(default_factory=set)
    agent: bool = True
    streams: bool = True
    paced: bool = False
    posted_s: dict[str, float] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def ts(self) -> str:
        """A new timestamp, unique and growing."""
        return f"1790000000.{next(self.numbers):06d}"

    def id(self, letter: str) -> str:
        """A new id."""
        return f"{letter}{next(self.numbers):08d}"

    def happened(self) -> None:
        """Wake whoever waits for news."""
        self.news.set()
        self.news = asyncio.Event()

    def find(self, channel: str, ts: str) -> Message | None:
        """A message, or None."""
        return next((m for m in self.messages[channel] if m.ts == ts), None)

    def direct_channel(self, grant: Grant, user: str) -> str:
        """The direct messages of a person and the bot."""
        key = (grant.team, user)
        if key not in self.direct:
            self.direct[key] = self.id("D")
            self.members[self.direct[key]] |= {user, grant.bot_user}
        return self.direct[key]
