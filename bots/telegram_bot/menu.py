"""The list of commands behind the menu button, in every language of the catalogue."""

import logging
from typing import Final

from telegram import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bots.telegram_bot.access import ADMIN_COMMANDS
from bots.telegram_bot.pacing import Patience
from core.words import FALLBACK, Words

COMMANDS: Final = (
    "new",
    "reference",
    "pick",
    "verify",
    "history",
    "stop",
    "language",
    "feedback",
    "privacy",
    "export",
    "delete",
    "help",
)

_log = logging.getLogger(__name__)


async def publish(bot: ExtBot[Patience], words: Words, admins: frozenset[int]) -> None:
    """Tell Telegram the commands; a failure is logged, since the bot works without a menu."""
    try:
        for locale in words.locales():
            # English is also what everybody sees whose language is not there.
            language = None if locale == FALLBACK else locale
            scope = BotCommandScopeAllPrivateChats()
            await bot.set_my_commands(_list(words, locale), scope, language_code=language)
        for admin in sorted(admins):
            whole = _list(words, FALLBACK, COMMANDS + ADMIN_COMMANDS)
            await bot.set_my_commands(whole, BotCommandScopeChat(admin))
    except TelegramError as error:
        _log.warning("the menu of commands is not up to date: %s", error)


def _list(words: Words, locale: str, names: tuple[str, ...] = COMMANDS) -> list[BotCommand]:
    return [BotCommand(name, words.text(locale, f"telegram-menu-{name}")) for name in names]
