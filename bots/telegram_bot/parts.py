"""What the way in is made of."""

from dataclasses import dataclass

from telegram.ext import ExtBot

from bots.telegram_bot.access import Access, Counters
from bots.telegram_bot.chats import Chats
from bots.telegram_bot.files import Files
from bots.telegram_bot.hints import Hints
from bots.telegram_bot.pacing import Pacer, Patience
from bots.telegram_bot.settings import Settings
from core.conversation import Conversation
from core.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that taking in an update may need."""

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
