"""The Telegram frontend: its parts, put together."""

import asyncio
import functools
import logging
import ssl
from typing import Final

import httpx
from telegram.error import InvalidToken, NetworkError
from telegram.ext import ExtBot

from bots import GiveUp, Services
from bots.telegram_bot.access import Access, Counters
from bots.telegram_bot.chats import Chats
from bots.telegram_bot.connection import TOKEN_REFUSED, Connection, keep_token_out_of_logs
from bots.telegram_bot.drafts import Drafts
from bots.telegram_bot.files import Files
from bots.telegram_bot.heard import PLATFORM
from bots.telegram_bot.hints import Hints, Place, Sentence
from bots.telegram_bot.intake import Intake
from bots.telegram_bot.lanes import Lanes
from bots.telegram_bot.media import Media
from bots.telegram_bot.menu import publish
from bots.telegram_bot.outgoing import Outgoing
from bots.telegram_bot.pacing import Pacer, Patience
from bots.telegram_bot.parts import Parts
from bots.telegram_bot.polling import GRACE_S, Poller
from bots.telegram_bot.richtext import RichText
from bots.telegram_bot.settings import Settings
from bots.telegram_bot.streaming import Placeholder, Streams
from bots.telegram_bot.targets import Target
from bots.telegram_bot.webhook import Webhook
from core.domain.errors import InfrastructureError
from core.domain.replies import Live, Reply
from core.ports import Ledger

_POOL: Final = 64
_RETRY_S: Final = 5.0
_ANSWERED_S: Final = 600.0
_log = logging.getLogger(__name__)


