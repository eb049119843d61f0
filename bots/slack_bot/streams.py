"""Shows an answer while it is written: as a native stream, or by changing the placeholder.

A stream is a message of its own. At the end it becomes the answer and the placeholder is deleted;
what the stream shows in between may be lost without harm. Slack keeps no metadata on a message that
streams, so after a crash it is known by what it lacks: it is the bot's, newer than the placeholder
and without an outbox key.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_chat_stream import AsyncChatStream
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot import blocks, buttons
from bots.slack_bot.addresses import Place
from bots.slack_bot.lookup import outcome, own_messages
from bots.slack_bot.posts import outbox_key, outbox_metadata
from bots.slack_bot.settings import Settings
from bots.slack_bot.threads import Threads
from bots.slack_bot.trouble import ERRORS, sort
from core.domain.replies import Button, Live
from core.ports import Ledger, Throttle

PART: Final = "stream"
_REMEMBERED: Final = 2_000
_CLAIM: Final = ((1, 3600.0),)
_UPDATES: Final = ((40, 60.0),)
"""Source: docs.slack.dev: chat.update is Tier 3, 50 a minute; the rest is for final answers."""
_APPENDS: Final = ((90, 60.0),)
"""Source: docs.slack.dev: chat.appendStream is Tier 4, 100 a minute."""
_ENDED: Final = {"message_not_in_streaming_state", "message_not_found", "user_not_found"}
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Show:
    """One answer in the making, as this process knows it."""

    buttons: tuple[Button, ...] = ()
    helper: AsyncChatStream | None = None
    shown: str = ""
    shown_s: float = float("-inf")
    mode: str = ""
    over: bool = field(default=False)


class Streams:
    """All answers in the making that this process shows."""

    def __init__(
        self,
        settings: Settings,
        threads: Threads,
        throttle: Throttle,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._threads = threads
        self._throttle = throttle
        self._clock = clock
        self._shows: OrderedDict[str, _Show] = OrderedDict()
        self._no_streams: set[str] = set()

    def waiting(self, slot: str, buttons_below: tuple[Button, ...]) -> None:
        """Remember a placeholder: its buttons stay while its text changes, and not too soon."""
        show = self._show(slot)
        show.buttons, show.shown_s = buttons_below, self._clock()

    async def progress(
        self, client: AsyncWebClient, place: Place, live: Live, ledger: Ledger
    ) -> None:
        """Show the text so far, unless it is too soon for that."""
        show = self._show(live.slot)
        soon = self._clock() - show.shown_s < self._settings.live_interval_s
        if show.over or soon or not ledger.message_id("m0") or not live.text.strip():
            return
        show.mode = show.mode or await self._choose(place, live, ledger)
        if show.mode == "native":
            await self._append(client, place, live, ledger, show)
        elif show.mode == "edit":
            await self._edit(client, place, live, ledger, show)

    async def finish(
        self, client: AsyncWebClient, place: Place, slot: str, ledger: Ledger
    ) -> str | None:
        """End the stream of a slot and return its ``ts``; None if there was none.

        Raises:
            TryLater: It is not known whether there is one, or whether it has ended: a message that
                streams cannot be changed.
        """
        self._show(slot).over = True
        ts = ledger.message_id(PART)
        if ts is None and ledger.intended(PART):
            ts = await self._orphan(client, place, ledger)
        if ts is None or ts == ledger.message_id("m0"):
            return None
        try:
            await client.chat_stopStream(channel=place.channel, ts=ts, session_status="active")
        except ERRORS as error:
            trouble = sort(error)
            if trouble.code not in _ENDED:
                _log.info("a stream could not be stopped: %s", trouble.code)
                if trouble.kind != "never":
                    raise outcome(trouble, self._settings.settle_s) from error
        return ts

    def _show(self, slot: str) -> _Show:
        show = self._shows.setdefault(slot, _Show())
        self._shows.move_to_end(slot)
        while len(self._shows) > _REMEMBERED:
            self._shows.popitem(last=False)
        return show

    async def _choose(self, place: Place, live: Live, ledger: Ledger) -> str:
        """Pick how to show an answer; just one process shows it, and none shows it twice."""
        begun = ledger.message_id(PART) or ledger.intended(PART)
        if self._settings.streaming == "off" or place.whispered or begun:
            return "off"
        if await self._throttle.wait_s(f"slack:live:{live.slot}", _CLAIM):
            return "off"
        # A stream can only grow; how far drawings are is a line that changes.
        text = live.share is None
        native = self._settings.streaming == "native" and place.thread and text
        return "native" if native and place.channel not in self._no_streams else "edit"

    async def _append(
        self, client: AsyncWebClient, place: Place, live: Live, ledger: Ledger, show: _Show
    ) -> None:
        if not live.text.startswith(show.shown):
            show.mode = "off"  # The model began anew; what has streamed cannot be taken back.
            return
        if await self._throttle.wait_s(f"slack:{place.workspace}:append", _APPENDS):
            return
        try:
            if show.helper is None:
                show.helper = await self._begin(client, place, ledger)
            await show.helper.append(markdown_text=live.text[len(show.shown) :])
            if not show.shown and show.helper.ts:
                await ledger.record(PART, show.helper.ts)
        except SlackApiError as error:
            self._fall_back(place, ledger, show, sort(error).code)
        else:
            show.shown, show.shown_s = live.text, self._clock()

    async def _begin(self, client: AsyncWebClient, place: Place, ledger: Ledger) -> AsyncChatStream:
        note = None if place.direct else await self._threads.note(place)
        await ledger.intend(PART)
        return await client.chat_stream(
            buffer_size=1,
            channel=place.channel,
            thread_ts=place.thread,
            recipient_team_id=note.team if note else None,
            recipient_user_id=note.user if note else None,
        )

    def _fall_back(self, place: Place, ledger: Ledger, show: _Show, code: str) -> None:
        """Change the placeholder instead, when Slack streams nothing here."""
        if code == "ratelimited":
            show.shown_s = self._clock() + self._settings.live_interval_s
        elif ledger.message_id(PART) or show.shown:
            show.mode = "off"
        else:
            self._no_streams.add(place.channel)
            show.mode, show.helper = "edit", None
            _log.info("no native streams in %s: %s", place.channel, code)

    async def _edit(
        self, client: AsyncWebClient, place: Place, live: Live, ledger: Ledger, show: _Show
    ) -> None:
        if await self._throttle.wait_s(f"slack:{place.workspace}:update", _UPDATES):
            return
        page = blocks.live(live.text, buttons.rows(show.buttons, place.thread))
        ts: Any = ledger.message_id("m0")
        await client.chat_update(
            channel=place.channel,
            ts=ts,
            text=page.text,
            blocks=page.blocks,
            metadata=outbox_metadata(outbox_key(live.slot, "m0")),
        )
        show.shown_s = self._clock()

    async def _orphan(self, client: AsyncWebClient, place: Place, ledger: Ledger) -> str | None:
        placeholder = ledger.message_id("m0") or ""
        async for message in own_messages(client, place, since=placeholder):
            bare = not message.get("metadata") and not message.get("files")
            if bare and str(message["ts"]) > placeholder:
                await ledger.record(PART, str(message["ts"]))
                return str(message["ts"])
        return None
