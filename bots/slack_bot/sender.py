"""Makes a reply visible in Slack; may be called again with the same reply after any failure.

Parts in the ledger: ``m0``, ``m1`` … are messages, ``stream`` one that streamed,
``file.…`` uploaded pictures, ``d0`` … shared files, ``e0.final`` … ephemeral messages.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient

from bots import GiveUp, TryLater
from bots.slack_bot.addresses import Place
from bots.slack_bot.agent import AgentView
from bots.slack_bot.blocks import Page
from bots.slack_bot.forms import forms, has_newer_blocks
from bots.slack_bot.pictures import FileDraft, Pictures
from bots.slack_bot.posts import GONE, Draft, Poster, Refused
from bots.slack_bot.settings import Settings
from bots.slack_bot.streams import STREAM, Streams
from bots.slack_bot.trouble import ERRORS, sort
from bots.slack_bot.workspaces import NotInstalled, Workspaces
from core.domain.errors import InfrastructureError
from core.domain.messages import BlobKey
from core.domain.replies import Download, Live, Reply
from core.ports import Ledger

_AGAIN_S: Final = 2.0
_LOOKS: Final = 3
_REMEMBERED: Final = 1_000
_log = logging.getLogger(__name__)
_audit = logging.getLogger(f"{__name__}.audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One call of `Sender.show`."""

    client: AsyncWebClient
    place: Place
    reply: Reply
    ledger: Ledger


