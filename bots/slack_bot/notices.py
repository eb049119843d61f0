"""Short sentences from the frontend itself, about Slack rather than about skin."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot import mrkdwn
from bots.slack_bot.addresses import Place
from bots.slack_bot.posts import outbox_key, outbox_metadata
from bots.slack_bot.settings import Settings
from core.words import Words

HOLD_S: Final = 3600.0
"""How long the same sentence is not said again to the same person in the same place."""

_REMEMBERED: Final = 10_000


class Notices:
    """Says such sentences, so that nobody else has to read them."""

    def __init__(
        self, settings: Settings, words: Words, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._words = words
        self._clock = clock
        self._said: OrderedDict[str, float] = OrderedDict()

    def sentence(self, key: str, **details: str | int) -> str:
        """Return a sentence in the default language."""
        audience = self._settings.audience
        return self._words.text(self._settings.locale, key, register=audience, **details)

    async def tell(
        self, client: AsyncWebClient, place: Place, user: str, key: str, **details: str | int
    ) -> None:
        """Say a sentence: in a direct message openly, elsewhere to one person.

        Raises:
            SlackApiError: Slack did not take it.
        """
        text = mrkdwn.escape(self.sentence(key, **details))
        thread = place.thread or None
        if place.direct:
            await client.chat_postMessage(
                channel=place.channel,
                thread_ts=thread,
                text=text,
                metadata=outbox_metadata(outbox_key(f"{place}", key)),
            )
        else:
            await client.chat_postEphemeral(
                channel=place.channel, user=user, thread_ts=thread, text=text
            )

    def fresh(self, place: Place, user: str, key: str) -> bool:
        """Return whether a sentence has not been said there within the hour, and note it."""
        name, now = f"{place.workspace}:{place.channel}:{user}:{key}", self._clock()
        if now - self._said.get(name, float("-inf")) < HOLD_S:
            return False
        self._said[name] = now
        while len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
        return True
