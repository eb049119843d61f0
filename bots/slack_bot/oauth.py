"""Pages by which a workspace installs the app."""

import logging
from typing import Final

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot.installations import STATE_LIFE_S, Installations, States
from bots.slack_bot.settings import Settings

INSTALL_PATH: Final = "/slack/install"
REDIRECT_PATH: Final = "/slack/oauth_redirect"

SCOPES: Final = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "mpim:history",
)
"""What the bot asks for; each is explained in ``docs/slack.md``."""

_log = logging.getLogger(__name__)


def routes(
    settings: Settings, client: AsyncWebClient, installations: Installations, states: States
) -> list[web.RouteDef]:
    """Return the two pages, or none when the app is for one workspace only."""
    secret = settings.client_secret
    if not settings.client_id or secret is None:
        return []
    flow = AsyncOAuthFlow(
        client=client,
        logger=_log,
        settings=AsyncOAuthSettings(
            client_id=settings.client_id,
            client_secret=secret.get_secret_value(),
            scopes=list(SCOPES),
            user_scopes=[],
            redirect_uri=settings.redirect_url or None,
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            installation_store=installations,
            installation_store_bot_only=True,
            state_store=states,
            state_expiration_seconds=int(STATE_LIFE_S),
            install_page_rendering_enabled=False,
        ),
    )

    async def install(request: web.Request) -> web.Response:
        return await to_aiohttp_response(
            await flow.handle_installation(await to_bolt_request(request))
        )

    async def redirect(request: web.Request) -> web.Response:
        answer = await flow.handle_callback(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    return [web.get(INSTALL_PATH, install), web.get(REDIRECT_PATH, redirect)]
