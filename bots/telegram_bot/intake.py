"""Takes updates in: what is for the core goes there, the rest is answered here or left alone."""

import logging
from dataclasses import replace
from typing import Final, assert_never

from telegram import Message
from telegram.constants import ChatAction, ChatType
from telegram.error import TelegramError

from bots.telegram_bot.access import ADMIN_COMMANDS
from bots.telegram_bot.addressing import is_addressed, without_name
from bots.telegram_bot.content import Content, content_of
from bots.telegram_bot.files import FileUnavailable
from bots.telegram_bot.heard import PLATFORM, Heard, quoted_image, thread_of
from bots.telegram_bot.hints import Place, Sentence
from bots.telegram_bot.parts import Parts
from bots.telegram_bot.presses import ERASE, Presses
from bots.telegram_bot.updates import Admitted, Event, Ignored, Pressed, Said, Stopped
from core.domain.messages import ChatRef, Command

PERSONAL: Final = frozenset({"delete", "export", "history"})
"""Commands whose answer nobody else in a group reads, whatever the operator chose."""

_log = logging.getLogger(__name__)


class Intake:
    """The way in."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._presses = Presses(parts)

    async def handle(self, event: Event, update_id: int) -> None:
        """Do what an update asks for; when this returns, it is durable.

        Raises:
            InfrastructureError: It could not be made durable.
        """
        match event:
            case Said(message=message, edited=edited):
                await self._said(message, update_id, edited=edited)
            case Pressed(query=query):
                await self._presses.take(query, update_id)
            case Stopped():
                await self._presses.stop(event, update_id)
            case Admitted():
                await self._admitted(event, update_id)
            case Ignored(reason=reason):
                self._ignore(update_id, reason)
            case _:
                assert_never(event)

    async def apologise(self, event: Event, update_id: int) -> None:
        """Tell the sender of a message that it got lost through a fault of ours."""
        if isinstance(event, Said) and event.message.from_user:
            await self._p.hints.say(
                Place(chat_id=str(event.message.chat.id), thread_id=thread_of(event.message)),
                event.message.from_user.language_code or "en",
                Sentence("telegram-went-wrong"),
                mark=f"sorry:{update_id}",
            )

    async def turn_away(self, event: Event, kept: int) -> None:
        """Tell who sends too much at once, once a minute, that the rest is not kept."""
        if not isinstance(event, Said) or event.message.from_user is None:
            return
        chat = str(event.message.chat.id)
        await self._p.hints.say(
            Place(chat_id=chat, thread_id=thread_of(event.message)),
            event.message.from_user.language_code or "en",
            Sentence("telegram-too-many-waiting", {"count": str(kept)}),
            mark=f"too-many:{chat}:{event.message.date:%d%H%M}",
        )

    def _ignore(self, update_id: int, reason: str) -> None:
        self._p.counters.ignored += 1
        _log.debug("update %d ignored: %s", update_id, reason)

    async def _said(self, message: Message, update_id: int, *, edited: bool) -> None:
        await self._moved(message)
        sender = message.from_user
        if sender is None or sender.is_bot or message.sender_chat is not None:
            return self._ignore(update_id, "not written by a person")
        self._p.chats.saw(str(message.chat.id), message.message_id)
        content = content_of(message)
        if not await self._is_ours(message, content):
            return self._ignore(update_id, "not addressed to the bot")
        content = self._cleaned(message, content, edited=edited)
        if content.empty or (edited and not content.text):
            return self._ignore(update_id, "nothing in it for the bot")
        # Whoever sends the answer may be another process, that has heard nothing yet.
        await self._p.chats.keep_newest()
        self._p.counters.handled += 1
        self._p.counters.people.add(sender.id)
        self._p.chats.note_locale(str(sender.id), sender.language_code or "en")
        chat = self._p.chats.home(str(message.chat.id))
        version = f":{int(message.edit_date.timestamp())}" if edited and message.edit_date else ""
        key = f"telegram:message:{chat}:{message.message_id}{version}"
        said = Heard(
            message=message,
            content=content,
            sender=sender,
            key=key,
            keys=(f"telegram:update:{update_id}", key),
            edited=edited,
        )
        if await self._admit(said):
            await self._route(said)
        return None

    async def _moved(self, message: Message) -> None:
        here = str(message.chat.id)
        if message.migrate_to_chat_id is not None:
            await self._p.chats.move(here, str(message.migrate_to_chat_id))
        if message.migrate_from_chat_id is not None:
            await self._p.chats.move(str(message.migrate_from_chat_id), here)

    async def _is_ours(self, message: Message, content: Content) -> bool:
        if message.chat.type == ChatType.PRIVATE:
            return True
        if message.chat.type not in {ChatType.GROUP, ChatType.SUPERGROUP}:
            return False
        group_id = message.media_group_id
        if is_addressed(message, content, self._p.bot.bot):
            if group_id:
                await self._p.chats.address_album(group_id)
            return True
        return bool(group_id) and await self._p.chats.album_is_ours(group_id or "")

    def _cleaned(self, message: Message, content: Content, *, edited: bool) -> Content:
        text = without_name(content.text, self._p.bot.bot)
        image = None if edited else content.image or quoted_image(message, content.command)
        return replace(content, text=text, image=image)

    async def _admit(self, said: Heard) -> bool:
        """Return whether a person may go on, after telling them why not."""
        standing = await self._p.access.standing(said.sender.id)
        if standing == "unknown":
            who = {"who": str(said.sender.id)}
            await self._hint(said, Sentence("telegram-not-listed", who))
        return standing == "allowed"

    async def _route(self, said: Heard) -> None:
        command = said.content.command
        is_admin = self._p.access.is_admin(said.sender.id)
        if command and command.name in ADMIN_COMMANDS and is_admin:
            return await self._administer(said, command)
        user_id = str(said.sender.id)
        if not said.in_group:
            await self._p.chats.open_door(user_id)
            return await self._take(said, self._home(said))
        personal = command is not None and command.name in PERSONAL
        if self._p.settings.group_answers == "group" and not personal:
            return await self._take(said, self._home(said))
        if not await self._p.chats.door_is_open(user_id):
            return await self._notice(said, "telegram-ask-me-privately")
        await self._take(said, ChatRef(platform=PLATFORM, chat_id=user_id))
        return await self._notice(said, "telegram-answering-privately")

    def _home(self, said: Heard) -> ChatRef:
        chat_id = self._p.chats.home(str(said.message.chat.id))
        return ChatRef(platform=PLATFORM, chat_id=chat_id, thread_id=thread_of(said.message))

    async def _take(self, said: Heard, chat: ChatRef) -> None:
        """Hand a message to the conversation."""
        if said.content.unusable:
            await self._hint(said, Sentence(said.content.unusable))
        photos: tuple[bytes, ...] = ()
        if said.content.image:
            await self._show_typing(said)
            try:
                photos = (await self._p.files.fetch(said.content.image),)
            except FileUnavailable as error:
                await self._hint(said, Sentence(error.key))
        if photos or said.content.text or said.content.command:
            await self._p.conversation.receive(said.incoming(chat, photos))
        if said.content.command == ERASE:
            await self._p.chats.forget(str(said.sender.id))

    async def _show_typing(self, said: Heard) -> None:
        """Say that the photo is seen, before it has even been fetched."""
        thread = thread_of(said.message)
        try:
            await self._p.bot.send_chat_action(
                said.message.chat.id,
                ChatAction.TYPING,
                message_thread_id=int(thread) if thread else None,
            )
        except TelegramError as error:
            _log.debug("no chat action: %s", error)

    async def _hint(self, said: Heard, sentence: Sentence) -> None:
        mark = f"{said.key}:{sentence.key}"
        await self._p.hints.say(said.place, said.locale, sentence, mark=mark)

    async def _notice(self, said: Heard, key: str) -> None:
        mark = said.message.media_group_id or said.key
        await self._p.hints.say(
            said.place, said.locale, Sentence(key), mark=f"notice:{mark}", link=True
        )

    async def _administer(self, said: Heard, command: Command) -> None:
        if command.name != "stats":
            return await self._hint(said, await self._p.access.decide(command))
        values = self._p.counters.values() | await self._p.access.counts()
        values["halted"] = str(self._p.pacer.halted_chats())
        return await self._hint(said, Sentence("telegram-admin-stats", values))

    async def _admitted(self, event: Admitted, update_id: int) -> None:
        chat = event.change.chat
        if chat.type == ChatType.PRIVATE:
            if not event.inside:
                await self._p.chats.close_door(str(chat.id))
            return
        if chat.type in {ChatType.GROUP, ChatType.SUPERGROUP} and event.inside > event.was_inside:
            await self._p.hints.say(
                Place(chat_id=str(chat.id)),
                event.change.from_user.language_code or "en",
                Sentence(
                    f"telegram-group-hello-{self._p.settings.group_answers}",
                    {"name": self._p.bot.username},
                ),
                mark=f"telegram:update:{update_id}",
                link=True,
            )
