"""Reads back what the bot has put into a channel, to find a message whose receipt was lost."""

from collections.abc import AsyncIterator
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bots import GiveUp, TryLater
from bots.slack_bot.addresses import Place, is_timestamp
from bots.slack_bot.trouble import ERRORS, Trouble, sort

_PAGE_SIZE: Final = 200
_PAGES: Final = 10


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
