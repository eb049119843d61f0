"""Puts one message into Slack so that it is there once, whatever breaks.

Before the first try an intent is written down; the message carries the outbox key in its metadata.
After an uncertain end it is looked up by that key, then changed or sent. Everything after the first
send is ``chat.update``, which may be repeated.
"""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bots import TryLater
from bots.slack_bot.addresses import Place
from bots.slack_bot.blocks import Page
from bots.slack_bot.lookup import outcome, own_messages
from bots.slack_bot.trouble import ERRORS, Trouble, sort
from core.domain.errors import LeaseLost
from core.ports import Ledger, Throttle

EVENT_TYPE: Final = "skingen_reply"
GONE: Final = "0"
"""Stands in the ledger for what was deleted."""

POSTS: Final = ((1, 1.0),)
PACE_S: Final = 0.1
"""Longest wait in place for the channel's turn."""

_REMEMBERED: Final = 10_000
_PAUSES_S: Final = (0.5, 2.0, 10.0)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be shown.

    Attributes:
        place: Where.
        part: Its name in the ledger.
        slot: The reply's slot; with ``part`` it makes the outbox key.
        page: What it says.
        since: ``ts`` from which on it is looked up; empty for the start of the thread.
    """

    place: Place
    part: str
    slot: str
    page: Page
    since: str = ""

    @property
    def key(self) -> str:
        """The outbox key; says nothing of a person, because all apps of a workspace may read it."""
        return outbox_key(self.slot, self.part)


class Refused(Exception):
    """Slack did not take the blocks, or the message to change is gone."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


class Poster:
    """Posts and updates messages."""

    def __init__(
        self,
        throttle: Throttle,
        *,
        settle_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the settings.

        Args:
            throttle: Keeps posts to Slack's pace, over all processes.
            settle_s: How long Slack may take until a message of an uncertain send can be found.
            clock: Monotonic seconds.
        """
        self._throttle = throttle
        self._settle_s = settle_s
        self._clock = clock
        self._unsent: OrderedDict[str, bool] = OrderedDict()
        self._uncertain: OrderedDict[str, float] = OrderedDict()

    async def put(self, client: AsyncWebClient, draft: Draft, ledger: Ledger) -> str:
        """Show a draft and return its ``ts``.

        Raises:
            Refused: Slack does not take the blocks.
            TryLater: Not now.
            GiveUp: Never.
        """
        ts = ledger.message_id(draft.part) or await self._found(client, draft, ledger)
        if ts:
            try:
                return await self.update(client, draft, ts)
            except Refused as refused:
                if refused.trouble.kind != "lost":
                    raise
                _log.info("a message to change was gone: %s", refused.trouble.code)
        await self.pace(draft.place)
        await ledger.intend(draft.part)
        ts = await self._post(client, draft)
        try:
            await ledger.record(draft.part, ts)
        except LeaseLost:
            if ledger.message_id(draft.part) != ts:  # unless its successor has found this one
                await self._take_back(client, draft.place, ts)
            raise
        return ts

    async def update(self, client: AsyncWebClient, draft: Draft, ts: str) -> str:
        """Change a message.

        Raises:
            Refused: Slack does not take the blocks, or the message is gone.
            TryLater: Not now.
            GiveUp: Never.
        """
        try:
            await client.chat_update(
                channel=draft.place.channel,
                ts=ts,
                text=draft.page.text,
                blocks=draft.page.blocks,
                metadata=outbox_metadata(draft.key),
            )
        except ERRORS as error:
            raise self.reaction(sort(error)) from error
        return ts

    async def pace(self, place: Place) -> None:
        """Wait for the channel's turn: briefly here, longer in the outbox, which holds up nobody.

        Source: docs.slack.dev, "Rate limits": one message a second for each channel.

        Raises:
            TryLater: It is not this channel's turn for a while.
        """
        while wait_s := await self._throttle.wait_s(_pace_key(place), POSTS):
            if wait_s > PACE_S:
                raise TryLater(wait_s, spent=False)
            await asyncio.sleep(wait_s)

    async def _take_back(self, client: AsyncWebClient, place: Place, ts: str) -> None:
        """Delete what was posted for a row that is somebody else's by now: nobody knows of it."""
        for pause_s in _PAUSES_S:
            try:
                await client.chat_delete(channel=place.channel, ts=ts)
            except ERRORS as error:
                trouble = sort(error)
                if trouble.kind in ("lost", "never"):
                    return
                _log.warning("a message is not taken back yet: %s", trouble.code)
                await asyncio.sleep(max(pause_s, trouble.after_s))
            else:
                return

    def reaction(self, trouble: Trouble) -> Exception:
        """Return what to raise for trouble: `Refused`, `TryLater` or `GiveUp`."""
        if trouble.kind in ("shape", "lost"):
            return Refused(trouble)
        return outcome(trouble, self._settle_s)

    async def _post(self, client: AsyncWebClient, draft: Draft) -> str:
        place = draft.place
        try:
            answer = await client.chat_postMessage(
                channel=place.channel,
                thread_ts=place.thread or None,
                text=draft.page.text,
                blocks=draft.page.blocks,
                metadata=outbox_metadata(draft.key),
                unfurl_links=False,
                unfurl_media=False,
            )
        except ERRORS as error:
            trouble = sort(error)
            self._remember(draft.key, trouble)
            raise self.reaction(trouble) from error
        return str(answer["ts"])

    async def _found(self, client: AsyncWebClient, draft: Draft, ledger: Ledger) -> str | None:
        """Look for a message whose sending was begun and whose end nobody knows."""
        if not ledger.intended(draft.part) or self._unsent.pop(draft.key, False):
            return None
        now = self._clock()
        asked = self._uncertain.setdefault(draft.key, now)
        if now - asked < self._settle_s:
            raise TryLater(self._settle_s - (now - asked), spent=False)
        async for message in own_messages(client, draft.place, since=draft.since):
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("outbox_id") == draft.key:
                await ledger.record(draft.part, str(message["ts"]))
                _log.info("found a message that was posted before a crash")
                return str(message["ts"])
        self._uncertain.pop(draft.key, None)
        return None

    def _remember(self, key: str, trouble: Trouble) -> None:
        if trouble.kind == "uncertain":
            self._uncertain[key] = self._clock()
        else:
            self._unsent[key] = True
        for memory in (self._unsent, self._uncertain):
            while len(memory) > _REMEMBERED:
                memory.popitem(last=False)


def outbox_key(slot: str, part: str) -> str:
    """Return the key by which a part of a slot is found again."""
    return hashlib.sha256(f"{slot}\n{part}".encode()).hexdigest()[:32]


def outbox_metadata(key: str) -> dict[str, Any]:
    """Return the metadata of a message with this outbox key."""
    return {"event_type": EVENT_TYPE, "event_payload": {"outbox_id": key}}


def _pace_key(place: Place) -> str:
    return f"slack:{place.workspace}:post:{place.channel}"
