"""Finds and takes back what was sent twice because the first send was never confirmed.

Telegram numbers messages upwards, in one count for all private chats of a bot, and a bot can edit
none but its own. So a message that got lost on its way back to us has an id between the newest that
was known before it was sent and the one that was sent in its place, and an edit that would change
nothing tells whether an id is ours. What is ours and not known to us is deleted. What a person
wrote in between cannot be edited, and so is never touched.
"""

import logging
from collections import OrderedDict
from typing import Final

from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bots.telegram_bot.chats import Chats
from bots.telegram_bot.connection import is_unchanged
from bots.telegram_bot.pacing import Patience
from core.ports import Ledger

MOST_LOOKS: Final = 60
"""Ids looked at for one stray; the nearest to the send come first. A busy bot has more between."""

_KNOWN: Final = 20_000
_log = logging.getLogger(__name__)


class Strays:
    """Messages that stand in a chat although we never heard so."""

    def __init__(self, bot: ExtBot[Patience], chats: Chats) -> None:
        self._bot = bot
        self._chats = chats
        self._ours: OrderedDict[tuple[int, int], None] = OrderedDict()

    async def expect(self, ledger: Ledger, name: str, chat_id: int) -> bool:
        """Note, before a send, the newest message of the chat; returns whether this is a new try.

        The note of the first try stays: everything after it may be a stray.
        """
        again = ledger.intended(name)
        newest = self._chats.newest(str(chat_id))
        if newest and not ledger.message_id(f"before.{name}"):
            await ledger.record(f"before.{name}", str(newest))
        await ledger.intend(name)
        return again

    async def confirm(self, chat_id: int, message_id: int) -> None:
        """Note a message that we know of."""
        self._chats.saw(str(chat_id), message_id)
        self._ours[chat_id, message_id] = None
        while len(self._ours) > _KNOWN:
            self._ours.popitem(last=False)
        await self._chats.keep_newest()

    async def take_back(self, ledger: Ledger, name: str, chat_id: int, below: int) -> None:
        """Delete what an earlier try left between its note and ``below``."""
        before = int(ledger.message_id(f"before.{name}") or below)
        known = {int(value) for value in ledger.parts().values() if value.isdecimal()}
        for message_id in range(before + 1, min(below, before + 1 + MOST_LOOKS)):
            if message_id in known or (chat_id, message_id) in self._ours:
                continue
            try:
                if await self._is_ours(chat_id, message_id):
                    await self._bot.delete_message(chat_id, message_id)
                    _log.info("a message that was sent twice is taken back")
            except TelegramError as error:
                _log.info("a stray may be left: %s", type(error).__name__)
                return

    async def _is_ours(self, chat_id: int, message_id: int) -> bool:
        try:
            await self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id)
        except BadRequest as error:
            return is_unchanged(error)
        return True
