"""Takes updates that Telegram pushes; answers 200 only after they are durable."""

import asyncio
import hmac
import json
import logging
import secrets
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web
from telegram.ext import ExtBot

from bots.telegram_bot.chats import Chats
from bots.telegram_bot.lanes import Lanes
from bots.telegram_bot.pacing import Patience
from bots.telegram_bot.settings import Settings
from bots.telegram_bot.updates import HANDLED
from core.domain.errors import InfrastructureError
from core.ports import Drawer

HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
_SECRET_KEY: Final = "telegram:webhook-secret"  # noqa: S105 (the name of a drawer key)
_CONNECTIONS: Final = 40
_DRAIN_S: Final = 10.0

_log = logging.getLogger(__name__)


class Webhook:
    """A small HTTP server for Telegram's calls."""

    def __init__(
        self,
        bot: ExtBot[Patience],
        settings: Settings,
        lanes: Lanes,
        chats: Chats,
        drawer: Drawer,
    ) -> None:
        self._bot = bot
        self._settings = settings
        self._lanes = lanes
        self._chats = chats
        self._drawer = drawer
        self._secret = b""
        self.port = 0
        """Where it listens once it runs; differs from the setting when that is 0."""

    async def run(self) -> None:
        """Register with Telegram and serve until cancelled."""
        secret = await self._known_secret()
        self._secret = secret.encode()
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=_DRAIN_S)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._settings.webhook_host, self._settings.webhook_port)
            await site.start()
            self.port = runner.addresses[0][1]
            await self._bot.set_webhook(
                self._settings.webhook_url,
                secret_token=secret,
                allowed_updates=list(HANDLED),
                max_connections=_CONNECTIONS,
                drop_pending_updates=False,
            )
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _known_secret(self) -> str:
        if self._settings.webhook_secret:
            return self._settings.webhook_secret.get_secret_value()
        if kept := await self._drawer.get(_SECRET_KEY):
            return kept
        made = secrets.token_urlsafe(48)
        await self._drawer.put(_SECRET_KEY, made)
        return made

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=self._settings.webhook_max_bytes)
        app.router.add_post(urlsplit(self._settings.webhook_url).path or "/", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        # Compared as bytes and in constant time: the header may hold anything.
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            _log.warning("a webhook call without the right secret was refused")
            raise web.HTTPForbidden
        update = _parsed(await request.read())
        mark = f"update:{self._bot.id}:{update['update_id']}"
        if await self._chats.is_marked(mark):
            return web.Response()
        try:
            await self._lanes.handle(update, insist=False)
            await self._chats.first_time(mark)
        except InfrastructureError as error:
            _log.warning("an update was given back to Telegram: %s", error)
            raise web.HTTPServiceUnavailable from error
        return web.Response()


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        update = json.loads(body)
    except ValueError as error:
        raise web.HTTPBadRequest from error
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise web.HTTPBadRequest
    return update
