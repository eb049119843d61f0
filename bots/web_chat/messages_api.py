"""Takes messages and button presses from the browser.

The order is: the core makes it durable, then the person's own words go to the board, then the
browser hears that they arrived. A browser that hears nothing sends the same key again; the core
drops it as a duplicate, and the board replaces the same entry.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bots.web_chat.erasure import erase_everything, erases
from bots.web_chat.guard import spend
from bots.web_chat.sessions import Session
from bots.web_chat.site import (
    PLATFORM,
    Problem,
    Site,
    case_of,
    chat_of,
    json_of,
    locale_of,
    person_of,
    shelf_of,
    site_of,
)
from bots.web_chat.uploads import Upload, read_upload
from bots.web_chat.wire import pressed_command, slash_command
from core.domain.messages import BlobKey, ChatRef, Command, Incoming
from core.domain.replies import Block, Gallery, Paragraph, Picture, Reply

log = logging.getLogger(__name__)

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
_SMALL_BYTES: Final = 64 * 1024
_SPOKEN = frozenset({"ask", "draw", "compare", "reference", "intake", "files", "similar"})
"""Buttons whose label reads like something the person said."""


def add_messages(app: web.Application) -> None:
    """Route what the person sends."""
    app.router.add_post(r"/api/cases/{number:\d{1,6}}/messages", post_message)
    app.router.add_post(r"/api/cases/{number:\d{1,6}}/commands", post_command)


async def post_message(request: web.Request) -> web.Response:
    """Take a text with any number of photos."""
    sid, number, session = await case_of(request)
    site = site_of(request)
    await spend(request, sid)
    if not session.agreed:
        raise Problem(409, "web-error-consent")
    began = time.monotonic()
    async with _turn(request, site):
        upload = await read_upload(request, site.settings)
        _check(upload)
        incoming = _incoming(request, sid, number, session, upload)
        if erases(incoming.command):
            return await _end(site, sid, upload.key, incoming.locale)
        await site.services.conversation.receive(incoming)
        if incoming.command is not None:
            await _remember(site, sid, incoming.command)
        blocks = await _own_blocks(site, sid, number, upload, locale_of(request, session))
    await _post(site, chat_of(sid, number), upload.key, blocks)
    await _touch(site, sid, number, upload.text)
    log.info(
        "message taken",
        extra={
            "platform": PLATFORM,
            "photos": len(upload.photos),
            "size_bytes": sum(map(len, upload.photos)),
            "duration_ms": round((time.monotonic() - began) * 1000),
        },
    )
    return web.json_response({"ok": True}, status=202)


async def _end(site: Site, sid: str, key: str, locale: str) -> web.Response:
    fresh = await erase_everything(site, sid, key, locale)
    return web.json_response({"ok": True, "number": fresh}, status=202)


@asynccontextmanager
async def _turn(request: web.Request, site: Site) -> AsyncGenerator[None, None]:
    """Let texts pass; let photos wait until fewer of them are in memory."""
    if (request.content_length or _SMALL_BYTES) < _SMALL_BYTES:
        yield
        return
    try:
        async with asyncio.timeout(site.settings.upload_wait_s):
            await site.uploads.acquire()
    except TimeoutError:
        raise Problem(503, "web-error-busy", retry_s=site.settings.upload_wait_s) from None
    try:
        yield
    finally:
        site.uploads.release()


def _check(upload: Upload) -> None:
    if not _KEY.fullmatch(upload.key):
        raise Problem(400, "web-error-request")
    if not upload.text and not upload.photos:
        raise Problem(400, "web-error-empty")


def _incoming(
    request: web.Request, sid: str, number: int, session: Session, upload: Upload
) -> Incoming:
    command = slash_command(upload.text) if not upload.photos else None
    return Incoming(
        keys=(f"{PLATFORM}:{sid}:{upload.key}",),
        chat=chat_of(sid, number),
        sender=person_of(sid),
        message_id=_slot(upload.key),
        text="" if command else upload.text,
        photos=tuple(upload.photos),
        command=command,
        locale=locale_of(request, session),
        register=session.register,
    )


async def _own_blocks(
    site: Site, sid: str, number: int, upload: Upload, locale: str
) -> tuple[Block, ...]:
    alt = site.text(locale, "web-own-photo")
    pictures = []
    for preview in upload.previews:
        shelf = shelf_of(sid, number)
        blob = await site.services.blobs.put(shelf, preview) if preview else BlobKey("")
        kind = "image/jpeg" if preview else "application/octet-stream"
        pictures.append(Picture(blob=blob, media_type=kind, caption="", alt=alt, synthetic=False))
    blocks: list[Block] = [Gallery(pictures=tuple(pictures))] if pictures else []
    if upload.text:
        blocks.append(Paragraph(text=upload.text))
    return tuple(blocks)


async def _post(site: Site, chat: ChatRef, key: str, blocks: tuple[Block, ...]) -> None:
    await site.services.board.post("user", Reply(slot=_slot(key), chat=chat, blocks=blocks))


async def _touch(site: Site, sid: str, number: int, title: str) -> None:
    async with site.sessions.change(sid) as session:
        locale = session.locale or "en"
        untitled = site.text(locale, "web-case-untitled", number=number)
        session.touch(number, title or untitled, site.sessions.now_s())


def _slot(key: str) -> str:
    return f"user.{key}"


async def post_command(request: web.Request) -> web.Response:
    """Take a button press: ``{"key", "name", "argument", "slot"}``."""
    sid, number, session = await case_of(request)
    site = site_of(request)
    await spend(request, sid)
    body = await json_of(request)
    key, command = body.get("key"), pressed_command(body.get("name"), body.get("argument", ""))
    if not isinstance(key, str) or not _KEY.fullmatch(key) or command is None:
        raise Problem(400, "web-error-request")
    if erases(command):
        return await _end(site, sid, key, locale_of(request, session))
    chat = chat_of(sid, number)
    said = await _label(site, chat, command, body.get("slot"))
    await site.services.conversation.receive(
        Incoming(
            keys=(f"{PLATFORM}:{sid}:{key}",),
            chat=chat,
            sender=person_of(sid),
            message_id=_slot(key) if said else "",
            command=command,
            locale=locale_of(request, session),
            register=session.register,
        )
    )
    await _remember(site, sid, command)
    if said:
        await _post(site, chat, key, (Paragraph(text=said),))
        await _touch(site, sid, number, said)
    return web.json_response({"ok": True}, status=202)


async def _remember(site: Site, sid: str, command: Command) -> None:
    chosen = command.name == "language" and command.argument in site.services.words.locales()
    if not chosen and command.name != "agree":
        return
    async with site.sessions.change(sid) as session:
        session.agreed = session.agreed or command.name == "agree"
        session.locale = command.argument if chosen else session.locale


async def _label(site: Site, chat: ChatRef, command: Command, slot: object) -> str:
    """Return the words of the pressed button if they belong in the transcript, else nothing."""
    if command.name not in _SPOKEN:
        return ""
    entries = await site.services.board.read(chat)
    buttons = [b for e in entries if e.slot == slot for b in e.reply.buttons]
    exact = (b.label for b in buttons if b.command == command)
    same_kind = (b.label for b in buttons if b.command.name == command.name)
    return next(exact, next(same_kind, ""))
