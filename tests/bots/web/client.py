"""A browser without a page: what the page's scripts send, and nothing else."""

import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp


class Visitor:
    """One browser: a cookie jar and a CSRF token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.csrf = ""
        self.http = aiohttp.ClientSession(
            base_url=url, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=_TIMEOUT
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    async def session(self) -> dict[str, Any]:
        """Load the session, as the page does when it starts."""
        async with self.http.get("/api/session") as response:
            body = await response.json()
            self.csrf = body.get("csrf", "")
            return {"status": response.status, **body}

    async def agreed(self) -> Self:
        """Start and accept the consent card."""
        await self.session()
        assert (await self.press("agree"))[0] == 202
        return self

    async def post(
        self, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Send JSON."""
        own = {"X-CSRF-Token": self.csrf, **headers}
        async with self.http.post(path, json=body or {}, headers=own) as response:
            return response.status, await response.json()

    async def press(
        self, name: str, argument: str = "", *, slot: str = "", number: int = 1, key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Press a button."""
        body = {"name": name, "argument": argument, "slot": slot, "key": key or new_key()}
        return await self.post(f"/api/cases/{number}/commands", body)

    async def send(
        self,
        text: str = "",
        *photos: bytes,
        previews: tuple[bytes, ...] = (),
        number: int = 1,
        key: str = "",
    ) -> tuple[int, dict[str, Any]]:
        """Send a message, with photos or without."""
        if not photos:
            body = {"key": key or new_key(), "text": text}
            return await self.post(f"/api/cases/{number}/messages", body)
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("key", key or new_key())
        form.add_field("text", text)
        for index, photo in enumerate(photos):
            form.add_field("photo", photo, filename="photo", content_type="image/jpeg")
            if previews:
                form.add_field("preview", previews[index], filename="preview")
        headers = {"X-CSRF-Token": self.csrf}
        path = f"/api/cases/{number}/messages"
        async with self.http.post(path, data=form, headers=headers) as response:
            return response.status, await response.json()

    @asynccontextmanager
    async def listening(
        self, number: int = 1, *, after: int = 0, last_id: int = 0
    ) -> AsyncGenerator[AsyncGenerator[tuple[str, dict[str, Any]], None], None]:
        """Open the event stream; yields (event, data)."""
        headers = {"Last-Event-ID": str(last_id)} if last_id else {}
        path = f"/api/cases/{number}/events?after={after}"
        async with self.http.get(path, headers=headers) as response:
            assert response.status == 200, await response.text()
            yield _events(response)

    async def entries(self, number: int = 1, *, after: int = 0) -> list[dict[str, Any]]:
        """Return what a case shows now."""
        found = []
        async with self.listening(number, after=after) as events:
            async for name, data in events:
                if name == "ready":
                    break
                found.append(data)
        return found


_TIMEOUT = aiohttp.ClientTimeout(total=20)


def new_key() -> str:
    """Return an idempotency key as the page makes them."""
    return str(uuid.uuid4())


async def _events(
    response: aiohttp.ClientResponse,
) -> AsyncGenerator[tuple[str, dict[str, Any]], None]:
    name = ""
    async for line in response.content:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


async def until(
    events: AsyncGenerator[tuple[str, dict[str, Any]], None], wanted: str, **fields: object
) -> dict[str, Any]:
    """Return the first event with this name and these fields."""
    async for name, data in events:
        if name == wanted and all(data.get(key) == value for key, value in fields.items()):
            return data
    raise AssertionError(f"the stream ended before {wanted} {fields}")
