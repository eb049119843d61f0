"""Puts the parts of the Slack frontend together."""

import asyncio
import logging
from typing import Final

from slack_bolt.async_app import AsyncApp

from bots import Services
from bots.slack_bot import oauth
from bots.slack_bot.addresses import PLATFORM
from bots.slack_bot.agent import AgentView
from bots.slack_bot.chores import Chores
from bots.slack_bot.downloads import Downloads
from bots.slack_bot.errands import Errands
from bots.slack_bot.fetching import Fetching
from bots.slack_bot.gestures import Gestures
from bots.slack_bot.home import Home
from bots.slack_bot.installations import Installations, States
from bots.slack_bot.intake import Intake
from bots.slack_bot.listeners import EventListeners
from bots.slack_bot.notices import Notices
from bots.slack_bot.pictures import Pictures
from bots.slack_bot.policy import Policy
from bots.slack_bot.posts import Poster
from bots.slack_bot.sender import Sender
from bots.slack_bot.settings import Settings
from bots.slack_bot.streams import Streams
from bots.slack_bot.threads import Threads
from bots.slack_bot.transports import HttpTransport, SocketTransport
from bots.slack_bot.trouble import ERRORS, sort
from bots.slack_bot.workspaces import Workspaces
from bots.waiting import PAUSE_S, when_stored
from core.domain.replies import Live, Reply
from core.ports import Ledger
from core.signs.lexicon import lexicons

_log = logging.getLogger(__name__)
_BOLT: Final = logging.getLogger("slack_bolt")


class SlackBot:
    """The Slack frontend."""

    platform = PLATFORM

    def __init__(self, settings: Settings, services: Services) -> None:
        """Build all parts; nothing connects before `serve`."""
        self._settings = settings
        self._services = services
        self._chores = Chores()
        self._installations = Installations(services.drawer)
        self.workspaces = Workspaces(settings, self._installations)
        self._threads = Threads(services.drawer, memory_s=settings.memory_s)
        self._policy = Policy(settings, services.drawer)
        self._notices = Notices(settings, services.words)
        self._agent = AgentView(settings, services.words, self._chores)
        self._errands = Errands(services.drawer, self._chores, memory_s=settings.memory_s)
        poster = Poster(services.throttle, settle_s=settings.settle_s)
        self._sender = Sender(
            settings,
            self.workspaces,
            poster,
            Pictures(services.blobs, poster),
            Streams(settings, self._threads, services.throttle),
            self._agent,
        )
        self.http = HttpTransport(settings.host, settings.port)
        self._source: SocketTransport | HttpTransport | None = None

    def trouble(self) -> str:
        """Return why events do not come; see `bots.Reachable`. HTTP is Slack's to call."""
        if self._source is None:
            return "not connected to Slack"
        if isinstance(self._source, SocketTransport) and not self._source.connected:
            return "the Socket Mode connection is away"
        return ""

    async def serve(self) -> None:
        """Take in events until cancelled; then stop listening, and let go of Slack.

        Raises:
            SlackApiError: The bot token is not good.
        """
        try:
            await asyncio.to_thread(self._warm_up)
            await self._identified()
            app = self._app()
            async with asyncio.TaskGroup() as group:
                self._chores.begin(group)
                await when_stored(self._errands.resume)
                self._source = self._transport()
                group.create_task(self._source.run(app), name="slack events")
        finally:
            self._chores.end()
            await self.workspaces.close()

    async def _identified(self) -> None:
        """Wait until Slack and the store answer; what no waiting mends is raised."""
        while True:
            try:
                return await when_stored(self.workspaces.identify)
            except ERRORS as error:
                trouble = sort(error)
                if trouble.kind not in {"limited", "down", "uncertain"}:
                    raise
                pause_s = max(PAUSE_S, trouble.after_s)
                _log.warning("not yet serving, next try in %.0f s: %s", pause_s, trouble.code)
                await asyncio.sleep(pause_s)

    async def show(self, reply: Reply, ledger: Ledger) -> None:
        await self._sender.show(reply, ledger)

    async def progress(self, live: Live, ledger: Ledger) -> None:
        await self._sender.progress(live, ledger)

    def _warm_up(self) -> None:
        """Read the catalogue and the signs of alarm, so that the first acknowledgement is quick."""
        self._services.words.locales()
        lexicons()

    def _app(self) -> AsyncApp:
        secret = self._settings.signing_secret
        app = AsyncApp(
            name="skingen",
            logger=_BOLT,
            client=self.workspaces.client(),
            authorize=self.workspaces,  # type: ignore[arg-type]  # an AsyncAuthorize is taken, too
            signing_secret=secret.get_secret_value() if secret else "",
            process_before_response=True,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        fetching, intake, home = self._inbound()
        EventListeners(
            intake=intake,
            fetching=fetching,
            workspaces=self.workspaces,
            home=home,
            agent=self._agent,
            chores=self._chores,
        ).attach(app)
        Gestures(
            intake=intake,
            workspaces=self.workspaces,
            policy=self._policy,
            notices=self._notices,
            home=home,
            chores=self._chores,
        ).attach(app)
        return app

    def _inbound(self) -> tuple[Fetching, Intake, Home]:
        downloads = Downloads(
            self.workspaces.session,
            api_url=self._settings.api_url,
            max_size_bytes=self._settings.max_file_size_bytes,
        )
        fetching = Fetching(self.workspaces, downloads, self._notices)
        intake = Intake(
            self._settings,
            self._services.conversation,
            workspaces=self.workspaces,
            threads=self._threads,
            policy=self._policy,
            errands=self._errands,
            notices=self._notices,
            chores=self._chores,
        )
        fetching.hand_to(intake.hand_over)
        self._errands.handle_with(fetching.do)
        return fetching, intake, Home(self._notices, self._threads, self._policy)

    def _transport(self) -> SocketTransport | HttpTransport:
        settings = self._settings
        if settings.transport == "socket" and settings.app_token is not None:
            token = settings.app_token.get_secret_value()
            return SocketTransport(token, self.workspaces.client)
        states = States(self._services.drawer)
        self.http.pages = oauth.routes(
            settings, self.workspaces.client(), self._installations, states
        )
        return self.http


def build(settings: Settings, services: Services) -> SlackBot:
    """Make the Slack frontend; nothing connects before it serves."""
    return SlackBot(settings, services)
