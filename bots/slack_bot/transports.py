"""How events arrive: over a WebSocket that we open, or over HTTP that Slack opens."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

EVENTS_PATH: Final = "/slack/events"
_WATCH_S: Final = 10.0
_log = logging.getLogger(__name__)


class Transport(Protocol):
    """Brings events to Bolt until it is cancelled."""

    async def run(self, app: AsyncApp) -> None: ...


class SocketTransport:
    """Socket Mode, with a watch over the SDK's own reconnects."""

    def __init__(
        self,
        app_token: str,
        make_client: Callable[[], AsyncWebClient],
        *,
        ping_interval_s: float = 5.0,
        watch_s: float = _WATCH_S,
    ) -> None:
        """Take the settings.

        Args:
            app_token: App-level token with ``connections:write``.
            make_client: Makes a client to ask for the WebSocket's address.
            ping_interval_s: Seconds between pings; four missed ones mean a dead connection.
            watch_s: A connection that is away for two such periods is made anew.
        """
        self._app_token = app_token
        self._make_client = make_client
        self._ping_interval_s = ping_interval_s
        self._watch_s = watch_s
        self.connected = False
        """Whether the WebSocket was there when it was last looked at."""

    async def run(self, app: AsyncApp) -> None:
        """Stay connected and hand requests to Bolt until cancelled."""
        client = SocketModeClient(
            self._app_token,
            web_client=self._make_client(),
            ping_interval=self._ping_interval_s,
        )

        async def handle(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            response = await run_async_bolt_app(app, request)
            await send_async_response(client, request, response, 0.0)

        client.socket_mode_request_listeners.append(handle)
        try:
            await client.connect()  # type: ignore[no-untyped-call]  # the SDK's
            self.connected = True
            await self._watch(client)
        finally:
            self.connected = False
            await client.close()  # type: ignore[no-untyped-call]  # the SDK's

    async def _watch(self, client: SocketModeClient) -> None:
        """Reconnect when the SDK does not; some of its failures end its own monitor."""
        away = 0
        while True:
            await asyncio.sleep(self._watch_s)
            self.connected = await client.is_connected()
            away = 0 if self.connected else away + 1
            if away > 1:
                _log.warning("Socket Mode was away; connecting anew")
                try:
                    async with asyncio.timeout(self._watch_s):
                        await client.connect_to_new_endpoint(force=True)
                except Exception as error:  # noqa: BLE001, the SDK raises whatever it meets
                    _log.warning("could not connect: %s", type(error).__name__)


class HttpTransport:
    """The Events API over HTTP, with the pages for installs if there are any."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self.pages: Sequence[web.RouteDef] = ()
        self.port: int | None = None
        self.ready = asyncio.Event()

    async def run(self, app: AsyncApp) -> None:
        """Serve until cancelled; requests under way are finished first."""

        async def handle(request: web.Request) -> web.Response:
            return await to_aiohttp_response(
                await app.async_dispatch(await to_bolt_request(request))
            )

        server = web.Application()
        server.add_routes([web.post(EVENTS_PATH, handle), *self.pages])
        runner = web.AppRunner(server, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            await site.start()
            self.port = runner.addresses[0][1]
            self.ready.set()
            _log.info("listening on port %s", self.port)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
