"""How board entries and live texts look as JSON."""

import re
from dataclasses import asdict
from typing import Any, Final, assert_never

from bots.web_chat.signing import Signer
from core.domain.messages import BlobKey, Command
from core.domain.replies import Block, Download, Gallery, Live, Picture
from core.ports import BoardEntry

SHOWN: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Types that browsers show; anything else becomes a neutral tile."""

_SLASH = re.compile(r"/([a-z]{1,20})(?:@\S+)?(?:\s+(.*))?", re.DOTALL)
_NAME = re.compile(r"[a-z_]{1,20}")
_BUTTON_BYTES: Final = 48


def entry_json(entry: BoardEntry, sid: str, signer: Signer) -> dict[str, Any]:
    """Return a board entry for the browser of session ``sid``."""
    reply = entry.reply
    return {
        "sequence": entry.sequence,
        "slot": entry.slot,
        "author": entry.author,
        "at": entry.at_s,
        "stage": reply.stage,
        "quotes": reply.quotes,
        "blocks": [_block_json(block, sid, signer) for block in reply.blocks],
        "buttons": [
            {"label": b.label, "name": b.command.name, "argument": b.command.argument}
            for b in reply.buttons
        ],
    }


def live_json(live: Live) -> dict[str, Any]:
    """Return an answer or drawings in the making."""
    return {
        "slot": live.slot,
        "text": live.text,
        "share": live.share,
        "picture": live.picture,
    }


def _block_json(block: Block, sid: str, signer: Signer) -> dict[str, Any]:
    match block.kind:
        case "gallery":
            return _gallery_json(block, sid, signer)
        case "download":
            return _download_json(block, sid, signer)
        case "heading" | "paragraph" | "ranking" | "next_step":
            return asdict(block)
        case _ as unreachable:
            assert_never(unreachable)


def _gallery_json(gallery: Gallery, sid: str, signer: Signer) -> dict[str, Any]:
    return {
        "kind": gallery.kind,
        "pictures": [_picture_json(picture, sid, signer) for picture in gallery.pictures],
    }


def _picture_json(picture: Picture, sid: str, signer: Signer) -> dict[str, Any]:
    shown = picture.blob and picture.media_type in SHOWN
    return {
        "url": blob_url(picture.blob, picture.media_type, sid, signer) if shown else None,
        "caption": picture.caption,
        "alt": picture.alt,
        "synthetic": picture.synthetic,
    }


def _download_json(download: Download, sid: str, signer: Signer) -> dict[str, Any]:
    return {
        "kind": download.kind,
        "url": blob_url(download.blob, download.media_type, sid, signer),
        "name": download.name,
        "caption": download.caption,
    }


def blob_url(key: BlobKey, media_type: str, sid: str, signer: Signer) -> str:
    """Return an address that works for one session only and says what the bytes are."""
    return f"/blob/{blob_mark(key, media_type, sid, signer)}/{media_type}/{key}"


def blob_mark(key: str, media_type: str, sid: str, signer: Signer) -> str:
    """Return the signature inside `blob_url`."""
    return signer.mark("blob", f"{sid}\n{media_type}\n{key}")


def slash_command(text: str) -> Command | None:
    """Return the command that a typed text is, such as ``/reference ringworm``, or None."""
    match = _SLASH.fullmatch(text.strip())
    return Command(name=match[1], argument=(match[2] or "").strip()) if match else None


def pressed_command(name: object, argument: object) -> Command | None:
    """Return the command of a pressed button, or None when it cannot be one."""
    if not isinstance(name, str) or not isinstance(argument, str):
        return None
    fits = len(f"{name}{argument}".encode()) <= _BUTTON_BYTES
    return Command(name=name, argument=argument) if _NAME.fullmatch(name) and fits else None
