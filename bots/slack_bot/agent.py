"""The agent view: what an agent is doing, its Stop button, its prompts and titles.

All of it is a courtesy: when Slack refuses, the conversation goes on without it.
"""

import logging
from collections import OrderedDict
from typing import Final, Literal

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot.addresses import Place
from bots.slack_bot.settings import Settings
from bots.slack_bot.trouble import ERRORS, sort
from core.words import Words

TITLE_LIMIT: Final = 200
"""Source: docs.slack.dev, agents.sessions.setStatus: a title of at most 200 characters."""

PROMPTS: Final = ("help", "reference", "privacy", "history")
"""Suggested prompts, at most four; each has a title and a message in the catalogue."""

_REMEMBERED: Final = 2_000
_PASSING: Final = {"limited", "down", "uncertain"}
_log = logging.getLogger(__name__)


class AgentView:
    """Tells Slack what the agent does."""

    def __init__(self, settings: Settings, words: Words) -> None:
        self._settings = settings
        self._words = words
        self._refused: set[str] = set()
        self._titles: OrderedDict[Place, tuple[str, str]] = OrderedDict()
        self._shown: OrderedDict[Place, str] = OrderedDict()

    def name(self, place: Place, title: str, user: str) -> None:
        """Remember how to call a thread when its status is first set, and who began it."""
        title = title or self._words.text(self._settings.locale, "slack-session-photo")
        self._titles[place] = (" ".join(title.split())[:TITLE_LIMIT], user)
        while len(self._titles) > _REMEMBERED:
            self._titles.popitem(last=False)

    async def status(
        self, client: AsyncWebClient, place: Place, status: Literal["processing", "active"]
    ) -> None:
        """Set the status of a thread; ``processing`` shows Slack's own Stop button."""
        if not self._can(place) or self._shown.get(place) == status:
            return
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
            self.is_now(place, status)

    def is_now(self, place: Place, status: str) -> None:
        """Note what Slack shows, such as after a stream that took the status along."""
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
