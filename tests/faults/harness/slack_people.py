"""Persons in direct messages of the loopback Slack; each conversation is a thread."""

import asyncio
import random
import time
from typing import Any

from tests.bots.slack.loopback import Slack
from tests.bots.slack.loopback.world import Message, _texts
from tests.faults.harness.record import AGREE, RECEIPT, THANKS, YES, Chat, Seen, Turn, photo

PRESS_AGAIN_S = 6.0


class SlackPerson:
    """One person and their thread."""

    def __init__(self, slack: Slack, number: int, rng: random.Random) -> None:
        self._slack = slack
        self._user = f"U{number:05d}"
        self._direct = slack.direct(self._user)
        self._root = ""
        self._rng = rng
        self.chat = Chat(name=f"slack:{number}")

    async def agree(self) -> None:
        """Say hello and agree; press again when nothing happens, as a person does."""
        hello = await self._slack.say(self._user, self._direct, "hello")
        pressed_s = 0.0
        while True:
            cards = self._slack.seen(self._direct, thread=hello.ts)
            if any(THANKS in card.words() for card in cards):
                return
            asking = [card for card in cards if AGREE in card.buttons()]
            if asking and time.monotonic() - pressed_s > PRESS_AGAIN_S:
                pressed_s = time.monotonic()
                await self._slack.press(self._user, asking[0], AGREE)
            await self.wait()

    async def send(self, turn: Turn) -> None:
        """Write a message; it counts as accepted when Slack got its acknowledgement."""
        uploads: tuple[str, ...] = ()
        if turn.looks:
            uploads = (self._slack.file(await asyncio.to_thread(photo, turn.looks)),)
        turn.sent_s = time.monotonic()
        message = self._slack.write(
            self._user, self._direct, turn.text, thread=self._root, uploads=uploads
        )
        self._root = self._root or message.ts
        await self._slack.tell(message)
        turn.accepted_s = time.monotonic()

    async def order(self, name: str) -> None:
        """Write a command into the thread."""
        message = self._slack.write(self._user, self._direct, name, thread=self._root)
        await self._slack.tell(message)

    async def erase(self) -> None:
        """Ask for it and press the button, again when nothing happens, as a person does."""
        await self._slack.say(self._user, self._direct, "delete", thread=self._root)
        pressed_s = 0.0
        while not any(RECEIPT in card.words() for card in self._slack.seen(self._direct)):
            asking = [card for card in self._slack.seen(self._direct) if YES in card.buttons()]
            if asking and time.monotonic() - pressed_s > PRESS_AGAIN_S:
                pressed_s = time.monotonic()
                self.chat.presses += 1
                await self._slack.press(self._user, asking[0], YES)
            await self.wait()

    async def wait(self) -> None:
        """Wait for a moment."""
        await asyncio.sleep(0.3)

    def look(self) -> list[Seen]:
        """Return what stands in the direct messages now."""
        found = self._slack.seen(self._direct) if self._root else []
        return [self._seen(message) for message in sorted(found, key=lambda m: m.ts)]

    async def pictures(self) -> list[Seen]:
        """Return the same; pictures are always there."""
        return self.look()

    async def leave(self) -> None:
        """Stay: a chat costs nothing."""

    async def close(self) -> None:
        """Nothing is open."""

    def _seen(self, message: Message) -> Seen:
        ids = [*message.files, *_file_ids(message.blocks)]
        files = self._slack.world.files
        words = "\n".join(_texts(message.blocks)) if message.blocks else message.text
        return Seen(
            text=words,
            pictures=tuple(files[name].data for name in ids if name in files),
            waiting=message.streaming or "Stop" in message.buttons(),
        )


def _file_ids(value: Any) -> list[str]:
    if isinstance(value, dict):
        file = value.get("slack_file")
        own = [str(file["id"])] if isinstance(file, dict) else []
        return own + [name for inner in value.values() for name in _file_ids(inner)]
    if isinstance(value, list):
        return [name for inner in value for name in _file_ids(inner)]
    return []
