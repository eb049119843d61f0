"""What a Telegram message brings along: words, a command, photos, or things the bot cannot use."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from telegram import Document, Message, MessageEntity, PhotoSize

from core.domain.messages import Command

_IMAGE_TYPES: Final = frozenset(
    f"image/{kind}"
    for kind in ("jpeg", "jpg", "png", "webp", "heic", "heif", "tiff", "bmp", "avif")
)
_IMAGE_ENDINGS: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".tif", ".tiff", ".bmp", ".avif"}
)
_UNUSABLE: Final = {
    "voice": "telegram-cannot-listen",
    "audio": "telegram-cannot-listen",
    "video": "telegram-cannot-watch",
    "video_note": "telegram-cannot-watch",
    "animation": "telegram-cannot-watch",
    "sticker": "telegram-cannot-use",
    "document": "telegram-cannot-open",
    "location": "telegram-cannot-use",
    "venue": "telegram-cannot-use",
    "contact": "telegram-cannot-use",
    "poll": "telegram-cannot-use",
    "dice": "telegram-cannot-use",
    "story": "telegram-cannot-use",
    "game": "telegram-cannot-use",
    "checklist": "telegram-cannot-use",
    "paid_media": "telegram-cannot-use",
    "invoice": "telegram-cannot-use",
}
"""The sentence for each kind of content, most telling first: an animation is a document, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """A photo or image file to fetch.

    Attributes:
        file_id: Telegram's handle.
        size_bytes: Its size, or None where Telegram does not say.
    """

    file_id: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is in a message.

    Attributes:
        text: Words, without the command and without the bot's name.
        command: A slash command, if the message begins with one.
        to: Bot that the command names after its ``@``, lower case; empty if none.
        image: The photo or image file.
        unusable: Key of the sentence to say when there is nothing else; empty otherwise.
    """

    text: str
    command: Command | None
    to: str
    image: ImageFile | None
    unusable: str

    @property
    def empty(self) -> bool:
        """True for service messages and the like."""
        return not (self.text or self.command or self.image or self.unusable)


def content_of(message: Message) -> Content:
    """Take a message apart."""
    text = (message.text or message.caption or "").strip()
    command, to = _command(message)
    image = _image(message)
    unusable = "" if image else _unusable(message)
    return Content(
        text=command.argument if command else text,
        command=command,
        to=to,
        image=image,
        unusable=unusable,
    )


def image_of(message: Message) -> ImageFile | None:
    """Return the photo or image file of a message."""
    return _image(message)


def _command(message: Message) -> tuple[Command | None, str]:
    first = next(iter(message.entities), None)
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset != 0:
        return None, ""
    whole = message.parse_entity(first)
    name, _, to = whole.removeprefix("/").partition("@")
    argument = (message.text or "")[len(whole) :].strip()
    return Command(name=name.casefold(), argument=argument), to.casefold()


def _image(message: Message) -> ImageFile | None:
    if message.photo:
        largest = max(message.photo, key=_pixels)
        return ImageFile(file_id=largest.file_id, size_bytes=largest.file_size)
    document = message.document
    if document is None or message.animation is not None or not _is_image(document):
        return None
    return ImageFile(file_id=document.file_id, size_bytes=document.file_size)


def _pixels(size: PhotoSize) -> int:
    return size.width * size.height


def _is_image(document: Document) -> bool:
    # Phones often send HEIC as application/octet-stream, so the ending counts as well.
    ending = PurePath(document.file_name or "").suffix.casefold()
    return (document.mime_type or "").casefold() in _IMAGE_TYPES or ending in _IMAGE_ENDINGS


def _unusable(message: Message) -> str:
    return next((key for kind, key in _UNUSABLE.items() if getattr(message, kind, None)), "")
