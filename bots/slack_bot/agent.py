"""The agent view: what an agent is doing, its Stop button, its prompts and titles.

All of it is a courtesy: when Slack refuses, the conversation goes on without it.
"""

import asyncio
import logging
from collections import OrderedDict
from typing import Final, Literal
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot.addresses import Place
from bots.slack_bot.chores import Chores
from bots.slack_bot.settings import Settings
from bots.slack_bot.trouble import ERRORS, sort
from core.words import Words

PATIENCE_S: Final = 1.0
"""An answer that is there sooner gets no status: that saves two calls, of 50 a minute."""

TITLE_LIMIT: Final = 200
"""Source: docs.slack.dev, agents.sessions.setStatus: a title of at most 200 characters."""

PROMPTS: Final = ("help", "reference", "privacy", "history")
"""Suggested prompts, at most four; each has a title and a message in the catalogue."""

_REMEMBERED: Final = 2_000
_PASSING: Final = {"limited", "down", "uncertain"}
_log = logging.getLogger(__name__)


class AgentView:
    """Tells Slack what the agent does."""

    def __init__(self, settings: Settings, words: Words, chores: Chores) -> None:
        self._settings = settings
        self._words = words
        self._chores = chores
        self._due: dict[Place, object] = {}
        self._locks: WeakValueDictionary[Place, asyncio.Lock] = WeakValueDictionary()
        self._refused: set[str] = set()
        self._titles: OrderedDict[Place, tuple[str, str]] = OrderedDict()
        self._shown: OrderedDict[Place, str] = OrderedDict()

    def name(self, place: Place, title: str, user: str) -> None:
        """Remember how to call a thread when its status is first set, and who began it."""
        title = title or self._words.text(self._settings.locale, "slack-session-photo")
        self._titles[place] = (" ".join(title.split())[:TITLE_LIMIT], user)
        while len(self._titles) > _REMEMBERED:
            self._titles.popitem(last=False)

    def working(self, client: AsyncWebClient, place: Place) -> None:
        """Say that an answer is under way, with Slack's own Stop button, if it takes a while."""
        if self._can(place):
            self._due[place] = token = object()
            self._chores.start(self._if_still(client, place, token), "a status")

    async def resting(self, client: AsyncWebClient, place: Place) -> None:
        """Say that the answer is there, if it was said that one was under way."""
        if self._due.pop(place, None) is None or place not in self._shown:
            await self._status(client, place, "active")

    async def _if_still(self, client: AsyncWebClient, place: Place, token: object) -> None:
        await asyncio.sleep(PATIENCE_S)
        if self._due.get(place) is token:
            del self._due[place]
            await self._status(client, place, "processing")

    async def _status(
        self, client: AsyncWebClient, place: Place, status: Literal["processing", "active"]
    ) -> None:
        lock = self._locks.get(place)
        if lock is None:
            lock = self._locks[place] = asyncio.Lock()
        async with lock:  # Two calls at a time might arrive in the other order.
            if self._can(place) and self._shown.get(place) != status:
                await self._set(client, place, status)

    async def _set(
        self, client: AsyncWebClient, place: Place, status: Literal["processing", "active"]
    ) -> None:
        title, user = self._titles.pop(place, ("", ""))
        try:
            await client.agents_sessions_setStatus(
                channel_id=place.channel,
                thread_ts=place.thread,
                status=status,
                title=title or None,
                initiator_user_id=user or None,
            )
        except ERRORS as error:
            self._note(place, error)
        else:
            self._know(place, status)

    async def rests_with_its_stream(self, client: AsyncWebClient, place: Place) -> None:
        """Note that a stream took the status along when it ended; it does not name a thread."""
        self._due.pop(place, None)
        if place in self._titles:
            await self._status(client, place, "active")
        else:
            self._know(place, "active")

    def _know(self, place: Place, status: str) -> None:
        self._shown[place] = status
        while len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)

    async def prompts(self, client: AsyncWebClient, place: Place) -> None:
        """Offer things to say, at the top of a new conversation."""
        if not self._settings.agent or place.workspace in self._refused:
            return
        locale = self._settings.locale
        prompts = [
            {
                "title": self._words.text(locale, f"slack-prompt-{name}-title"),
                "message": self._words.text(locale, f"slack-prompt-{name}-message"),
            }
            for name in PROMPTS
        ]
        try:
            await client.assistant_threads_setSuggestedPrompts(
                channel_id=place.channel,
                thread_ts=place.thread or None,
                title=self._words.text(locale, "slack-prompts-title"),
                prompts=prompts,
            )
        except ERRORS as error:
            self._note(place, error)

    def _can(self, place: Place) -> bool:
        usable = place.thread and not place.whispered
        return bool(self._settings.agent and usable and place.workspace not in self._refused)

    def _note(self, place: Place, error: Exception) -> None:
        trouble = sort(error)
        if trouble.kind not in _PASSING and place.direct:
            self._refused.add(place.workspace)
            _log.info("no agent view in %s: %s", place.workspace, trouble.code)
