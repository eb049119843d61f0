"""Where in Slack something is, and how that is written in the core's `ChatRef` and `Person`.

A chat id is ``workspace:channel``, because a token belongs to a workspace; a person is
``team:user``. A thread id is Slack's ``thread_ts``; ``only.U….thread_ts`` in its place marks what
just one person in the channel sees.
"""

import re
from dataclasses import dataclass, replace
from typing import Final, Self

from core.domain.messages import ChatRef, Person

PLATFORM: Final = "slack"
_ONLY: Final = "only."
_TS: Final = re.compile(r"\d{1,12}\.\d{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message goes.

    Attributes:
        workspace: Id of the installation: a team, or an enterprise for org-wide installs.
        channel: Channel, group or direct message.
        thread: ``ts`` of the thread's first message; empty at the top level.
        only_for: User id of the one person who sees it; empty if everybody in the channel does.
    """

    workspace: str
    channel: str
    thread: str = ""
    only_for: str = ""

    @classmethod
    def of(cls, chat: ChatRef, *, only_for: str = "") -> Self:
        """Read a chat reference; ``only_for`` is a person's user id as the core knows it."""
        workspace, _, channel = chat.chat_id.partition(":")
        thread, whisper = chat.thread_id, only_for.rpartition(":")[2]
        if thread.startswith(_ONLY):
            whisper, _, thread = thread.removeprefix(_ONLY).partition(".")
        return cls(workspace=workspace, channel=channel, thread=thread, only_for=whisper)

    @property
    def direct(self) -> bool:
        """Whether nobody else reads along anyway."""
        return self.channel.startswith("D")

    @property
    def whispered(self) -> bool:
        """Whether messages have to be ephemeral."""
        return bool(self.only_for) and not self.direct

    def chat(self) -> ChatRef:
        """Return the reference that the core keeps."""
        thread = f"{_ONLY}{self.only_for}.{self.thread}" if self.whispered else self.thread
        return ChatRef(
            platform=PLATFORM, chat_id=f"{self.workspace}:{self.channel}", thread_id=thread
        )

    def moved(self, channel: str) -> "Place":
        """Return the top level of another channel of the same workspace."""
        return replace(self, channel=channel, thread="", only_for="")


def person(team: str, user: str) -> Person:
    """Return the core's name for a user of a team."""
    return Person(platform=PLATFORM, user_id=f"{team}:{user}")


def is_timestamp(text: str) -> bool:
    """Return whether a message id of the core is a Slack timestamp."""
    return _TS.fullmatch(text) is not None
