"""What the Bot API accepts: texts, entities, keyboards, pictures."""

import io
import re
from collections.abc import Sequence
from typing import Any

from aiogram.enums import MessageEntityType
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, MessageEntity
from PIL import Image

from tests.bots.telegram.loopback.errors import bad

MAX_TEXT, MAX_CAPTION = 4096, 1024
MAX_PHOTO_BYTES, MAX_UPLOAD_BYTES, MAX_DOWNLOAD_BYTES = 10_000_000, 50_000_000, 20_000_000


def units(text: str) -> int:
    """Return the number of UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def check_text(text: str | None, entities: Sequence[MessageEntity] | None, mode: Any) -> None:
    """Check the text of a message."""
    if not (text or "").strip():
        raise bad("message text is empty")
    if units(text or "") > MAX_TEXT:
        raise bad("message is too long")
    _check_entities(text or "", entities)
    _check_markup(text or "", mode)


def check_caption(text: str | None, entities: Sequence[MessageEntity] | None, mode: Any) -> None:
    """Check the caption of a file."""
    if units(text or "") > MAX_CAPTION:
        raise bad("message caption is too long")
    _check_entities(text or "", entities)
    _check_markup(text or "", mode)


def _check_entities(text: str, entities: Sequence[MessageEntity] | None) -> None:
    raw = text.encode("utf-16-le")
    known = {kind.value for kind in MessageEntityType}
    if len(entities or ()) > 100:
        raise bad("too many entities")
    for entity in entities or ():
        end = entity.offset + entity.length
        if entity.type not in known:
            raise bad(f"entity type {entity.type} is unknown")
        if entity.offset < 0 or entity.length <= 0 or 2 * end > len(raw):
            raise bad(f"entity beginning at UTF-16 offset {entity.offset} ends after the end")
        for edge in (entity.offset, end):
            # The second half of a surrogate pair must not begin or end an entity.
            unit = raw[2 * edge : 2 * edge + 2]
            if len(unit) == 2 and 0xDC00 <= int.from_bytes(unit, "little") <= 0xDFFF:
                raise bad(f"entity beginning at UTF-16 offset {entity.offset} splits a character")


def _check_markup(text: str, mode: Any) -> None:
    if not isinstance(mode, str):
        return
    if mode.casefold() == "html":
        opened: list[str] = []
        for tag in re.finditer(r"<(/?)([a-z-]*)[^>]*(>?)", text):
            closing, name, end = tag.groups()
            if not end or not name or (closing and (not opened or opened.pop() != name)):
                raise bad(f"can't parse entities: unsupported tag at byte offset {tag.start()}")
            if not closing:
                opened.append(name)
        if opened:
            raise bad(f"can't parse entities: can't find end tag for {opened[-1]}")
    elif any(text.count(mark) % 2 for mark in "*_`"):
        raise bad("can't parse entities: can't find end of the entity")


def check_keyboard(markup: Any) -> None:
    """Check an inline keyboard."""
    if not isinstance(markup, InlineKeyboardMarkup):
        return
    for row in markup.inline_keyboard:
        if not row or len(row) > 8:
            raise bad("reply markup row has no button or more than 8")
        for button in row:
            actions = [button.url, button.callback_data]
            if not button.text.strip() or sum(action is not None for action in actions) != 1:
                raise bad("text buttons are unallowed in the inline keyboard")
            if (
                button.callback_data is not None
                and not 1 <= len(button.callback_data.encode()) <= 64
            ):
                raise bad("BUTTON_DATA_INVALID")


def check_photo(file: Any) -> tuple[int, int]:
    """Check an uploaded photo and return its size in pixels."""
    if not isinstance(file, BufferedInputFile):
        raise bad("wrong file identifier/HTTP URL specified")
    if len(file.data) > MAX_PHOTO_BYTES:
        raise bad("file is too big for a photo")
    try:
        with Image.open(io.BytesIO(file.data)) as picture:
            width, height = picture.size
            picture.load()
    except OSError as error:
        raise bad("IMAGE_PROCESS_FAILED") from error
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return width, height


def check_document(file: Any) -> None:
    """Check an uploaded file."""
    if not isinstance(file, BufferedInputFile):
        raise bad("wrong file identifier/HTTP URL specified")
    if not file.data:
        raise bad("file must be non-empty")
    if len(file.data) > MAX_UPLOAD_BYTES:
        raise bad("Request Entity Too Large")
