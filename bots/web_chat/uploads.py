"""Reads a message: plain JSON, or with photos a multipart body whose bytes are counted on arrival.

A photo may be followed by a ``preview``: a small JPEG that the browser drew from it, upright and
without metadata. It is only ever shown to the person who sent it; the core gets the original.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import BodyPartReader, MultipartReader, web

from bots.web_chat.settings import Settings
from bots.web_chat.site import Problem, json_of

_CHUNK_BYTES: Final = 64 * 1024
_TEXT_BYTES: Final = 16_000
_PREVIEW_BYTES: Final = 600_000
_JPEG: Final = b"\xff\xd8\xff"


@dataclass(slots=True, kw_only=True)
class Upload:
    """A message as it arrived.

    Attributes:
        key: Chosen by the browser, the same when it sends the message again.
        text: What was written.
        photos: Original files.
        previews: One per photo; empty bytes where the browser could not draw the photo.
    """

    key: str = ""
    text: str = ""
    photos: list[bytes] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)


async def read_upload(request: web.Request, settings: Settings) -> Upload:
    """Read a message.

    Raises:
        Problem: It is too large, has too many photos, is not multipart, or takes too long.
    """
    if (request.content_length or 0) > settings.max_upload_bytes:
        raise Problem(413, "web-error-upload-size")
    if request.content_type == "application/json":
        return _text(await json_of(request))
    if not request.content_type.startswith("multipart/"):
        raise Problem(415, "web-error-request")
    try:
        async with asyncio.timeout(settings.upload_timeout_s):
            return await _Reader(settings).read(await request.multipart())
    except TimeoutError:
        raise Problem(408, "web-error-upload-time") from None
    except ValueError:
        raise Problem(400, "web-error-request") from None


def _text(body: dict[str, Any]) -> Upload:
    key, text = body.get("key"), body.get("text")
    if not isinstance(key, str) or not isinstance(text, str):
        raise Problem(400, "web-error-request")
    return Upload(key=key, text=text.strip())


class _Reader:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._left_bytes = settings.max_upload_bytes
        self._upload = Upload()

    async def read(self, body: MultipartReader) -> Upload:
        while (part := await body.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise Problem(400, "web-error-request")
            await self._take(part)
        missing = len(self._upload.photos) - len(self._upload.previews)
        self._upload.previews.extend([b""] * missing)
        return self._upload

    async def _take(self, part: BodyPartReader) -> None:
        upload = self._upload
        match part.name:
            case "key":
                upload.key = (await self._bytes(part, 64)).decode()
            case "text":
                # Forms travel with CRLF, whatever was typed.
                text = (await self._bytes(part, _TEXT_BYTES)).decode()
                upload.text = text.replace("\r\n", "\n").strip()
            case "photo":
                if len(upload.photos) >= self._settings.max_photos:
                    raise Problem(413, "web-error-photo-count")
                upload.photos.append(await self._bytes(part, self._settings.max_photo_bytes))
            case "preview" if len(upload.previews) < len(upload.photos):
                preview = await self._bytes(part, _PREVIEW_BYTES)
                upload.previews.append(preview if preview.startswith(_JPEG) else b"")
            case _:
                raise Problem(400, "web-error-request")

    async def _bytes(self, part: BodyPartReader, limit_bytes: int) -> bytes:
        taken = bytearray()
        while chunk := await part.read_chunk(_CHUNK_BYTES):
            taken += chunk
            self._left_bytes -= len(chunk)
            if len(taken) > limit_bytes or self._left_bytes < 0:
                raise Problem(413, "web-error-upload-size")
        return bytes(taken)
