"""A Telegram message that is meant for the bot, and what it is to the core."""

from dataclasses import dataclass, replace
from typing import Final

from telegram import Message, User
from telegram.constants import ChatType

from bots.telegram_bot.content import Content, ImageFile, image_of
from bots.telegram_bot.hints import DEEP_LINK, Place
from core.domain.messages import ChatRef, Command, Incoming, Person

PLATFORM: Final = "telegram"
_LINKED: Final = ("reference", "language", "help", "privacy")
"""Commands that a deep link ``/start <name>-<argument>`` may carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message with what intake found out about it.

    Attributes:
        message: As Telegram reports it.
        content: What is in it for the bot.
        sender: Who wrote it.
        key: Names this version of it.
        keys: Idempotency keys.
        edited: Whether it replaces an earlier version.
    """

    message: Message
    content: Content
    sender: User
    key: str
    keys: tuple[str, ...]
    edited: bool

    @property
    def in_group(self) -> bool:
        """True where others read along."""
        return self.message.chat.type != ChatType.PRIVATE

    @property
    def locale(self) -> str:
        """Language tag that the sender's Telegram reports."""
        return self.sender.language_code or "en"

    @property
    def place(self) -> Place:
        """Where a hint about it goes."""
        return Place(
            chat_id=str(self.message.chat.id),
            thread_id=thread_of(self.message),
            quotes=str(self.message.message_id) if self.in_group else "",
        )

    def incoming(self, chat: ChatRef, photos: tuple[bytes, ...]) -> Incoming:
        """Return it as the core knows it.

        Args:
            chat: Where the conversation takes place: here, or in the sender's private chat.
            photos: What was fetched.
        """
        elsewhere = self.in_group and chat.chat_id == str(self.sender.id)
        album = self.message.media_group_id
        return Incoming(
            keys=self.keys,
            chat=chat,
            sender=Person(platform=PLATFORM, user_id=str(self.sender.id)),
            message_id="" if elsewhere else str(self.message.message_id),
            text="" if self.content.command else self.content.text,
            photos=photos,
            command=_linked(self.content.command),
            locale=self.locale,
            private=elsewhere or not self.in_group,
            album=f"telegram:{album}" if album and not self.edited else "",
        )


def thread_of(message: Message) -> str:
    """Return the topic of a message; empty outside topics, where threads are mere reply chains."""
    return str(message.message_thread_id) if message.is_topic_message else ""


def quoted_image(message: Message, command: Command | None = None) -> ImageFile | None:
    """Return the sender's own photo that a group message answers: the bot has not seen it yet.

    Somebody else's photo stays out: its owner has not asked. Only ``/verify`` may answer any
    picture anywhere, since nothing of it is kept.
    """
    origin = message.reply_to_message
    if command is not None and command.name == "verify":
        return image_of(origin) if origin is not None else None
    if message.chat.type == ChatType.PRIVATE or origin is None or origin.from_user is None:
        return None
    own = message.from_user is not None and origin.from_user.id == message.from_user.id
    return image_of(origin) if own else None


def _linked(command: Command | None) -> Command | None:
    """Open a deep link: ``/start reference-ringworm`` asks for that reference."""
    if command is None or command.name != "start":
        return command
    name, _, argument = command.argument.partition("-")
    if name in _LINKED:
        return Command(name=name, argument=argument)
    return replace(command, argument="") if command.argument == DEEP_LINK else command
