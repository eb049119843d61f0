"""Makes replies visible, so that doing it again changes nothing.

Every single message is first sent as its *anchor*, a short text whose id goes to the ledger, and
then edited into shape: sending is the one step that Telegram cannot repeat safely, and an anchor
that was sent twice shows no content twice. A placeholder is an anchor with words. Albums cannot be
edited into being: when the answer to their send is lost, they are sent again.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from telegram import InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.error import BadRequest, ChatMigrated, TelegramError
from telegram.ext import ExtBot

from bots import TryLater
from bots.telegram_bot.buttons import keyboard
from bots.telegram_bot.chats import Chats
from bots.telegram_bot.connection import FloodWait, delivery_errors, is_gone, is_unchanged
from bots.telegram_bot.drafts import Drafts
from bots.telegram_bot.media import Media
from bots.telegram_bot.pacing import Patience
from bots.telegram_bot.rendering import Album, Carrier, plan
from bots.telegram_bot.richtext import RichText
from bots.telegram_bot.strays import Strays
from bots.telegram_bot.streaming import Placeholder, Streams
from bots.telegram_bot.targets import GONE, Target, sent_id
from core.domain.errors import LeaseLost, StoreUnavailable
from core.domain.replies import Reply
from core.ports import Ledger

ANCHOR: Final = "…"
_SETTLE_S: Final = 2.0
_PAUSES_S: Final = (0.5, 2.0, 10.0)
_REMEMBERED: Final = 5_000
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """What was sent: message ids by their names in the ledger, and whether it was a new try."""

    parts: dict[str, int]
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One carrier of a reply on its way."""

    name: str
    carrier: Carrier
    target: Target
    keys: InlineKeyboardMarkup | None
    reply: Reply
    ledger: Ledger

    @property
    def message_id(self) -> int | None:
        """Id of the message, or None before it was sent."""
        return sent_id(self.ledger, self.name)


