"""Persons in private chats of the loopback Telegram."""

import asyncio
import time
from typing import Any

from tests.bots.telegram.loopback import BotApi, Shown
from tests.faults.harness.record import AGREE, THANKS, YES, Chat, Seen, Turn, photo

FIRST = 10_000
TICK_S = 0.1


class TelegramPerson:
    """One person and their chat.

    What Telegram has, it delivers until it is confirmed: every message counts as accepted.
    """

    def __init__(self, api: BotApi, number: int) -> None:
        self._api = api
        self._id = FIRST + number
        self.chat = Chat(name=f"telegram:{number}", strict=True)
        self.news = asyncio.Event()
        api.world.watchers[self._id] = lambda _: self.news.set()

    async def agree(self) -> None:
        """Say hello and agree to the consent card."""
        self._api.world.say(self._id, "/start")
        card = await self._card(AGREE)
        self._api.world.press(self._id, card, card.button(AGREE))
        while not any(THANKS in shown.text for shown in self._visible()):
            await self._wait()

    async def _card(self, label: str) -> Shown:
        while True:
            for shown in self._visible():
                if any(button["text"] == label for button in shown.buttons):
                    return shown
            await self._wait()

    async def send(self, turn: Turn) -> None:
        """Hand a turn to Telegram."""
        turn.sent_s = turn.accepted_s = time.monotonic()
        if turn.looks:
            data = await asyncio.to_thread(photo, turn.looks)
            # Every second photo comes as an album of one: its other parts were no photos.
            album = {"media_group_id": f"album-{turn.token}"} if self._id % 2 else {}
            self._api.world.photo(self._id, data, turn.text, **album)
        else:
            self._api.world.say(self._id, turn.text)

    async def order(self, name: str) -> None:
        """Write a command."""
        self._api.world.say(self._id, f"/{name}")

    async def erase(self) -> None:
        """Ask for it and press the button."""
        self._api.world.say(self._id, "/delete")
        card = await self._card(YES)
        self._api.world.press(self._id, card, card.button(YES))
        self.chat.presses += 1

    async def wait(self) -> None:
        """Wait until something changes in the chat, or for a moment."""
        await self._wait()

    async def _wait(self) -> None:
        self.news.clear()
        try:
            async with asyncio.timeout(1.0):
                await self.news.wait()
        except TimeoutError:
            return

    def _visible(self) -> list[Shown]:
        return self._api.world.chat(self._id).visible()

    def look(self) -> list[Seen]:
        """Return what stands in the chat now."""
        return [_seen(shown) for shown in self._visible()]

    async def pictures(self) -> list[Seen]:
        """Return the same, with pictures."""
        return self.look()

    async def leave(self) -> None:
        """Stay: a chat costs nothing."""

    async def close(self) -> None:
        """Nothing is open."""


def _seen(shown: Shown) -> Seen:
    raw: dict[str, Any] = shown.raw
    stop = any(button["text"] == "Stop" for button in shown.buttons)
    has_file = "photo" in raw or "document" in raw
    return Seen(
        text=shown.text,
        pictures=tuple(shown.files[-1:]) if has_file else (),
        waiting=stop or (not has_file and shown.text == "…"),
    )
