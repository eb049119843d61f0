"""Shows an answer while it is written: as a native stream, or by changing the placeholder.

A stream is a message of its own, right below the placeholder unless somebody wrote in between. The
answer takes the placeholder's place, where it belongs, and then the stream is deleted; what it
shows in between may be lost without harm. Slack keeps no metadata on a message that streams, so
after a crash it is known by what it lacks: it is the bot's, newer than the placeholder and without
an outbox key.

The process that shows an answer in the making need not be the one that shows the answer. Each
writes down what it begins before it looks at what the other has begun, so one at least sees the
other: nothing is begun once the answer is on its way, and whatever was begun before is ended.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from slack_sdk.web.async_client import AsyncWebClient

from bots import TryLater
from bots.slack_bot import blocks, buttons
from bots.slack_bot.addresses import Place
from bots.slack_bot.lookup import outcome, own_messages
from bots.slack_bot.posts import GONE, outbox_key, outbox_metadata
from bots.slack_bot.settings import Settings
from bots.slack_bot.threads import Threads
from bots.slack_bot.trouble import ERRORS, Trouble, sort
from core.domain.replies import Button, Live
from core.ports import Ledger, Throttle

STREAM: Final = "stream"
"""Part of the ledger: the message that streams."""

_EDITS: Final = "edits"
"""Intent in the ledger: somebody changes the placeholder now and then."""

_OVER: Final = "over"
"""Intent in the ledger: the answer is on its way, and nothing may be begun any more."""

_REMEMBERED: Final = 2_000
_FRESH_S: Final = 30.0
_CLAIM: Final = ((1, 3600.0),)
_UPDATES: Final = ((40, 60.0),)
"""Source: docs.slack.dev: chat.update is Tier 3, 50 a minute; the rest is for final answers."""
_APPENDS: Final = ((90, 60.0),)
"""Source: docs.slack.dev: chat.appendStream is Tier 4, 100 a minute."""
_ENDED: Final = {"message_not_in_streaming_state", "message_not_found", "user_not_found"}
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Show:
    """One answer in the making, as this process knows it.

    Attributes:
        place: Where it is shown.
        buttons: Of its placeholder.
        shown: The text that its stream shows.
        shown_s: When something was last shown.
        mode: How it is shown; empty before the first time.
        mine: Whether it is this process that shows it.
        ts: Of its stream.
        unsure: Whether a stream was perhaps begun.
        late: Whether an edit of unknown fate may still arrive at Slack.
        over: Whether the answer is on its way.
        ended: Whether nothing of it can stream any more.
        sought_s: When a stream that nobody heard of was first missed.
        repeated: Whether the answer was shown once more, over an edit that came late.
    """

    place: Place | None = None
    buttons: tuple[Button, ...] = ()
    shown: str = ""
    shown_s: float = float("-inf")
    mode: Literal["", "native", "edit", "off"] = ""
    mine: bool = False
    ts: str = ""
    unsure: bool = False
    late: bool = False
    over: bool = False
    ended: bool = False
    sought_s: float | None = None
    repeated: bool = False


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
        over = show.over or ledger.intended(_OVER)
        if over or soon or not ledger.message_id("m0") or not live.text.strip():
            return
        show.place = place
        show.mode = show.mode or await self._choose(show, place, live, ledger)
        if show.mode == "native":
            await self._append(client, place, live, ledger, show)
        elif show.mode == "edit":
            await self._edit(client, place, live, ledger, show)

    async def close(self, slot: str, ledger: Ledger) -> None:
        """Let nothing more be begun: the answer is on its way."""
        self._show(slot).over = True
        # Without a placeholder nothing was shown.
        if ledger.message_id("m0") and not ledger.intended(_OVER):
            await ledger.intend(_OVER)

    async def end(
        self, client: AsyncWebClient, place: Place, slot: str, ledger: Ledger
    ) -> str | None:
        """End the stream of a closed slot; return its ``ts``, to be deleted, or None.

        Raises:
            TryLater: It is not known whether there is one, or whether it has ended: a message that
                streams cannot be deleted.
        """
        show = self._show(slot)
        ts = ledger.message_id(STREAM) or show.ts
        if not ts and ledger.intended(STREAM) and (show.unsure or not show.mine):
            ts = await self._unheard_of(client, place, ledger, show) or ""
        if ts and ts != GONE:
            await self._stop(client, place, ts)
            if not ledger.message_id(STREAM):
                await ledger.record(STREAM, ts)
        show.ended = True
        return None if ts in ("", GONE) else ts

    def shows_once_more(self, slot: str, ledger: Ledger) -> bool:
        """Say, once, whether an edit of the placeholder may still come in over the answer."""
        show = self._show(slot)
        late = ledger.intended(_EDITS) and (show.late or not show.mine) and not show.repeated
        show.repeated = True
        return late

    def _show(self, slot: str) -> _Show:
        show = self._shows.setdefault(slot, _Show())
        self._shows.move_to_end(slot)
        while len(self._shows) > _REMEMBERED:
            self._shows.popitem(last=False)
        return show

    async def _choose(
        self, show: _Show, place: Place, live: Live, ledger: Ledger
    ) -> Literal["native", "edit", "off"]:
        """Pick how to show an answer; just one process shows it, and none shows it twice."""
        begun = ledger.message_id(STREAM) or ledger.intended(STREAM) or ledger.intended(_EDITS)
        if self._settings.streaming == "off" or place.whispered or begun:
            return "off"
        if await self._throttle.wait_s(f"slack:live:{live.slot}", _CLAIM):
            return "off"
        show.mine = True
        # A stream can only grow; how far drawings are is a line that changes.
        text = live.share is None
        native = self._settings.streaming == "native" and place.thread and text
        if native and place.channel not in self._no_streams and not self._busy(place):
            return await self._begin(ledger, "native")
        return await self._begin(ledger, "edit")

    def _busy(self, place: Place) -> bool:
        """Say whether something streams there already: two of them could not be told apart."""
        fresh_s = self._clock() - _FRESH_S
        return any(
            other.mode == "native" and not other.ended and other.shown_s > fresh_s
            for other in self._shows.values()
            if other.place == place
        )

    async def _begin(
        self, ledger: Ledger, mode: Literal["native", "edit"]
    ) -> Literal["native", "edit", "off"]:
        await ledger.intend(STREAM if mode == "native" else _EDITS)
        return "off" if ledger.intended(_OVER) else mode

    async def _append(
        self, client: AsyncWebClient, place: Place, live: Live, ledger: Ledger, show: _Show
    ) -> None:
        if not live.text.startswith(show.shown):
            show.mode = "off"  # The model began anew; what has streamed cannot be taken back.
            return
        if await self._throttle.wait_s(f"slack:{place.workspace}:append", _APPENDS):
            return
        more, started = live.text[len(show.shown) :], not show.ts
        try:
            if started:
                show.ts = await self._start(client, place, more)
            else:
                await client.chat_appendStream(
                    channel=place.channel, ts=show.ts, markdown_text=more
                )
        except ERRORS as error:
            await self._fall_back(place, ledger, show, sort(error))
            return
        show.shown, show.shown_s = live.text, self._clock()
        if started:
            await ledger.record(STREAM, show.ts)

    async def _start(self, client: AsyncWebClient, place: Place, text: str) -> str:
        note = None if place.direct else await self._threads.note(place)
        answer = await client.chat_startStream(
            channel=place.channel,
            thread_ts=place.thread,
            markdown_text=text,
            recipient_team_id=note.team if note else None,
            recipient_user_id=note.user if note else None,
        )
        return str(answer["ts"])

    async def _fall_back(self, place: Place, ledger: Ledger, show: _Show, trouble: Trouble) -> None:
        """Do without a fragment, or without a stream: the answer makes good on it."""
        if trouble.kind in ("limited", "down"):
            show.shown_s = self._clock() + self._settings.live_interval_s
        elif trouble.kind == "uncertain":
            # Perhaps it is there. Sent again, the text would stand there twice.
            show.mode, show.unsure = "off", not show.ts
        elif show.ts:
            show.mode = "off"
        else:
            self._no_streams.add(place.channel)
            _log.info("no native streams in %s: %s", place.channel, trouble.code)
            show.mode = await self._begin(ledger, "edit")

    async def _edit(
        self, client: AsyncWebClient, place: Place, live: Live, ledger: Ledger, show: _Show
    ) -> None:
        if await self._throttle.wait_s(f"slack:{place.workspace}:update", _UPDATES):
            return
        page = blocks.live(live.text, buttons.rows(show.buttons, place.thread))
        try:
            await client.chat_update(
                channel=place.channel,
                ts=ledger.message_id("m0") or "",
                text=page.text,
                blocks=page.blocks,
                metadata=outbox_metadata(outbox_key(live.slot, "m0")),
            )
        except ERRORS as error:
            show.late = show.late or sort(error).kind == "uncertain"
            raise
        show.shown_s = self._clock()

    async def _stop(self, client: AsyncWebClient, place: Place, ts: str) -> None:
        try:
            await client.chat_stopStream(channel=place.channel, ts=ts, session_status="active")
        except ERRORS as error:
            trouble = sort(error)
            if trouble.code not in _ENDED:
                _log.info("a stream could not be stopped: %s", trouble.code)
                if trouble.kind != "never":
                    raise outcome(trouble, self._settings.settle_s) from error

    async def _unheard_of(
        self, client: AsyncWebClient, place: Place, ledger: Ledger, show: _Show
    ) -> str | None:
        """Look for a stream that was perhaps begun, when it must have arrived at Slack."""
        now_s = self._clock()
        if show.sought_s is None:
            show.sought_s = now_s
        left_s = show.sought_s + self._settings.settle_s - now_s
        if left_s > 0:
            raise TryLater(left_s, spent=False)
        placeholder = ledger.message_id("m0") or ""
        async for message in own_messages(client, place, since=placeholder):
            bare = not message.get("metadata") and not message.get("files")
            if bare and str(message["ts"]) > placeholder:
                return str(message["ts"])
        return None