class Outgoing:
    """Shows replies in chats."""

    def __init__(
        self,
        bot: ExtBot[Patience],
        chats: Chats,
        streams: Streams,
        media: Media,
        drafts: Drafts,
    ) -> None:
        self._bot = bot
        self._chats = chats
        self._streams = streams
        self._media = media
        self._drafts = drafts
        self._strays = Strays(bot, chats)
        self._shown: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._unwritten: OrderedDict[tuple[str, str], _Sent] = OrderedDict()

    async def show(self, reply: Reply, ledger: Ledger, target: Target) -> None:
        """Make a reply visible.

        Raises:
            TryLater: Telegram is away, or the chat must rest.
            GiveUp: The chat cannot be reached.
        """
        with delivery_errors():
            try:
                await self._show(reply, ledger, target)
            except ChatMigrated as error:
                await self._chats.move(str(target.chat_id), str(error.new_chat_id))
                raise

    async def _show(self, reply: Reply, ledger: Ledger, target: Target) -> None:
        if reply.stage == "waiting" and sent_id(ledger, "text.0") is None:
            draft = await self._drafts.begin(reply, target)
            if draft is not None:
                return self._streams.begin(draft)
        unsure = reply.stage == "final" and await self._streams.finish(reply.slot)
        parts = plan(reply, placed=sent_id(ledger, "text.0") is not None)
        carriers = [part for part in parts if isinstance(part, Carrier)]
        keys = keyboard(reply.buttons)
        number = albums = 0
        for part in parts:
            if isinstance(part, Album):
                await self._album(f"album.{albums}", part, reply, ledger, target)
                albums += 1
                continue
            last = number == len(carriers) - 1
            await self._carry(
                _Step(
                    name=f"text.{number}",
                    carrier=part,
                    target=target,
                    keys=keys if last else None,
                    reply=reply,
                    ledger=ledger,
                )
            )
            number += 1
        await self._sweep(ledger, target, number if parts else None)
        owed = await self._strays.settle(ledger, target.chat_id)
        return await self._after(reply, ledger, target, keys, unsure=unsure, again=owed)

    async def _after(
        self,
        reply: Reply,
        ledger: Ledger,
        target: Target,
        keys: InlineKeyboardMarkup | None,
        *,
        unsure: bool,
        again: bool,
    ) -> None:
        message_id = sent_id(ledger, "text.0")
        if reply.stage == "waiting" and message_id:
            self._streams.begin(
                Placeholder(
                    slot=reply.slot,
                    chat_id=str(target.chat_id),
                    message_id=message_id,
                    keys=keys,
                )
            )
        if unsure:
            # A progress edit may still be under way to Telegram: once it has landed, edit again.
            self._shown.pop((reply.slot, "text.0"), None)
        if unsure or again:
            raise TryLater(_SETTLE_S, spent=False)

    async def _carry(self, step: _Step) -> None:
        mark = (step.reply.slot, step.name)
        looks = hash((step.carrier, str(step.keys)))
        if step.message_id and self._shown.get(mark) == looks:
            return
        if step.message_id is None:
            await self._anchor(step)
        try:
            await self._shape(step)
        except BadRequest as error:
            if not is_gone(error):
                raise
            await self._delete(step.target, step.message_id)
            await self._anchor(step)
            await self._shape(step)
        self._shown[mark] = looks
        while len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)

    async def _anchor(self, step: _Step) -> None:
        """Send the message whose id everything else builds on."""
        waiting = step.reply.stage == "waiting" and step.carrier.file is None
        text = step.carrier.text if waiting else RichText(ANCHOR)

        async def send() -> dict[str, int]:
            sent = await self._send(step.target, text, step.keys if waiting else None, step.name)
            return {step.name: sent.message_id}

        await self._once(step.name, step.reply, step.ledger, step.target, send)
        if waiting:
            self._shown[step.reply.slot, step.name] = hash((step.carrier, str(step.keys)))

    async def _send(
        self, target: Target, text: RichText, keys: InlineKeyboardMarkup | None, name: str
    ) -> Message:
        async def call(thread_id: int | None) -> Message:
            return await self._bot.send_message(
                target.chat_id,
                text.text,
                entities=text.entities(),
                message_thread_id=thread_id,
                reply_parameters=target.quotes if name == "text.0" else None,
                reply_markup=keys,
                link_preview_options=_NO_PREVIEW,
            )

        try:
            return await call(target.thread_id)
        except BadRequest as error:
            if target.thread_id is None or "thread not found" not in str(error).casefold():
                raise
            return await call(None)

    async def _shape(self, step: _Step) -> None:
        """Edit the message into what it shall be; repeating it changes nothing."""
        if self._shown.get((step.reply.slot, step.name)) == hash((step.carrier, str(step.keys))):
            return
        try:
            if step.carrier.file is None:
                await self._edit_text(step)
            else:
                await self._media.shape(
                    step.target.chat_id, step.message_id or 0, step.carrier, step.keys, step.ledger
                )
        except BadRequest as error:
            if not is_unchanged(error):
                raise

    async def _edit_text(self, step: _Step) -> None:
        await self._bot.edit_message_text(
            step.carrier.text.text,
            chat_id=step.target.chat_id,
            message_id=step.message_id,
            entities=step.carrier.text.entities(),
            reply_markup=step.keys,
            link_preview_options=_NO_PREVIEW,
        )

    async def _album(
        self, name: str, album: Album, reply: Reply, ledger: Ledger, target: Target
    ) -> None:
        if sent_id(ledger, f"{name}.0"):
            return
        if ledger.intended(name):
            _log.warning("slot %s: an album may be shown twice for a moment", reply.slot)

        async def send() -> dict[str, int]:
            sent = await self._media.send_album(target.chat_id, target.thread_id, album)
            return {f"{name}.{number}": message_id for number, message_id in enumerate(sent)}

        await self._once(name, reply, ledger, target, send)

    async def _once(
        self,
        name: str,
        reply: Reply,
        ledger: Ledger,
        target: Target,
        send: Callable[[], Awaitable[dict[str, int]]],
    ) -> None:
        """Send what nobody has sent yet, and write down what came of it.

        What this process knows to be sent, and could not write down because the store was away, is
        not sent again. What was sent for a row that is somebody else's by now is taken back.
        """
        mark = (reply.slot, name)
        sent = self._unwritten.get(mark)
        if sent is None:
            again = await self._strays.expect(ledger, name, target.chat_id)
            sent = self._unwritten[mark] = _Sent(parts=await send(), again=again)
            while len(self._unwritten) > _REMEMBERED:
                self._unwritten.popitem(last=False)
        ids = sent.parts.values()
        try:
            if sent.again and ids:
                await self._strays.owe(ledger, name, min(ids))
            for part, message_id in reversed(sent.parts.items()):
                # The first is recorded last: it stands for the whole album.
                await ledger.record(part, str(message_id))
        except LeaseLost:
            self._unwritten.pop(mark, None)
            for message_id in ids:
                await self._take_back(target, message_id)
            raise
        self._unwritten.pop(mark, None)
        for message_id in ids:
            await self._strays.confirm(target.chat_id, message_id)

    async def _take_back(self, target: Target, message_id: int) -> None:
        """Delete what nobody else knows of, even if Telegram is away just now."""
        for pause_s in _PAUSES_S:
            try:
                await self._delete(target, message_id)
            except (TelegramError, StoreUnavailable) as error:
                _log.warning("a message is not taken back yet: %s", type(error).__name__)
                await asyncio.sleep(error.wait_s if isinstance(error, FloodWait) else pause_s)
            else:
                return

    async def _sweep(self, ledger: Ledger, target: Target, carriers: int | None) -> None:
        """Delete what an earlier, longer reply left; None deletes everything."""
        for name in ledger.parts():
            kind, _, rest = name.partition(".")
            surplus = kind == "text" and carriers is not None and int(rest) >= carriers
            if (carriers is None and kind in {"text", "album"}) or surplus:
                message_id = sent_id(ledger, name)
                if message_id:
                    if not await self._delete(target, message_id) and carriers is None:
                        await self._blank(target, message_id)
                    await ledger.record(name, GONE)

    async def _delete(self, target: Target, message_id: int | None) -> bool:
        """Delete a message; False when it stays or was gone already."""
        if message_id is None:
            return False
        try:
            return bool(await self._bot.delete_message(target.chat_id, message_id))
        except BadRequest as error:
            _log.info("a message was left: %s", error)
            return False

    async def _blank(self, target: Target, message_id: int) -> None:
        """Empty a message that is too old to be deleted: Telegram lets a bot edit it all the same.

        Source: core.telegram.org/bots/api#deletemessage, "less than 48 hours ago".
        """
        try:
            await self._bot.edit_message_text(
                ANCHOR, chat_id=target.chat_id, message_id=message_id, reply_markup=None
            )
        except BadRequest as error:
            if is_gone(error) or is_unchanged(error):
                return
            await self._media.blank(target.chat_id, message_id)
