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
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bots import GiveUp, TryLater
from bots.slack_bot.addresses import Place, is_timestamp
from bots.slack_bot.blocks import Page
from bots.slack_bot.trouble import ERRORS, Trouble, sort
from core.ports import Ledger, Throttle

EVENT_TYPE: Final = "skingen_reply"
POSTS: Final = ((1, 1.0),)
PACE_S: Final = 3.0
"""Longest wait in place for the channel's turn; after that the row waits in the outbox."""

_PAGE_SIZE: Final = 200
_PAGES: Final = 10
_REMEMBERED: Final = 10_000
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
        await ledger.record(draft.part, ts)
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
        """Wait until the channel may have another message.

        Source: docs.slack.dev, "Rate limits": one message a second for each channel.
        """
        waited = 0.0
        while wait := await self._throttle.wait_s(_pace_key(place), POSTS):
            if waited + wait > PACE_S:
                raise TryLater(wait, spent=False)
            await asyncio.sleep(wait)
            waited += wait

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


async def own_messages(
    client: AsyncWebClient, place: Place, *, since: str = ""
) -> AsyncIterator[dict[str, Any]]:
    """Yield messages of a thread, or of a channel's top level, that the bot may have written.

    Raises:
        TryLater: Slack did not answer; whether a message is there stays unknown.
    """
    oldest = since if is_timestamp(since) else place.thread or None
    cursor: str | None = None
    for _ in range(_PAGES):
        try:
            answer = await _read(client, place, oldest, cursor)
        except ERRORS as error:
            raise outcome(sort(error), 0.0) from error
        for message in answer.get("messages") or []:
            if message.get("bot_id"):
                yield message
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


async def _read(
    client: AsyncWebClient, place: Place, oldest: str | None, cursor: str | None
) -> Any:
    wanted: dict[str, Any] = {
        "channel": place.channel,
        "oldest": oldest,
        "inclusive": True,
        "include_all_metadata": True,
        "limit": _PAGE_SIZE,
        "cursor": cursor,
    }
    if place.thread:
        return await client.conversations_replies(ts=place.thread, **wanted)
    return await client.conversations_history(**wanted)


def outcome(trouble: Trouble, settle_s: float) -> TryLater | GiveUp:
    """Say to the delivery what to do about trouble."""
    match trouble.kind:
        case "limited":
            return TryLater(trouble.after_s, spent=False)
        case "down" | "token":
            return TryLater(max(2.0, settle_s), spent=False)
        case "uncertain":
            return TryLater(max(1.0, settle_s))
        case _:
            return GiveUp(trouble.code)


def _pace_key(place: Place) -> str:
    return f"slack:{place.workspace}:post:{place.channel}"