class TelegramFrontend:
    """See `bots.Frontend`."""

    platform = PLATFORM

    def __init__(self, settings: Settings, services: Services) -> None:
        keep_token_out_of_logs()
        self._settings = settings
        self._services = services
        self._pacer = Pacer(settings, services.throttle, services.drawer)
        self._polls, self._calls = _pool(settings, size=4), _pool(settings, size=_POOL)
        self._bot: ExtBot[Patience] = ExtBot(
            settings.token.get_secret_value(),
            base_url=f"{settings.api_url}/bot",
            base_file_url=f"{settings.api_url}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
            rate_limiter=self._pacer,
        )
        self._chats = Chats(services.drawer)
        self._counters = Counters()
        self._hints = Hints(self._bot, self._chats, services.words)
        self._streams = Streams(self._edit)
        # Polling is one process by nature; webhooks may be many, and another one may have answered.
        self._shared = settings.mode == "webhook"
        media = Media(self._bot, services.blobs, settings.upload_timeout_s)
        self._drafts = Drafts(self._bot, enabled=settings.streaming == "drafts")
        self._outgoing = Outgoing(self._bot, self._chats, self._streams, media, self._drafts)
        self._lanes = Lanes(self._bot, Intake(self._parts()))
        self._ready = asyncio.Event()
        self._source: Poller | Webhook | None = None

    def trouble(self) -> str:
        """Return why updates do not come; see `bots.Reachable`. Webhooks are Telegram's to call."""
        if not self._ready.is_set():
            return "not connected to Telegram"
        return self._source.trouble() if isinstance(self._source, Poller) else ""

    def _parts(self) -> Parts:
        return Parts(
            bot=self._bot,
            settings=self._settings,
            conversation=self._services.conversation,
            words=self._services.words,
            chats=self._chats,
            hints=self._hints,
            access=Access(self._settings, self._services.drawer),
            files=Files(self._bot, self._settings),
            pacer=self._pacer,
            counters=self._counters,
        )

    async def serve(self) -> None:
        """Take updates until cancelled."""
        try:
            await self._connect()
            self._ready.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._streams.run())
                group.create_task(self._menu())
                self._source = self._receiver()
                group.create_task(self._source.run())
        finally:
            self._ready.clear()
            await self._bot.shutdown()
            # A bot that never came up does not close its connections itself.
            for pool in (self._calls, self._polls):
                await pool.shutdown()

    def _receiver(self) -> Poller | Webhook:
        if self._settings.mode == "webhook":
            return Webhook(
                self._bot, self._settings, self._lanes, self._chats, self._services.drawer
            )
        return Poller(
            bot=self._bot,
            request=self._polls,
            lanes=self._lanes,
            drawer=self._services.drawer,
            timeout_s=self._settings.poll_timeout_s,
            stuck_s=max(self._settings.poll_stuck_s, self._settings.poll_timeout_s + GRACE_S),
        )

    async def _connect(self) -> None:
        """Wait for Telegram and the store.

        Raises:
            InfrastructureError: Telegram does not accept the token; no waiting mends that.
        """
        while True:
            try:
                await self._bot.initialize()
                await self._chats.load()
            except InvalidToken:
                # The library's own message quotes the token.
                raise InfrastructureError(TOKEN_REFUSED) from None
            except (NetworkError, InfrastructureError) as error:
                _log.warning("not yet serving, next try in %.0f s: %s", _RETRY_S, error)
                await asyncio.sleep(_RETRY_S)
            else:
                _log.info("serving @%s by %s", self._bot.username, self._settings.mode)
                return

    async def _menu(self) -> None:
        await publish(self._bot, self._services.words, self._settings.admins)

    async def show(self, reply: Reply, ledger: Ledger) -> None:
        """Make one reply visible; see `bots.Frontend.show`."""
        await self._ready.wait()
        if self._shared and reply.stage == "final":
            await self._chats.first_time(f"answered:{reply.slot}", _ANSWERED_S)
        in_group = reply.chat.chat_id.startswith("-")
        aside = in_group and bool(reply.only_for) and self._settings.group_answers == "private"
        try:
            await self._outgoing.show(reply, ledger, self._target(reply, aside=aside))
        except GiveUp:
            if aside and reply.blocks:
                await self._call_inside(reply, "telegram-ask-me-privately")
            raise
        self._counters.shown += 1
        if aside and reply.stage == "final" and reply.blocks:
            await self._call_inside(reply, "telegram-answering-privately")

    def _target(self, reply: Reply, *, aside: bool) -> Target:
        chat_id = reply.only_for if aside else self._chats.address(reply.chat.chat_id)
        thread = "" if aside else reply.chat.thread_id
        return Target.of(chat_id, thread, "" if aside else reply.quotes)

    async def _call_inside(self, reply: Reply, key: str) -> None:
        """Tell a group that somebody was answered in private, with the door as a button."""
        place = Place(
            chat_id=reply.chat.chat_id, thread_id=reply.chat.thread_id, quotes=reply.quotes
        )
        locale = self._chats.locale(reply.only_for)
        mark = f"notice:{reply.chat.chat_id}:{reply.quotes or reply.slot}"
        await self._hints.say(place, locale, Sentence(key), mark=mark, link=True)

    async def progress(self, live: Live, ledger: Ledger) -> None:
        """Take note of an answer in the making; see `bots.Frontend.progress`."""
        del ledger  # the placeholder is known since it was shown
        self._streams.offer(live)

    async def _edit(self, place: Placeholder, text: RichText) -> None:
        if self._shared and await self._chats.is_marked(f"answered:{place.slot}"):
            return
        if place.draft_id:
            await self._drafts.send(place, text)
            return
        await self._bot.edit_message_text(
            text.text,
            chat_id=int(place.chat_id),
            message_id=place.message_id,
            entities=text.entities(),
            reply_markup=place.keys,
            rate_limit_args=Patience(longest_s=0.0, live=True),
        )


def _pool(settings: Settings, *, size: int) -> Connection:
    return Connection(
        connection_pool_size=size,
        read_timeout=settings.request_timeout_s,
        write_timeout=settings.request_timeout_s,
        connect_timeout=settings.request_timeout_s,
        pool_timeout=settings.request_timeout_s,
        media_write_timeout=settings.upload_timeout_s,
        httpx_kwargs={"verify": _tls()},
    )


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return the one TLS context of all pools: reading the certificates takes its time."""
    return httpx.create_ssl_context()
