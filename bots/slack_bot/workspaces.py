"""Which workspaces the bot is in, and clients that speak to each."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot.installations import Installations, workspace_id
from bots.slack_bot.settings import Settings

CACHE_S: Final = 60.0
"""How long an installation is believed without a look into the drawer."""

PATIENCE_S: Final = 5.0
"""Longest ``Retry-After`` that is waited for in place; for longer ones the row waits its turn."""

_ROTATE_BEFORE_MIN: Final = 120
_log = logging.getLogger(__name__)


class NotInstalled(Exception):
    """The app is not, or no longer, in this workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """An installation.

    Attributes:
        id: Team, or enterprise for org-wide installs.
        token: Bot token.
        bot_user: The bot's user id.
        bot_id: The bot's bot id; empty if unknown.
    """

    id: str
    token: str
    bot_user: str
    bot_id: str = ""


class Patience(AsyncRateLimitErrorRetryHandler):
    """Waits out short rate limits once.

    It is the only retry handler: the SDK's default one sends a message again when the connection
    broke, although the first may have arrived.
    """

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        limited = await super()._can_retry_async(
            state=state, request=request, response=response, error=error
        )
        if not limited or response is None:
            return False
        headers = {name.lower(): value for name, value in response.headers.items()}
        after: Any = headers.get("retry-after", "1")  # the SDK passes text or a list of texts
        return float(after[0] if isinstance(after, list) else after) <= PATIENCE_S


class Workspaces(AsyncAuthorize):
    """The one workspace of ``bot_token``, or every one that installed the app."""

    def __init__(self, settings: Settings, installations: Installations) -> None:
        self._settings = settings
        self._installations = installations
        self._known: dict[str, tuple[float, Workspace]] = {}
        self._single: Workspace | None = None
        self._session: aiohttp.ClientSession | None = None
        self._asking = asyncio.Lock()

    @property
    def session(self) -> aiohttp.ClientSession:
        """Connections to Slack, kept open between calls; made on first use."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=self._settings.request_timeout_s)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def client(self, token: str | None = None, *, patient: bool = True) -> AsyncWebClient:
        """Return a client; an impatient one never waits for a rate limit."""
        handlers: list[AsyncRetryHandler] = [Patience()] if patient else []
        return AsyncWebClient(
            token=token,
            base_url=self._settings.api_url,
            session=self.session,
            retry_handlers=handlers,
        )

    async def of(self, workspace: str) -> Workspace:
        """Return an installation.

        Raises:
            NotInstalled: There is none.
            SlackApiError: The one token is not good.
        """
        cached = self._known.get(workspace)
        if cached and time.monotonic() - cached[0] < CACHE_S:
            return cached[1]
        async with self._asking:
            found = await (self._own() if self._settings.bot_token else self._stored(workspace))
        if found.id != workspace:
            raise NotInstalled(workspace)
        self._known[workspace] = (time.monotonic(), found)
        return found

    async def forget(self, workspace: str) -> None:
        """Erase an installation."""
        self._known.pop(workspace, None)
        await self._installations.forget(workspace)

    async def identify(self) -> None:
        """Ask Slack who we are, if there is one token; a wrong one fails here."""
        if self._settings.bot_token:
            own = await self._own()
            _log.info("serving workspace %s as %s", own.id, own.bot_user)

    async def __call__(
        self,
        *,
        context: Any,  # AsyncBoltContext, a dict without types
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult | None:
        """Answer Bolt's question on behalf of whom an event is to be handled."""
        del actor_enterprise_id, actor_team_id, actor_user_id
        org_wide = bool(context.is_enterprise_install)
        try:
            found = await self.of(workspace_id(enterprise_id, team_id, org_wide=org_wide))
        except NotInstalled:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            user_id=user_id,
            bot_token=found.token,
            bot_id=found.bot_id or None,
            bot_user_id=found.bot_user,
        )

    async def _own(self) -> Workspace:
        if self._single is None and self._settings.bot_token:
            token = self._settings.bot_token.get_secret_value()
            who = await self.client(token).auth_test()
            org_wide = bool(who.get("is_enterprise_install"))
            self._single = Workspace(
                id=workspace_id(who.get("enterprise_id"), who.get("team_id"), org_wide=org_wide),
                token=token,
                bot_user=str(who["user_id"]),
                bot_id=str(who.get("bot_id") or ""),
            )
        if self._single is None:
            raise NotInstalled
        return self._single

    async def _stored(self, workspace: str) -> Workspace:
        bot = await self._installations.find(workspace)
        if bot is None or not bot.bot_token:
            raise NotInstalled(workspace)
        bot = await self._rotated(bot, workspace)
        return Workspace(
            id=workspace, token=bot.bot_token, bot_user=bot.bot_user_id, bot_id=bot.bot_id or ""
        )

    async def _rotated(self, bot: Bot, workspace: str) -> Bot:
        """Exchange a token that ends within two hours; another process may be faster."""
        secret = self._settings.client_secret
        rotator = AsyncTokenRotator(
            client_id=self._settings.client_id,
            client_secret=secret.get_secret_value() if secret else "",
            client=self.client(),
        )
        try:
            fresh = await rotator.perform_bot_token_rotation(
                bot=bot, minutes_before_expiration=_ROTATE_BEFORE_MIN
            )
        except SlackTokenRotationError:
            _log.warning("the token of %s could not be rotated", workspace)
            return await self._installations.find(workspace) or bot
        if fresh is None:
            return bot
        await self._installations.async_save_bot(fresh)
        return fresh
