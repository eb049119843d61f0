"""Does errands: fetches a message's photos and hands the whole to the conversation."""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot import events
from bots.slack_bot.addresses import Place
from bots.slack_bot.downloads import Downloads, FileLater, FileRefused
from bots.slack_bot.errands import Errand
from bots.slack_bot.events import SlackFile
from bots.slack_bot.notices import Notices
from bots.slack_bot.trouble import ERRORS, sort
from bots.slack_bot.workspaces import NotInstalled, Workspace, Workspaces

TRIES: Final = 6
"""After so many tries, about a minute, the person is told that a file cannot be fetched."""

MOST_FILES: Final = 10
"""Source: docs.slack.dev: ten files in one message are the most that Slack's clients send."""

Receive = Callable[[Errand, str, tuple[bytes, ...]], Awaitable[None]]
"""Takes an errand, the bot's user id and its photos to the conversation."""

_REMEMBERED: Final = 10_000
_log = logging.getLogger(__name__)


class Fetching:
    """Handles errands one by one."""

    def __init__(self, workspaces: Workspaces, downloads: Downloads, notices: Notices) -> None:
        self._workspaces = workspaces
        self._downloads = downloads
        self._notices = notices
        self._receive: Receive | None = None
        self._seen: OrderedDict[str, bool] = OrderedDict()

    def hand_to(self, receive: Receive) -> None:
        """Say who takes a message once its photos are here."""
        self._receive = receive

    def saw(self, files: Iterable[SlackFile]) -> None:
        """Note files that came with a message, so that ``file_shared`` adds nothing."""
        for file in files:
            self._seen[file.id] = True
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    async def do(self, errand: Errand, tries: int) -> bool:
        """Do an errand; False when it has to be tried again.

        Raises:
            InfrastructureError: The conversation could not take it.
        """
        if errand.shared_file and not tries:
            return False  # Its message is most likely on the way.
        if errand.shared_file in self._seen:
            return True
        try:
            workspace = await self._workspaces.of(errand.message.workspace)
        except NotInstalled:
            return True
        except ERRORS as error:
            return self._postponed(error)
        client = self._workspaces.client(workspace.token)
        try:
            found = await self._with_message(client, workspace, errand)
            return found is None or await self._fetch(client, workspace, found, tries)
        except ERRORS as error:
            return self._postponed(error)

    def _postponed(self, error: Exception) -> bool:
        trouble = sort(error)
        _log.warning("an errand met trouble: %s", trouble.code)
        return trouble.kind == "never"

    async def _with_message(
        self, client: AsyncWebClient, workspace: Workspace, errand: Errand
    ) -> Errand | None:
        """Find the message of a file of which only the id is known; None if there is none."""
        if not errand.shared_file:
            return errand
        channel = errand.message.channel
        info = (await client.files_info(file=errand.shared_file))["file"]
        ts, thread = events.shared_at(info, channel)
        if not ts:
            return None
        answer = await _history(client, channel, ts, thread)
        texts = [m for m in answer.get("messages") or [] if m.get("ts") == ts]
        message = texts and events.written(
            {**texts[0], "channel": channel}, workspace=workspace.id, bot_user=workspace.bot_user
        )
        if not message:
            return None
        return replace(
            errand, message=message, keys=message.keys(), thread=message.root, shared_file=""
        )

    async def _fetch(
        self, client: AsyncWebClient, workspace: Workspace, errand: Errand, tries: int
    ) -> bool:
        photos: list[bytes] = []
        refusals: list[FileRefused] = []
        for file in errand.message.files[:MOST_FILES]:
            try:
                photos.append(await self._photo(client, file, workspace))
            except FileRefused as refusal:
                refusals.append(refusal)
            except FileLater:
                if tries + 1 < TRIES:
                    return False
                refusals.append(FileRefused("slack-file-unreachable"))
        if self._receive and (photos or not errand.message.files):
            await self._receive(errand, workspace.bot_user, tuple(photos))
        place = Place(workspace=workspace.id, channel=errand.message.channel, thread=errand.thread)
        for code, details in {r.code: r.details for r in refusals}.items():
            await self._notices.tell(client, place, errand.user, code, **details)
        return True

    async def _photo(self, client: AsyncWebClient, file: SlackFile, workspace: Workspace) -> bytes:
        if not file.url and not file.gone:
            info = await client.files_info(file=file.id)
            file = events.file(info["file"])
        return await self._downloads.fetch(file, workspace.token)


async def _history(client: AsyncWebClient, channel: str, ts: str, thread: str) -> events.Payload:
    if thread and thread != ts:
        answer = await client.conversations_replies(
            channel=channel, ts=thread, oldest=ts, latest=ts, inclusive=True, limit=2
        )
    else:
        answer = await client.conversations_history(
            channel=channel, oldest=ts, latest=ts, inclusive=True, limit=1
        )
    data: events.Payload = answer.data  # type: ignore[assignment]  # bytes only for downloads
    return data
