"""Finds and takes back what was sent twice because the first send was never confirmed.

Telegram numbers messages upwards, in one count for all private chats of a bot, and a bot can edit
none but its own. So a message that got lost on its way back to us has an id between the newest that
was known before it was sent and the one that was sent in its place, and an edit that would change
nothing tells whether an id is ours. What is ours and not known to us is deleted. What a person
wrote in between cannot be edited, and so is never touched.

A search is owed from the moment of the second send: it stands in the ledger, so that whoever comes
after a kill makes good on it, and it is done twice, a moment apart, for a first send may reach
Telegram later than the second.
"""

import logging
from collections.abc import Iterable
from typing import Final

from telegram.error import BadRequest
from telegram.ext import ExtBot

from bots.telegram_bot.chats import Chats
from bots.telegram_bot.connection import is_unchanged
from bots.telegram_bot.pacing import Patience
from bots.telegram_bot.targets import GONE
from core.ports import Ledger

MOST_TRIES: Final = 6
"""Tries of one send whose strays are looked for, the newest ones."""

MOST_LOOKS: Final = 60
"""Ids looked at for the strays of one send; those right behind each try, where a stray that
reached Telegram at once must be. A busy bot has more between."""

LEAST_LOOKS: Final = 20
"""Ids looked at for each try, however many there were."""

LATE_LOOKS: Final = 20
"""Ids above the known message that the second look tries: a late arrival is numbered late."""

_FIRST_LOOK: Final = "stray"
_SECOND_LOOK: Final = "late"
_log = logging.getLogger(__name__)


class Strays:
    """Messages that stand in a chat although we never heard so."""

    def __init__(self, bot: ExtBot[Patience], chats: Chats) -> None:
        self._bot = bot
        self._chats = chats

    async def expect(self, ledger: Ledger, name: str, chat_id: int) -> bool:
        """Note, before a send, the newest message of the chat; returns whether this is a new try.

        The notes of earlier tries stay: what comes right behind each may be its stray.
        """
        again = ledger.intended(name)
        tries, newest = _tries(ledger, name), self._chats.newest(str(chat_id))
        if newest and newest not in tries:
            noted = ",".join(map(str, [*tries, newest][-MOST_TRIES:]))
            await ledger.record(f"before.{name}", noted)
        await ledger.intend(name)
        return again

    async def confirm(self, chat_id: int, message_id: int) -> None:
        """Note a message that we know of."""
        await self._chats.sent(chat_id, message_id)
        await self._chats.keep_newest()

    async def owe(self, ledger: Ledger, name: str, below: int) -> None:
        """Note that an earlier try may have left something below the message of this one."""
        await ledger.record(f"{_FIRST_LOOK}.{name}", str(below))

    async def settle(self, ledger: Ledger, chat_id: int) -> bool:
        """Do the searches that are owed; returns whether to come again in a moment.

        Raises:
            TelegramError: Telegram is away; what was not searched is still owed.
        """
        once_more = False
        for part, below in list(ledger.parts().items()):
            look, _, name = part.partition(".")
            if look not in {_FIRST_LOOK, _SECOND_LOOK} or below == GONE:
                continue
            tries = _tries(ledger, name)
            looks = max(LEAST_LOOKS, MOST_LOOKS // max(1, len(tries)))
            behind = {one + n for one in tries for n in range(1, looks + 1)}
            await self._take_back(ledger, chat_id, sorted(i for i in behind if i < int(below)))
            if look == _SECOND_LOOK:
                late = range(int(below) + 1, int(below) + 1 + LATE_LOOKS)
                await self._take_back(ledger, chat_id, late)
            else:
                await ledger.record(f"{_SECOND_LOOK}.{name}", below)
                once_more = True
            await ledger.record(part, GONE)
        return once_more

    async def _take_back(self, ledger: Ledger, chat_id: int, ids: Iterable[int]) -> None:
        """Delete what is ours among some ids and neither in the ledger nor known."""
        # What any process has sent here for any reply is no stray, even if we never heard of it.
        known = {int(value) for value in ledger.parts().values() if value.isdecimal()}
        known.update(await self._chats.sent_to(chat_id))
        for message_id in ids:
            if message_id in known or self._chats.knows(chat_id, message_id):
                continue
            if await self._is_ours(chat_id, message_id):
                await self._delete(chat_id, message_id)

    async def _delete(self, chat_id: int, message_id: int) -> None:
        try:
            await self._bot.delete_message(chat_id, message_id)
        except BadRequest as error:
            _log.info("a stray is left: %s", error)
        else:
            _log.info("a message that was sent twice is taken back")

    async def _is_ours(self, chat_id: int, message_id: int) -> bool:
        try:
            await self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id)
        except BadRequest as error:
            return is_unchanged(error)
        return True


def _tries(ledger: Ledger, name: str) -> list[int]:
    """Return the newest message ids that were known before each try of a send."""
    noted = ledger.message_id(f"before.{name}")
    return [int(one) for one in noted.split(",")] if noted else []
