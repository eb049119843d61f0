"""Turns what happens on Telegram into `Incoming`, and answers what never reaches the core."""

import logging
from dataclasses import dataclass, replace
from typing import Final, assert_never

from telegram import CallbackQuery, Message, User
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bots.telegram_bot.access import ADMIN_COMMANDS, Access, Counters
from bots.telegram_bot.addressing import is_addressed, without_name
from bots.telegram_bot.buttons import decode
from bots.telegram_bot.chats import Chats
from bots.telegram_bot.content import Content, ImageFile, content_of, image_of
from bots.telegram_bot.files import Files, FileUnavailable
from bots.telegram_bot.hints import DEEP_LINK, Hints, Place, Sentence
from bots.telegram_bot.pacing import Pacer, Patience
from bots.telegram_bot.settings import Settings
from bots.telegram_bot.updates import Admitted, Event, Ignored, Pressed, Said
from core.conversation import Conversation
from core.domain.messages import ChatRef, Command, Incoming, Person
from core.words import Words

PLATFORM: Final = "telegram"
_LINKED: Final = ("reference", "language", "help", "privacy")
"""Commands that a deep link ``/start <name>-<argument>`` may carry."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What intake is made of."""

    bot: ExtBot[Patience]
    settings: Settings
    conversation: Conversation
    words: Words
    chats: Chats
    hints: Hints
    access: Access
    files: Files
    pacer: Pacer
    counters: Counters


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """A message that is meant for the bot, with what intake found out about it."""

    message: Message
    content: Content
    sender: User
    key: str
    keys: tuple[str, ...]
    edited: bool

    @property
    def in_group(self) -> bool:
        """True where others read along."""
        return self.message.chat.type != ChatType.PRIVATE

    @property
    def locale(self) -> str:
        """Language tag that the sender's Telegram reports."""
        return self.sender.language_code or "en"

    @property
    def place(self) -> Place:
        """Where a hint about it goes."""
        return Place(
            chat_id=str(self.message.chat.id),
            thread_id=thread_of(self.message),
            quotes=str(self.message.message_id) if self.in_group else "",
        )


