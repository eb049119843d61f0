"""Uploads pictures and files.

Pictures are uploaded without a channel, which nobody sees, and then stand as image blocks in one
message: so a gallery is as repeatable as any message. A file to keep has to be shared when it is
uploaded; its name carries a key by which it is found again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot.addresses import Place
from bots.slack_bot.lookup import own_messages
from bots.slack_bot.posts import Poster, outbox_key
from bots.slack_bot.trouble import ERRORS, sort
from core.domain.messages import BlobKey
from core.domain.replies import Download, Gallery, Picture, Reply
from core.ports import BlobStore, Ledger

ALT_LIMIT: Final = 1000
"""Source: docs.slack.dev, files.getUploadURLExternal: ``alt_txt`` of at most 1,000 characters."""

_LOOKS: Final = 12
_PAUSE_S: Final = 0.25
_SUFFIXES: Final = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDraft:
    """A file to be shared.

    Attributes:
        place: Where.
        part: Its name in the ledger.
        slot: The reply's slot.
        file: What to share.
    """

    place: Place
    part: str
    slot: str
    file: Download

    @property
    def unique_name(self) -> str:
        """The name that it is found by after an uncertain end."""
        path = PurePath(self.file.name)
        return f"{path.stem}-{outbox_key(self.slot, self.part)[:10]}{path.suffix}"


class Pictures:
    """Moves bytes from the blob store to Slack."""

    def __init__(self, blobs: BlobStore, poster: Poster) -> None:
        self._blobs = blobs
        self._poster = poster

    async def upload(
        self, client: AsyncWebClient, reply: Reply, ledger: Ledger
    ) -> dict[BlobKey, str]:
        """Upload the pictures of a reply that are not there yet.

        Returns:
            Slack's file id of each picture; one whose bytes have expired is missing.
        """
        known: dict[BlobKey, str] = {}
        missing: list[Picture] = []
        for picture in _pictures(reply):
            file_id = ledger.message_id(_part(picture.blob))
            if file_id:
                known[picture.blob] = file_id
            elif picture.blob not in [other.blob for other in missing]:
                missing.append(picture)
        return known | await self._upload(client, missing, ledger)

    async def share(self, client: AsyncWebClient, draft: FileDraft, ledger: Ledger) -> None:
        """Share a file to keep, once."""
        place, part, file = draft.place, draft.part, draft.file
        if ledger.message_id(part):
            return
        data = await self._blobs.get(file.blob)
        if data is None:
            return
        name = draft.unique_name
        if ledger.intended(part) and (ts := await _shared(client, place, name)):
            await ledger.record(part, ts)
            return
        await self._poster.pace(place)
        await ledger.intend(part)
        try:
            answer = await client.files_upload_v2(
                file=data,
                filename=name,
                title=file.name,
                channel=place.channel,
                thread_ts=place.thread or None,
                initial_comment=file.caption,
            )
        except ERRORS as error:
            raise self._poster.reaction(sort(error)) from error
        await ledger.record(part, str(answer["files"][0]["id"]))

    async def delete(self, client: AsyncWebClient, file_id: str) -> None:
        """Delete a file of ours; one that is gone is no trouble."""
        try:
            await client.files_delete(file=file_id)
        except ERRORS as error:
            trouble = sort(error)
            if trouble.kind not in ("lost", "never"):
                raise self._poster.reaction(trouble) from error

    async def _upload(
        self, client: AsyncWebClient, pictures: list[Picture], ledger: Ledger
    ) -> dict[BlobKey, str]:
        found = [(picture, await self._blobs.get(picture.blob)) for picture in pictures]
        there = [(picture, data) for picture, data in found if data is not None]
        if not there:
            return {}
        try:
            answer = await client.files_upload_v2(
                file_uploads=[_item(n, picture, data) for n, (picture, data) in enumerate(there, 1)]
            )
            ids = [str(file["id"]) for file in answer["files"]]
            await _wait_until_readable(client, ids)
        except ERRORS as error:
            raise self._poster.reaction(sort(error)) from error
        for (picture, _), file_id in zip(there, ids, strict=True):
            await ledger.record(_part(picture.blob), file_id)
        return {picture.blob: file_id for (picture, _), file_id in zip(there, ids, strict=True)}


def _item(number: int, picture: Picture, data: bytes) -> dict[str, Any]:
    return {
        "file": data,
        "filename": f"reference-{number}{_SUFFIXES.get(picture.media_type, '.png')}",
        "title": picture.caption or picture.alt,
        "alt_txt": (picture.alt or picture.caption)[:ALT_LIMIT],
    }


def _pictures(reply: Reply) -> Iterable[Picture]:
    return (p for block in reply.blocks if isinstance(block, Gallery) for p in block.pictures)


def _part(blob: BlobKey) -> str:
    return f"file.{hashlib.sha256(blob.encode()).hexdigest()[:16]}"


async def _shared(client: AsyncWebClient, place: Place, name: str) -> str | None:
    async for message in own_messages(client, place):
        if any(file.get("name") == name for file in message.get("files") or []):
            return str(message["ts"])
    return None


async def _wait_until_readable(client: AsyncWebClient, ids: list[str]) -> None:
    """Wait until Slack has looked into new files: before that it refuses blocks that name them."""
    for file_id in ids:
        for _ in range(_LOOKS):
            info = await client.files_info(file=file_id)
            if info["file"].get("mimetype"):
                break
            await asyncio.sleep(_PAUSE_S)
