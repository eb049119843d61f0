"""Pictures and files on their way to Telegram."""

import functools
import logging
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from telegram import (
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, TelegramError
from telegram.ext import ExtBot

from bots.telegram_bot.pacing import Patience
from bots.telegram_bot.rendering import Album, Carrier
from bots.telegram_bot.richtext import RichText
from core.domain.replies import Download, Picture
from core.ports import BlobStore, Ledger

_NOT_A_PHOTO: Final = ("photo_invalid_dimensions", "image_process_failed", "too big for a photo")
_log = logging.getLogger(__name__)
_BLANK_PX: Final = 64
_EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A file with its bytes and caption."""

    file: Picture | Download
    data: bytes
    caption: RichText

    @property
    def name(self) -> str:
        """Name of the file for those who save it."""
        if isinstance(self.file, Download):
            return self.file.name
        return f"picture.{_EXTENSIONS.get(self.file.media_type, 'bin')}"

    def photo(self) -> InputMediaPhoto:
        """Return it as a photo, which Telegram shows at once and compresses."""
        return InputMediaPhoto(
            self.data,
            caption=self.caption.text or None,
            caption_entities=self.caption.entities() or None,
            filename=self.name,
        )

    def document(self) -> InputMediaDocument:
        """Return it as a document, which Telegram leaves as it is."""
        return InputMediaDocument(
            self.data,
            caption=self.caption.text or None,
            caption_entities=self.caption.entities() or None,
            filename=self.name,
        )


class Media:
    """Sends bytes of the blob store."""

    def __init__(self, bot: ExtBot[Patience], blobs: BlobStore, upload_timeout_s: float) -> None:
        self._bot = bot
        self._blobs = blobs
        self._timeout_s = upload_timeout_s

    async def shape(
        self,
        chat_id: int,
        message_id: int,
        carrier: Carrier,
        keys: InlineKeyboardMarkup | None,
        ledger: Ledger,
    ) -> None:
        """Turn a message into a file with a caption, or change the caption if it is one already.

        A file whose bytes were erased meanwhile is left out; its words are shown.
        """
        file = carrier.file
        if file is None:
            raise ValueError("a text is not a file")
        part = f"file.{message_id}"
        # What the message shows now: a photo may take turns with another one in the same place.
        there = ledger.message_id(part) == file.blob
        data = None if there else await self._blobs.get(file.blob)
        if there:
            await self._caption(chat_id, message_id, carrier.text, keys)
        elif data is None:
            await self._words(chat_id, message_id, carrier, keys)
        else:
            await self._put(chat_id, message_id, _Loaded(file, data, carrier.text), keys)
            await ledger.record(part, file.blob)

    async def send_album(self, chat_id: int, thread_id: int | None, album: Album) -> list[int]:
        """Send pictures as one album and return the ids of its messages.

        Pictures whose bytes were erased meanwhile are left out.
        """
        pairs = zip(album.pictures, album.captions, strict=True)
        loaded = [
            _Loaded(picture, data, caption)
            for picture, caption in pairs
            if (data := await self._blobs.get(picture.blob)) is not None
        ]
        if not loaded:
            return []
        await self._show_uploading(chat_id, thread_id)
        try:
            return await self._send(chat_id, thread_id, [one.photo() for one in loaded])
        except BadRequest as error:
            if not _is_no_photo(error):
                raise
            return await self._send(chat_id, thread_id, [one.document() for one in loaded])

    async def blank(self, chat_id: int, message_id: int) -> None:
        """Put a plain grey picture in the place of a file that cannot be deleted any more."""
        try:
            await self._bot.edit_message_media(
                InputMediaPhoto(grey_png(), filename="erased.png"),
                chat_id=chat_id,
                message_id=message_id,
                reply_markup=None,
            )
        except BadRequest as error:
            _log.info("a file was left: %s", error)

    async def _send(
        self,
        chat_id: int,
        thread_id: int | None,
        items: list[InputMediaPhoto] | list[InputMediaDocument],
    ) -> list[int]:
        if len(items) == 1:
            return [await self._send_one(chat_id, thread_id, items[0])]
        sent = await self._bot.send_media_group(
            chat_id,
            items,
            message_thread_id=thread_id,
            read_timeout=self._timeout_s,
            write_timeout=self._timeout_s,
        )
        return [message.message_id for message in sent]

    async def _send_one(
        self, chat_id: int, thread_id: int | None, item: InputMediaPhoto | InputMediaDocument
    ) -> int:
        """Send what is left of an album, which must have two items at least."""
        send = (
            self._bot.send_photo if isinstance(item, InputMediaPhoto) else self._bot.send_document
        )
        sent = await send(
            chat_id,
            item.media,
            caption=item.caption,
            caption_entities=item.caption_entities,
            message_thread_id=thread_id,
            read_timeout=self._timeout_s,
            write_timeout=self._timeout_s,
        )
        return sent.message_id

    async def _show_uploading(self, chat_id: int, thread_id: int | None) -> None:
        try:
            await self._bot.send_chat_action(
                chat_id, ChatAction.UPLOAD_PHOTO, message_thread_id=thread_id
            )
        except ChatMigrated:
            raise
        except TelegramError as error:
            _log.debug("no chat action: %s", error)

    async def _put(
        self, chat_id: int, message_id: int, loaded: _Loaded, keys: InlineKeyboardMarkup | None
    ) -> None:
        async def call(media: InputMediaPhoto | InputMediaDocument) -> None:
            await self._bot.edit_message_media(
                media,
                chat_id=chat_id,
                message_id=message_id,
                reply_markup=keys,
                read_timeout=self._timeout_s,
                write_timeout=self._timeout_s,
            )

        if isinstance(loaded.file, Download):
            return await call(loaded.document())
        try:
            return await call(loaded.photo())
        except BadRequest as error:
            if not _is_no_photo(error):
                raise
            return await call(loaded.document())

    async def _caption(
        self, chat_id: int, message_id: int, text: RichText, keys: InlineKeyboardMarkup | None
    ) -> None:
        await self._bot.edit_message_caption(
            chat_id=chat_id,
            message_id=message_id,
            caption=text.text,
            caption_entities=text.entities(),
            reply_markup=keys,
        )

    async def _words(
        self, chat_id: int, message_id: int, carrier: Carrier, keys: InlineKeyboardMarkup | None
    ) -> None:
        if not carrier.text.text:
            return
        await self._bot.edit_message_text(
            carrier.text.text,
            chat_id=chat_id,
            message_id=message_id,
            entities=carrier.text.entities(),
            reply_markup=keys,
        )


@functools.cache
def grey_png() -> bytes:
    """Return a small picture of nothing."""
    row = b"\0" + b"\x80" * _BLANK_PX
    header = struct.pack("!IIBBBBB", _BLANK_PX, _BLANK_PX, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * _BLANK_PX)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))
        for name, body in chunks
    )


def _is_no_photo(error: BadRequest) -> bool:
    return any(words in str(error).casefold() for words in _NOT_A_PHOTO)