class Sender:
    """Shows replies and answers in the making."""

    def __init__(
        self,
        settings: Settings,
        workspaces: Workspaces,
        poster: Poster,
        pictures: Pictures,
        streams: Streams,
        agent: AgentView,
    ) -> None:
        self._settings = settings
        self._workspaces = workspaces
        self._poster = poster
        self._pictures = pictures
        self._streams = streams
        self._agent = agent
        self._plain: set[str] = set()
        self._refusals: dict[str, int] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def show(self, reply: Reply, ledger: Ledger) -> None:
        """Make one reply visible.

        Raises:
            TryLater: Slack is not there, or asks for patience.
            GiveUp: It will never work.
            StoreUnavailable: The store is not there.
        """
        place = self._place(reply)
        client = await self._client(place, patient=True)
        async with self._lock(reply.slot):
            job = _Job(client=client, place=place, reply=reply, ledger=ledger)
            await (self._show(job) if reply.blocks else self._take_back(job))
        _record(place, reply)

    async def progress(self, live: Live, ledger: Ledger) -> None:
        """Show an answer in the making; failures are of no consequence."""
        place = Place.of(live.chat)
        lock = self._lock(live.slot)
        if lock.locked():
            return
        try:
            client = await self._client(place, patient=False)
            async with lock:
                await self._streams.progress(client, place, live, ledger)
        except (*ERRORS, InfrastructureError, TryLater, GiveUp) as error:
            _log.debug("an answer in the making was not shown: %s", type(error).__name__)

    def _place(self, reply: Reply) -> Place:
        """Say where a reply goes.

        A person who asked in a channel asked in front of everybody, and is answered there; but a
        request for consent is between the two of us.
        """
        consent = any(button.command.name == "agree" for button in reply.buttons)
        whisper = consent or self._settings.channel_answers == "whisper"
        return Place.of(reply.chat, only_for=reply.only_for if whisper else "")

    async def _client(self, place: Place, *, patient: bool) -> AsyncWebClient:
        try:
            workspace = await self._workspaces.of(place.workspace)
        except NotInstalled as error:
            raise GiveUp("not installed in this workspace") from error
        except ERRORS as error:
            raise self._poster.reaction(sort(error)) from error
        return self._workspaces.client(workspace.token, patient=patient)

    def _lock(self, slot: str) -> asyncio.Lock:
        lock = self._locks.get(slot)
        if lock is None:
            lock = self._locks[slot] = asyncio.Lock()
        return lock

    async def _show(self, job: _Job) -> None:
        if job.reply.stage == "waiting":
            self._streams.waiting(job.reply.slot, job.reply.buttons)
        elif not job.place.whispered:
            await self._streams.close(job.reply.slot, job.ledger)
        files = await self._pictures.upload(job.client, job.reply, job.ledger)

        async def say(pages: Sequence[Page]) -> None:
            await (self._whisper if job.place.whispered else self._speak)(job, pages)

        await self._richest(job, files, say)
        await self._share(job)
        if job.reply.stage == "waiting":
            self._agent.working(job.client, job.place)
        else:
            await self._after(job)

    async def _after(self, job: _Job) -> None:
        """Take away what showed the answer in the making, now that the answer is there."""
        place = job.place
        if not place.whispered and await self._end_stream(job):
            await self._agent.rests_with_its_stream(job.client, place)
        else:
            await self._agent.resting(job.client, place)
        if not place.whispered and self._streams.shows_once_more(job.reply.slot, job.ledger):
            raise TryLater(self._settings.settle_s, spent=False)

    async def _end_stream(self, job: _Job) -> bool:
        """End and delete the message that streamed; False if there is none."""
        ts = await self._streams.end(job.client, job.place, job.reply.slot, job.ledger)
        if ts is None:
            return False
        await self._delete(job, ts)
        await job.ledger.record(STREAM, GONE)
        return True

    async def _richest(
        self,
        job: _Job,
        files: Mapping[BlobKey, str],
        say: Callable[[Sequence[Page]], Awaitable[None]],
    ) -> None:
        """Say it as richly as this workspace's Slack takes it: new blocks, old blocks, text."""
        reply, place = job.reply, job.place
        if not reply.buttons and all(isinstance(block, Download) for block in reply.blocks):
            return
        found = forms(reply, files, place.thread, plain=place.workspace in self._plain)
        for form, pages in found.items():
            if form == "text" and files and self._too_early(reply.slot):
                raise TryLater(_AGAIN_S)
            try:
                await say(pages())
            except Refused as refused:
                _log.warning("Slack refused a message's form: %s", refused.trouble.code)
            else:
                if form == "plain" and has_newer_blocks(reply):
                    self._plain.add(place.workspace)
                return
        raise GiveUp("Slack takes this reply in no form")

    def _too_early(self, slot: str) -> bool:
        """Say whether pictures may have been refused because Slack had not looked into them yet."""
        self._refusals[slot] = self._refusals.get(slot, 0) + 1
        while len(self._refusals) > _REMEMBERED:
            self._refusals.pop(next(iter(self._refusals)))
        return self._refusals[slot] <= _LOOKS

    async def _speak(self, job: _Job, pages: Sequence[Page]) -> None:
        """Show messages that everybody there sees, in the place of what stands there."""
        for number, page in enumerate(pages):
            draft = Draft(
                place=job.place,
                part=f"m{number}",
                slot=job.reply.slot,
                page=page,
                since=job.reply.quotes,
            )
            await self._poster.put(job.client, draft, job.ledger)
        for part, ts in job.ledger.parts().items():
            if part.startswith("m") and int(part[1:]) >= len(pages):
                await self._delete(job, ts)

    async def _take_back(self, job: _Job) -> None:
        """Delete what a reply left in Slack; messages that only one person saw go by themselves.

        What was deleted is written down at once: a long list goes on where it stopped.
        """
        if not job.place.whispered:  # What streams cannot be deleted.
            await self._streams.close(job.reply.slot, job.ledger)
            await self._end_stream(job)
        for part, sent in job.ledger.parts().items():
            if sent == GONE or part.startswith("e"):
                continue
            if part.startswith("file.") or sent.startswith("F"):
                await self._pictures.delete(job.client, sent)
            else:
                await self._delete(job, sent)
            await job.ledger.record(part, GONE)

    async def _delete(self, job: _Job, ts: str) -> None:
        try:
            await job.client.chat_delete(channel=job.place.channel, ts=ts)
        except ERRORS as error:
            trouble = sort(error)
            if trouble.kind not in ("lost", "never"):
                raise self._poster.reaction(trouble) from error

    async def _whisper(self, job: _Job, pages: Sequence[Page]) -> None:
        """Show ephemeral messages: they can neither be changed nor looked up, so each is sent."""
        for number, page in enumerate(pages):
            part = f"e{number}.{job.reply.stage}"
            if job.ledger.message_id(part):
                continue
            try:
                answer = await job.client.chat_postEphemeral(
                    channel=job.place.channel,
                    user=job.place.only_for,
                    thread_ts=job.place.thread or None,
                    text=page.text,
                    blocks=page.blocks,
                )
            except ERRORS as error:
                raise self._poster.reaction(sort(error)) from error
            await job.ledger.record(part, str(answer["message_ts"]))

    async def _share(self, job: _Job) -> None:
        """Share files to keep; where others read along, in the person's direct messages."""
        files = [block for block in job.reply.blocks if isinstance(block, Download)]
        place = job.place
        if files and place.whispered:
            try:
                opened = await job.client.conversations_open(users=place.only_for)
            except ERRORS as error:
                raise self._poster.reaction(sort(error)) from error
            place = place.moved(str(opened["channel"]["id"]))
        for number, file in enumerate(files):
            draft = FileDraft(place=place, part=f"d{number}", slot=job.reply.slot, file=file)
            await self._pictures.share(job.client, draft, job.ledger)


def _record(place: Place, reply: Reply) -> None:
    """Write the audit line: where and what kind of answer, never what it says."""
    if reply.stage == "final":
        _audit.info(
            "answered workspace=%s channel=%s thread=%s slot=%s blocks=%s",
            place.workspace,
            place.channel,
            place.thread or "-",
            reply.slot,
            ",".join(block.kind for block in reply.blocks),
        )
