"""Pressed buttons."""

import logging
from typing import Final

from telegram import CallbackQuery, Message
from telegram.constants import ChatType
from telegram.error import TelegramError

from bots.telegram_bot.buttons import decode
from bots.telegram_bot.heard import PLATFORM, thread_of
from bots.telegram_bot.parts import Parts
from bots.telegram_bot.updates import Stopped
from core.domain.messages import ChatRef, Command, Incoming, Person

ERASE: Final = Command(name="delete", argument="yes")
"""What confirms that everything is to be erased."""

_log = logging.getLogger(__name__)


class Presses:
    """Takes presses of buttons in."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def take(self, query: CallbackQuery, update_id: int) -> None:
        """Hand a press to the conversation, and stop the button's spinner.

        Raises:
            InfrastructureError: It could not be made durable.
        """
        standing = await self._p.access.standing(query.from_user.id)
        if query.message is None or standing != "allowed":
            self._p.counters.ignored += 1
            return await self._answer(query, None)
        command = decode(query.data)
        if command is None:
            return await self._answer(query, "telegram-old-button")
        self._p.counters.handled += 1
        await self._p.conversation.receive(self._incoming(query, command, update_id))
        if command == ERASE:
            await self._p.chats.forget(str(query.from_user.id))
        return await self._answer(query, None)

    async def stop(self, event: Stopped, update_id: int) -> None:
        """Hand Telegram's own Stop to the conversation.

        Raises:
            InfrastructureError: It could not be made durable.
        """
        if event.chat_id <= 0 or await self._p.access.standing(event.chat_id) != "allowed":
            self._p.counters.ignored += 1
            return
        self._p.counters.handled += 1
        user_id = str(event.chat_id)
        await self._p.conversation.receive(
            Incoming(
                keys=(f"telegram:update:{update_id}",),
                chat=ChatRef(platform=PLATFORM, chat_id=user_id, thread_id=event.thread_id),
                sender=Person(platform=PLATFORM, user_id=user_id),
                command=Command(name="stop"),
                locale=self._p.chats.locale(user_id),
            )
        )

    def _incoming(self, query: CallbackQuery, command: Command, update_id: int) -> Incoming:
        message = query.message
        if message is None:
            raise ValueError("a press without a message")
        chat_id = self._p.chats.home(str(message.chat.id))
        thread = thread_of(message) if isinstance(message, Message) else ""
        return Incoming(
            keys=(f"telegram:update:{update_id}", f"telegram:press:{query.id}"),
            chat=ChatRef(platform=PLATFORM, chat_id=chat_id, thread_id=thread),
            sender=Person(platform=PLATFORM, user_id=str(query.from_user.id)),
            command=command,
            locale=query.from_user.language_code or "en",
            private=message.chat.type == ChatType.PRIVATE,
        )

    async def _answer(self, query: CallbackQuery, key: str | None) -> None:
        """Stop the button's spinner, with a sentence if there is one to say."""
        language = self._p.words.match(query.from_user.language_code)
        text = self._p.words.text(language, key) if key else None
        try:
            await self._p.bot.answer_callback_query(query.id, text, show_alert=bool(text))
        except TelegramError as error:
            _log.debug("a press was not answered: %s", error)
