"""What crosses the border from a chat platform into the core."""

from dataclasses import dataclass, field
from typing import Literal, NewType

BlobKey = NewType("BlobKey", str)
"""Names stored bytes; safe in logs: it says nothing of a person."""

CaseId = NewType("CaseId", str)
"""Names a case: 26 random lower-case characters, or derived from an idempotency key."""

Register = Literal["lay", "clinician"]
"""Whom the words are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRef:
    """Where a conversation happens.

    Attributes:
        platform: Name of the frontend, such as ``telegram``.
        chat_id: The platform's own id of the chat, channel or session.
        thread_id: Topic or thread inside it; empty where there is none.
    """

    platform: str
    chat_id: str
    thread_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who speaks. The same person on two platforms is two persons."""

    platform: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something asked for by name: a slash command or a pressed button.

    Attributes:
        name: Lower-case word, such as ``new`` or ``draw``.
        argument: What follows; its form belongs to the command.
    """

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One message, command or button press, already free of platform types.

    Attributes:
        keys: Idempotency keys; the message is dropped as a duplicate when *any* of them was seen.
            Each names platform and identity, such as ``telegram:update:17``. At least one.
        chat: Where the answer goes.
        sender: Who wrote.
        message_id: The platform's id of the message, to quote it; empty if none.
        text: What was written, without the command word.
        photos: Encoded files as they came, unchecked, in the order sent.
        command: Set for commands and buttons.
        locale: BCP 47 tag that the platform reports; the person's own choice overrides it.
        register: Whom the frontend speaks to by default.
        private: False where others read along.
        album: Parts that share it are collected durably and answered as one turn, once none came
            for a moment; empty for messages that stand alone.
    """

    keys: tuple[str, ...]
    chat: ChatRef
    sender: Person
    message_id: str = ""
    text: str = ""
    photos: tuple[bytes, ...] = field(default=(), repr=False)
    command: Command | None = None
    locale: str = "en"
    register: Register = "lay"
    private: bool = True
    album: str = ""
