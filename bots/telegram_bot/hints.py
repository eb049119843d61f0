"""Small sentences of the frontend itself, such as "I cannot listen to voice messages".

They do not go through the outbox: each is sent at most once, and losing one harms nobody.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.error import ChatMigrated, TelegramError
from telegram.ext import ExtBot

from bots.telegram_bot.chats import Chats
from bots.telegram_bot.pacing import Patience
from core.words import Words

DEEP_LINK = "group"
"""What ``/start`` brings along when somebody comes from a group."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a hint goes.

    Attributes:
        chat_id: Telegram's id of the chat.
        thread_id: Topic; empty where there is none.
        quotes: Message that it answers; empty if none.
    """

    chat_id: str
    thread_id: str = ""
    quotes: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A catalogue key and the values that its sentence needs."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


class Hints:
    """Says catalogue sentences in chats."""

    def __init__(self, bot: ExtBot[Patience], chats: Chats, words: Words) -> None:
        self._bot = bot
        self._chats = chats
        self._words = words

    async def say(
        self, place: Place, locale: str, sentence: Sentence, *, mark: str, link: bool = False
    ) -> None:
        """Send one sentence, if no earlier call had the same mark.

        Args:
            place: Where.
            locale: Language tag as the platform reports it.
            sentence: What to say.
            mark: What makes it unique, such as the update's key.
            link: Whether a button below it opens the private chat.
        """
        if not await self._chats.first_time(mark):
            return
        language = self._words.match(locale)
        values: dict[str, Any] = dict(sentence.values)
        text = self._words.text(language, sentence.key, **values)
        keys = self._door(language) if link else None
        try:
            await self._send(place, text, keys)
        except ChatMigrated as error:
            await self._chats.move(place.chat_id, str(error.new_chat_id))
        except TelegramError as error:
            _log.info("a hint was not sent: %s", error)

    async def _send(self, place: Place, text: str, keys: InlineKeyboardMarkup | None) -> None:
        chat_id = int(self._chats.address(place.chat_id))
        quotes = ReplyParameters(int(place.quotes or 0), allow_sending_without_reply=True)
        sent = await self._bot.send_message(
            chat_id,
            text,
            message_thread_id=int(place.thread_id) if place.thread_id else None,
            reply_parameters=quotes if place.quotes else None,
            reply_markup=keys,
            rate_limit_args=Patience(longest_s=3.0),
        )
        await self._chats.sent(chat_id, sent.message_id)

    def _door(self, language: str) -> InlineKeyboardMarkup:
        label = self._words.text(language, "telegram-open-private")
        url = f"https://t.me/{self._bot.username}?start={DEEP_LINK}"
        return InlineKeyboardMarkup.from_button(InlineKeyboardButton(label, url=url))