class Intake:
    """The way in."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def handle(self, event: Event, update_id: int) -> None:
        """Do what an update asks for; when this returns, it is durable.

        Raises:
            InfrastructureError: It could not be made durable.
        """
        match event:
            case Said(message=message, edited=edited):
                await self._said(message, update_id, edited=edited)
            case Pressed(query=query):
                await self._pressed(query, update_id)
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

    def _ignore(self, update_id: int, reason: str) -> None:
        self._p.counters.ignored += 1
        _log.debug("update %d ignored: %s", update_id, reason)

    async def _said(self, message: Message, update_id: int, *, edited: bool) -> None:
        await self._moved(message)
        sender = message.from_user
        if sender is None or sender.is_bot or message.sender_chat is not None:
            return self._ignore(update_id, "not written by a person")
        content = content_of(message)
        if not await self._is_ours(message, content):
            return self._ignore(update_id, "not addressed to the bot")
        content = self._cleaned(message, content, edited=edited)
        if content.empty or (edited and not content.text):
            return self._ignore(update_id, "nothing in it for the bot")
        self._p.counters.handled += 1
        self._p.counters.people.add(sender.id)
        self._p.chats.note_locale(str(sender.id), sender.language_code or "en")
        chat = self._p.chats.home(str(message.chat.id))
        version = f":{int(message.edit_date.timestamp())}" if edited and message.edit_date else ""
        key = f"telegram:message:{chat}:{message.message_id}{version}"
        said = _Message(
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
        image = None if edited else content.image or _quoted_image(message)
        return replace(content, text=text, image=image)

    async def _admit(self, said: _Message) -> bool:
        """Return whether a person may go on, after telling them why not."""
        standing = await self._p.access.standing(said.sender.id)
        if standing == "unknown":
            who = {"who": str(said.sender.id)}
            await self._hint(said, Sentence("telegram-not-listed", who))
        return standing == "allowed"

    async def _route(self, said: _Message) -> None:
        command = said.content.command
        is_admin = self._p.access.is_admin(said.sender.id)
        if command and command.name in ADMIN_COMMANDS and is_admin:
            return await self._administer(said, command)
        user_id = str(said.sender.id)
        if not said.in_group:
            await self._p.chats.open_door(user_id)
            return await self._take(said, self._home(said))
        if self._p.settings.group_answers == "group":
            return await self._take(said, self._home(said))
        if not await self._p.chats.door_is_open(user_id):
            return await self._notice(said, "telegram-ask-me-privately")
        await self._take(said, ChatRef(platform=PLATFORM, chat_id=user_id))
        return await self._notice(said, "telegram-answering-privately")

    def _home(self, said: _Message) -> ChatRef:
        chat_id = self._p.chats.home(str(said.message.chat.id))
        return ChatRef(platform=PLATFORM, chat_id=chat_id, thread_id=thread_of(said.message))

    async def _take(self, said: _Message, chat: ChatRef) -> None:
        """Hand a message to the conversation."""
        if said.content.unusable:
            await self._hint(said, Sentence(said.content.unusable))
        photos: tuple[bytes, ...] = ()
        if said.content.image:
            try:
                photos = (await self._p.files.fetch(said.content.image),)
            except FileUnavailable as error:
                await self._hint(said, Sentence(error.key))
        if photos or said.content.text or said.content.command:
            await self._p.conversation.receive(_incoming(said, chat, photos))

    async def _hint(self, said: _Message, sentence: Sentence) -> None:
        mark = f"{said.key}:{sentence.key}"
        await self._p.hints.say(said.place, said.locale, sentence, mark=mark)

    async def _notice(self, said: _Message, key: str) -> None:
        mark = said.message.media_group_id or said.key
        await self._p.hints.say(
            said.place, said.locale, Sentence(key), mark=f"notice:{mark}", link=True
        )

    async def _administer(self, said: _Message, command: Command) -> None:
        if command.name != "stats":
            return await self._hint(said, await self._p.access.decide(command))
        values = self._p.counters.values() | await self._p.access.counts()
        values["halted"] = str(self._p.pacer.halted_chats())
        return await self._hint(said, Sentence("telegram-admin-stats", values))

    async def _pressed(self, query: CallbackQuery, update_id: int) -> None:
        if query.message is None or await self._p.access.standing(query.from_user.id) != "allowed":
            self._ignore(update_id, "a button of nobody's message, or pressed by a blocked person")
            return await self._answer(query, None)
        command = decode(query.data)
        if command is None:
            return await self._answer(query, "telegram-old-button")
        self._p.counters.handled += 1
        chat = query.message.chat
        thread = thread_of(query.message) if isinstance(query.message, Message) else ""
        await self._p.conversation.receive(
            Incoming(
                keys=(f"telegram:update:{update_id}", f"telegram:press:{query.id}"),
                chat=ChatRef(
                    platform=PLATFORM,
                    chat_id=self._p.chats.home(str(chat.id)),
                    thread_id=thread,
                ),
                sender=Person(platform=PLATFORM, user_id=str(query.from_user.id)),
                command=command,
                locale=query.from_user.language_code or "en",
                private=chat.type == ChatType.PRIVATE,
            )
        )
        return await self._answer(query, None)

    async def _answer(self, query: CallbackQuery, key: str | None) -> None:
        """Stop the button's spinner, with a sentence if there is one to say."""
        language = self._p.words.match(query.from_user.language_code)
        text = self._p.words.text(language, key) if key else None
        try:
            await self._p.bot.answer_callback_query(query.id, text, show_alert=bool(text))
        except TelegramError as error:
            _log.debug("a press was not answered: %s", error)

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


def thread_of(message: Message) -> str:
    """Return the topic of a message; empty outside topics, where threads are mere reply chains."""
    return str(message.message_thread_id) if message.is_topic_message else ""


def _quoted_image(message: Message) -> ImageFile | None:
    """Return the sender's own photo that a group message answers: the bot has not seen it yet.

    Somebody else's photo stays out: its owner has not asked.
    """
    origin = message.reply_to_message
    if message.chat.type == ChatType.PRIVATE or origin is None or origin.from_user is None:
        return None
    own = message.from_user is not None and origin.from_user.id == message.from_user.id
    return image_of(origin) if own else None


def _incoming(said: _Message, chat: ChatRef, photos: tuple[bytes, ...]) -> Incoming:
    here = chat.chat_id != str(said.sender.id) or not said.in_group
    album = said.message.media_group_id
    return Incoming(
        keys=said.keys,
        chat=chat,
        sender=Person(platform=PLATFORM, user_id=str(said.sender.id)),
        message_id=str(said.message.message_id) if here else "",
        text="" if said.content.command else said.content.text,
        photos=photos,
        command=_linked(said.content.command),
        locale=said.locale,
        private=not said.in_group or not here,
        album=f"telegram:{album}" if album and not said.edited else "",
    )


def _linked(command: Command | None) -> Command | None:
    """Open a deep link: ``/start reference-ringworm`` asks for that reference."""
    if command is None or command.name != "start":
        return command
    name, _, argument = command.argument.partition("-")
    if name in _LINKED:
        return Command(name=name, argument=argument)
    return replace(command, argument="") if command.argument == DEEP_LINK else command
