"""Sends a case to the browser as server-sent events: resumable, nothing lost, nothing twice.

Every board entry carries its sequence number as event id. A browser that reconnects names the last
one it saw, in ``Last-Event-ID`` or ``?after=``, and gets what came since. Texts in the making
(``live``) have no id: they may be dropped.
"""

import asyncio
import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from aiohttp import web

from bots.web_chat.lives import Watcher
from bots.web_chat.site import SITE, Problem, Site, case_of, chat_of, site_of
from bots.web_chat.wire import entry_json, live_json
from core.domain.errors import InfrastructureError
from core.domain.messages import ChatRef

log = logging.getLogger(__name__)

_HEARTBEAT_S: Final = 15.0
_WRITE_TIMEOUT_S: Final = 30.0
_RETRY_MS: Final = 1000


def add_stream(app: web.Application) -> None:
    """Route the event stream and end open ones when the server stops."""
    app.router.add_get(r"/api/cases/{number:\d{1,6}}/events", events)
    app.on_shutdown.append(_end_all)


async def events(request: web.Request) -> web.StreamResponse:
    """Stream a case until the browser goes away."""
    sid, number, _ = await case_of(request)
    site = site_of(request)
    after = _after(request)
    with _counted(request, sid):
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        stream = _Stream(site, sid, chat_of(sid, number), response, after)
        try:
            await stream.run()
        except* (ConnectionError, TimeoutError):
            pass  # the browser went away
        except* InfrastructureError as group:
            # The browser comes back by itself and goes on where it was.
            log.warning("a stream ended: %s", group.exceptions[0])
    return response


def _after(request: web.Request) -> int:
    names = (request.headers.get("Last-Event-ID", ""), request.query.get("after", ""))
    return max((int(n) for n in names if n.isdecimal()), default=0)


@contextmanager
def _counted(request: web.Request, sid: str) -> Generator[None, None, None]:
    site, task = site_of(request), asyncio.current_task()
    streams = site.streams.setdefault(sid, {})
    # A browser that reloads leaves a stream behind that the next heartbeat would find.
    alive = [other for other in streams.values() if not _gone(other)]
    if task is None or len(alive) >= site.settings.streams_per_session:
        raise Problem(429, "web-error-tabs", retry_s=_HEARTBEAT_S)
    streams[task] = request
    try:
        yield
    finally:
        streams.pop(task, None)
        if not streams and site.streams.get(sid) is streams:
            del site.streams[sid]


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


class _Stream:
    def __init__(
        self, site: Site, sid: str, chat: ChatRef, response: web.StreamResponse, after: int
    ) -> None:
        self._site = site
        self._sid = sid
        self._chat = chat
        self._response = response
        self._after = after

    async def run(self) -> None:
        await self._write(f"retry: {_RETRY_MS}\n\n")
        with self._site.lives.watch(self._chat) as watcher:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._entries())
                tasks.create_task(self._lives(watcher))

    async def _entries(self) -> None:
        board = self._site.services.board
        await self._news()
        await self._write(_event("ready", {"sequence": self._after}))
        while True:
            if await board.wait(self._chat, after=self._after, timeout_s=_HEARTBEAT_S):
                await self._news()
            else:
                await self._write(": still here\n\n")

    async def _news(self) -> None:
        entries = await self._site.services.board.read(self._chat, after=self._after)
        # By sequence, so that a browser cut off in between resumes exactly where it was.
        for entry in sorted(entries, key=lambda entry: entry.sequence):
            data = entry_json(entry, self._sid, self._site.signer)
            await self._write(_event("entry", data, entry.sequence))
            self._after = entry.sequence

    async def _lives(self, watcher: Watcher) -> None:
        while True:
            for live in await watcher.take():
                await self._write(_event("live", live_json(live)))

    async def _write(self, text: str) -> None:
        async with asyncio.timeout(_WRITE_TIMEOUT_S):
            await self._response.write(text.encode())


def _event(name: str, data: dict[str, Any], sequence: int | None = None) -> str:
    number = "" if sequence is None else f"id: {sequence}\n"
    return f"{number}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _end_all(app: web.Application) -> None:
    for task in [task for tasks in app[SITE].streams.values() for task in tasks]:
        task.cancel()
