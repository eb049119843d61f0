"""Persons with the web chat open in a browser."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp

from tests.bots.web.client import Visitor, new_key
from tests.faults.harness.errands import complete
from tests.faults.harness.record import Chat, Seen, Turn, photo

AGAIN_S = 0.3
LEAVE_S = 60.0
"""Who waits for pictures that long goes home without them."""


class WebPerson:
    """One browser; a message that was not answered with 202 is sent again under its key."""

    def __init__(self, url: str, number: int) -> None:
        self._visitor = Visitor(url)
        self.chat = Chat(name=f"web:{number}")
        self._entries: dict[str, dict[str, Any]] = {}
        self._last = 0
        self._number = 1
        self._final: list[Seen] | None = None

    async def agree(self) -> None:
        """Load the page and accept the consent card."""
        while True:
            try:
                if (await self._visitor.session())["status"] == 200:
                    break
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(AGAIN_S)
        key = new_key()
        while not await self._taken(self._visitor.press, "agree", key=key):
            await asyncio.sleep(AGAIN_S)

    async def send(self, turn: Turn) -> None:
        """Send a message until it is taken."""
        photos = (await asyncio.to_thread(photo, turn.looks),) if turn.looks else ()
        turn.sent_s, key = time.monotonic(), new_key()
        while not await self._taken(self._visitor.send, turn.text, *photos, key=key):
            await asyncio.sleep(AGAIN_S)
        turn.accepted_s = time.monotonic()

    async def order(self, name: str) -> None:
        """Press it until it is taken."""
        key = new_key()
        while not await self._taken(self._visitor.press, name, key=key):
            await asyncio.sleep(AGAIN_S)

    async def erase(self) -> None:
        """Use the page's own button until it is done; the receipt comes in a fresh case."""
        self.chat.presses, key, number = 1, new_key(), 0
        while not number:
            try:
                status, body = await self._visitor.post("/api/delete", {"key": key})
                number = int(body["number"]) if status == 200 else 0
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(AGAIN_S)
        self._number = number

    async def _taken(self, do: Any, *args: Any, **more: Any) -> bool:
        try:
            status, body = await do(*args, **more)
        except (aiohttp.ClientError, TimeoutError):
            return False
        assert status in {202, 409, 429, 500, 502, 503}, (status, body)
        return bool(status == 202)

    async def wait(self) -> None:
        """Look at the page again after a moment, as its stream does."""
        await asyncio.sleep(AGAIN_S)
        try:
            async with asyncio.timeout(5), self._listening() as events:
                async for name, data in events:
                    if name == "ready":
                        return
                    if name == "entry":
                        self._entries[data["slot"]] = data
                        self._last = max(self._last, data["sequence"])
        except (aiohttp.ClientError, TimeoutError, AssertionError):
            return

    def _listening(self) -> AbstractAsyncContextManager[Any]:
        return self._visitor.listening(self._number, last_id=self._last)

    def look(self) -> list[Seen]:
        """Return what the page shows, without pictures."""
        return [self._seen(entry) for entry in self._shown()]

    def _shown(self) -> list[dict[str, Any]]:
        found = [entry for entry in self._entries.values() if entry["author"] == "assistant"]
        return sorted(found, key=lambda entry: entry["at"])

    def _seen(self, entry: dict[str, Any], *pictures: bytes) -> Seen:
        return Seen(
            text="\n".join(_texts(entry["blocks"])),
            pictures=pictures,
            waiting=entry["stage"] == "waiting",
        )

    async def pictures(self) -> list[Seen]:
        """Return what the page shows after a reload, every picture fetched."""
        if self._final is not None:
            return self._final
        self._entries, self._last = {}, 0
        await self.wait()
        found = []
        for entry in self._shown():
            urls = [
                str(picture["url"])
                for block in entry["blocks"]
                for picture in (block, *block.get("pictures", ()))
                if "url" in picture
            ]
            found.append(self._seen(entry, *[await self._fetch(url) for url in urls]))
        return found

    async def _fetch(self, url: str) -> bytes:
        while True:
            try:
                async with self._visitor.http.get(url) as response:
                    assert response.status == 200, (url, response.status)
                    return await response.read()
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(AGAIN_S)

    async def leave(self) -> None:
        """Wait for the pictures, keep what the page shows, and close the browser."""
        until_s = time.monotonic() + LEAVE_S
        found = await self.pictures()
        while not complete(found) and time.monotonic() < until_s:
            await asyncio.sleep(AGAIN_S)
            found = await self.pictures()
        self._final = found
        await self.close()

    async def close(self) -> None:
        """Close the browser."""
        await self._visitor.http.close()


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [
            text
            for key, inner in value.items()
            if key not in {"url", "kind", "alt"}
            for text in _texts(inner)
        ]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return []
