"""The `bots.Frontend` of the web chat."""

import asyncio
import logging
import secrets
import time
from typing import Final

from aiohttp import web

from bots import Services, TryLater
from bots.waiting import when_stored
from bots.web_chat.app import make_app
from bots.web_chat.lives import Lives
from bots.web_chat.sessions import Sessions
from bots.web_chat.settings import Settings
from bots.web_chat.signing import Signer
from bots.web_chat.site import PLATFORM, Site
from core.domain.errors import StoreUnavailable
from core.domain.replies import Live, Reply
from core.ports import Ledger

log = logging.getLogger(__name__)

_PART: Final = "entry"
_SECRET: Final = "web:secret"  # noqa: S105 - the name of a drawer, not what is in it
_PAUSE_S: Final = 2.0


class WallClock:
    """The machine's time of day."""

    def now_s(self) -> float:
        """Return seconds since the epoch."""
        return time.time()


class WebChat:
    """Serves the page and shows replies on the boards of its sessions."""

    platform = PLATFORM

    def __init__(self, settings: Settings, services: Services) -> None:
        """Take what it needs; nothing is opened yet.

        Attributes:
            port: The TCP port, once `serve` listens.
        """
        self._settings = settings
        self._services = services
        self._lives = Lives()
        self.port = settings.port
        self.listening = asyncio.Event()

    async def serve(self) -> None:
        """Listen until cancelled."""
        settings = self._settings
        app = make_app(await when_stored(self._site))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, settings.host, settings.port)
            await site.start()
            self.port = runner.addresses[0][1]
            log.info("the web chat is at http://%s:%d/", settings.host, self.port)
            self.listening.set()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def show(self, reply: Reply, ledger: Ledger) -> None:
        """Put a reply on the board; posting the same slot again replaces it."""
        try:
            if not reply.blocks:
                await self._services.board.take_back(reply.chat, reply.slot)
                return
            entry = await self._services.board.post("assistant", reply)
            await ledger.record(_PART, str(entry.sequence))
        except StoreUnavailable as error:
            raise TryLater(_PAUSE_S, spent=False) from error
        self._lives.settle(reply)

    async def progress(self, live: Live, ledger: Ledger) -> None:  # noqa: ARG002 - the port's form
        """Pass the text so far to the open tabs."""
        self._lives.publish(live)

    async def _site(self) -> Site:
        settings, services = self._settings, self._services
        clock = WallClock()
        return Site(
            settings=settings,
            services=services,
            sessions=Sessions(services.drawer, clock, ttl_s=settings.session_s),
            signer=Signer(await self._key(), max_age_s=settings.session_s, now_s=clock.now_s),
            lives=self._lives,
            uploads=asyncio.Semaphore(settings.max_uploads),
        )

    async def _key(self) -> bytes:
        if self._settings.secret is not None:
            return self._settings.secret.get_secret_value().encode()
        drawer = self._services.drawer
        if await drawer.get(_SECRET) is None:
            await drawer.put(_SECRET, secrets.token_urlsafe(32))
        # Read back, so that two processes that start together end up with the same one.
        return (await drawer.get(_SECRET) or "").encode()
