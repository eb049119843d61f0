"""Telegram's own drafts: text that appears while it is written, with Telegram's own Stop below it.

A draft is no message: it fades after half a minute, and goes when the bot sends a message. So the
answer is sent anew when it is there, and nothing of the draft stays behind.
"""

import zlib

from telegram.error import BadRequest
from telegram.ext import ExtBot

from bots.telegram_bot.pacing import Patience
from bots.telegram_bot.rendering import Carrier, plan
from bots.telegram_bot.richtext import RichText
from bots.telegram_bot.streaming import Placeholder
from bots.telegram_bot.targets import Target
from core.domain.replies import Reply


class Drafts:
    """Shows placeholders and progress as drafts, where that is possible."""

    def __init__(self, bot: ExtBot[Patience], *, enabled: bool) -> None:
        self._bot = bot
        self._enabled = enabled

    async def begin(self, reply: Reply, target: Target) -> Placeholder | None:
        """Show a placeholder as a draft; None where it must be a message instead.

        Only private chats have drafts, and a chat may still refuse one.
        """
        first = next((part for part in plan(reply) if isinstance(part, Carrier)), None)
        if not self._enabled or target.chat_id <= 0 or first is None:
            return None
        place = Placeholder(
            slot=reply.slot,
            chat_id=str(target.chat_id),
            draft_id=zlib.crc32(reply.slot.encode()) or 1,
            thread_id=target.thread_id,
            text=first.text.text,
        )
        try:
            await self.send(place, first.text)
        except BadRequest:
            return None
        return place

    async def send(self, place: Placeholder, text: RichText) -> None:
        """Show or change a draft.

        Raises:
            TelegramError: It is not shown.
        """
        await self._bot.send_message_draft(
            int(place.chat_id),
            place.draft_id,
            text.text,
            message_thread_id=place.thread_id,
            entities=text.entities(),
            # Newer than the library.
            api_kwargs={"can_stop": True},
            rate_limit_args=Patience(longest_s=0.0, live=True),
        )
