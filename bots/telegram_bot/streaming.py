"""Shows an answer while it is written, by edits of its placeholder, as often as is welcome.

Progress is worth nothing once the answer is there: the final text waits for an edit under way, and
closes the slot for any that come late. An edit whose outcome is unknown might still arrive at
Telegram after the final one; `Streams.finish` reports that, so that the final edit is made again.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, TelegramError

from bots.telegram_bot.connection import FloodWait, was_not_sent
from bots.telegram_bot.markdown import rich
from bots.telegram_bot.richtext import RichText
from bots.telegram_bot.splitting import TEXT_LIMIT, pages
from core.domain.errors import InfrastructureError
from core.domain.replies import Live

PAUSES_S: Final = (1.0, 1.0, 1.5, 2.0, 3.0)
"""Pauses between the edits of one answer: quick at first, then calmer; the last one stays."""

FADING_S: Final = 20.0
"""When a draft is sent again; Telegram shows one for 30 seconds.

Source: https://core.telegram.org/bots/api#sendmessagedraft
"""

_REMEMBERED: Final = 2_000
_TICK_S: Final = 0.05
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """Where an answer in the making is written.

    Attributes:
        slot: Slot of the answer.
        chat_id: Telegram's id of the chat.
        message_id: The message to edit; 0 for a draft.
        keys: Buttons to keep below it.
        draft_id: Identity of a draft; 0 for a message. A draft fades unless it is sent again.
        thread_id: Topic of a draft.
        text: What stands there now.
    """

    slot: str
    chat_id: str
    message_id: int = 0
    keys: InlineKeyboardMarkup | None = None
    draft_id: int = 0
    thread_id: int | None = None
    text: str = ""


Edit = Callable[[Placeholder, RichText], Awaitable[None]]


@dataclass(slots=True)
class _Stream:
    placeholder: Placeholder
    wanted: str = ""
    shown: str = ""
    edits: int = 0
    next_s: float = 0.0
    fades_s: float | None = None
    unsure: bool = False
    closed: bool = False
    started: bool = False
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


class Streams:
    """All answers in the making."""

    def __init__(self, edit: Edit, clock: Callable[[], float] = time.monotonic) -> None:
        """Make an empty set.

        Args:
            edit: Edits a placeholder; raises `TelegramError`.
            clock: Monotonic seconds.
        """
        self._edit = edit
        self._clock = clock
        self._streams: OrderedDict[str, _Stream] = OrderedDict()
        self._news = asyncio.Event()

    def begin(self, placeholder: Placeholder) -> None:
        """Let progress of a slot be shown from now on."""
        slot = placeholder.slot
        first_s = self._clock() + PAUSES_S[0]
        self._streams[slot] = _Stream(
            placeholder=placeholder,
            wanted=placeholder.text,
            shown=placeholder.text,
            next_s=first_s,
            fades_s=self._clock() + FADING_S if placeholder.draft_id else None,
        )
        self._streams.move_to_end(slot)
        self._news.set()
        while len(self._streams) > _REMEMBERED:
            self._streams.popitem(last=False)

    def offer(self, live: Live) -> None:
        """Take note of the newest text; it is shown when its time has come."""
        if stream := self._streams.get(live.slot):
            stream.wanted = live.text
            self._news.set()

    async def finish(self, slot: str) -> bool:
        """Close a slot and wait for an edit under way.

        Returns:
            True when an earlier edit may still arrive at Telegram, later than the final one.
        """
        stream = self._streams.pop(slot, None)
        if stream is None:
            return False
        stream.closed = True
        async with stream.busy:
            return stream.unsure

    async def run(self) -> None:
        """Show what was offered, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                due, next_s = self._due()
                for stream in due:
                    stream.started = True
                    group.create_task(self._show(stream))
                await asyncio.sleep(_TICK_S)
                await self._wait(next_s)

    def _due(self) -> tuple[list[_Stream], float | None]:
        """Return the streams to edit now, and when the next one is due."""
        now_s, due, later = self._clock(), [], []
        for stream in self._streams.values():
            due_s = stream.next_s if stream.wanted != stream.shown else stream.fades_s
            if stream.started or due_s is None:
                continue
            if due_s <= now_s:
                due.append(stream)
            else:
                later.append(due_s)
        return due, min(later, default=None)

    async def _wait(self, next_s: float | None) -> None:
        timeout_s = None if next_s is None else max(0.0, next_s - self._clock())
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return

    async def _show(self, stream: _Stream) -> None:
        async with stream.busy:
            text = stream.wanted
            first = pages(rich(text), TEXT_LIMIT)[:1]
            pause_s = PAUSES_S[min(stream.edits, len(PAUSES_S) - 1)]
            if first and not stream.closed:
                pause_s = max(pause_s, await self._try(stream, first[0]))
            stream.edits += 1
            stream.shown = text
            stream.next_s = self._clock() + pause_s
            if stream.fades_s is not None:
                stream.fades_s = self._clock() + max(pause_s, FADING_S)
            stream.started = False
        self._news.set()

    async def _try(self, stream: _Stream, text: RichText) -> float:
        """Edit once and return how many seconds Telegram wants to be left alone."""
        try:
            await self._edit(stream.placeholder, text)
        except FloodWait as error:
            return error.wait_s
        except InfrastructureError as error:
            _log.debug("a progress edit was left out: %s", error)
        except TelegramError as error:
            refused = isinstance(error, BadRequest) or not isinstance(error, NetworkError)
            stream.unsure = stream.unsure or not (refused or was_not_sent(error))
            _log.debug("a progress edit was left out: %s", error)
        return 0.0
