"""The server: HTTP, faults, long polls and webhook calls around `Methods`."""

import asyncio
import contextlib
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Self

import aiohttp
from aiogram import methods as m
from aiogram.types import Update
from aiohttp import web

from tests.bots.telegram.loopback.errors import Refused
from tests.bots.telegram.loopback.faults import Fault, Faults
from tests.bots.telegram.loopback.flood import Flood, Limits
from tests.bots.telegram.loopback.methods import Methods
from tests.bots.telegram.loopback.wire import (
    Violation,
    check_result,
    checked,
    method_class,
    parameters,
)
from tests.bots.telegram.loopback.world import JSON, World

TOKEN = "4242:loopback-token-of-a-test-bot-000000"
_CONFLICT = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
    "running"
)
_WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook"


class BotApi:
    """Use as a context manager; `url` is its root.

    Attributes:
        world: Chats and people.
        methods: State of webhook, commands and answered buttons.
        faults: Failures to order.
        calls: How often each method came in, and when (monotonic seconds).
        violations: Requests or responses that the real API does not know.
        shuffled: Whether the updates of one poll come in any order.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.world = World()
        self.methods = Methods(self.world)
        self.faults = Faults()
        self.flood = Flood(limits)
        self.calls: Counter[str] = Counter()
        self.log: list[tuple[float, str, int | None]] = []
        self.violations: list[Violation] = []
        self.shuffled = False
        self._dice = random.Random(1)
        self._given: deque[JSON] = deque(maxlen=200)
        self._again: list[JSON] = []
        self.url = ""
        self.changed = asyncio.Event()
        self._poll: asyncio.Event | None = None
        self._late: set[asyncio.Task[None]] = set()
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.faults.release()
        for task in self._late:
            task.cancel()
        await self._runner.cleanup()

    async def until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Wait until something is so; looked at after every call."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self.changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await self.changed.wait()

    def replay(self) -> None:
        """Deliver updates that were confirmed once more, as a server does that lost its notes."""
        self._again = list(self._given)[-20:]
        self.world.arrived.set()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return _answer(Refused(401, "Unauthorized"))
        try:
            result = await self._carry_out(name, request)
        except Refused as refusal:
            return _answer(refusal)
        except Violation as violation:
            self.violations.append(violation)
            return _answer(Refused(400, f"Bad Request: {violation}"))
        finally:
            self.changed.set()
        return web.json_response({"ok": True, "result": result})

    async def _carry_out(self, name: str, request: web.Request) -> Any:
        method = method_class(name)
        call = checked(method, await parameters(request))
        chat_id = getattr(call, "chat_id", None)
        self.calls[name] += 1
        self.log.append((time.monotonic(), name, chat_id))
        fault = self.faults.take(name, chat_id)
        if fault is not None:
            return await self._fail(fault, call, request)
        return await self._do(call)

    async def _do(self, call: Any) -> Any:
        if isinstance(call, m.GetUpdates):
            return await self._updates(call)
        chat_id = getattr(call, "chat_id", None)
        if chat_id is not None:
            self.flood.check(call.__api_method__, int(chat_id))
        result = self.methods.do(call)
        check_result(type(call), result)
        return result

    async def _fail(self, fault: Fault, call: Any, request: web.Request) -> Any:
        match fault.kind:
            case "flood":
                text = f"Too Many Requests: retry after {fault.seconds}"
                raise Refused(429, text, retry_after=fault.seconds)
            case "conflict":
                raise Refused(409, _CONFLICT)
            case "refused":
                raise Refused(400, "Bad Request: not here")
            case "bad_gateway":
                raise Refused(502, "Bad Gateway")
            case "hang":
                await self.faults.released()
            case "lost":
                await self._do(call)
            case "late":
                task = asyncio.get_running_loop().create_task(self._do_late(call))
                self._late.add(task)
            case "dropped":
                pass
        if request.transport is not None:
            request.transport.abort()
        raise Refused(500, "the connection broke")

    async def _do_late(self, call: Any) -> None:
        await self.faults.released()
        with contextlib.suppress(Refused):
            await self._do(call)
        self.changed.set()

    async def _updates(self, call: m.GetUpdates) -> list[JSON]:
        if self.methods.webhook:
            raise Refused(409, _WEBHOOK)
        if self._poll is not None:
            self._poll.set()
        mine = self._poll = asyncio.Event()
        world = self.world
        if call.allowed_updates is not None:
            world.allowed = call.allowed_updates
        if call.offset:
            world.updates = [u for u in world.updates if u["update_id"] >= call.offset]
        try:
            if not world.updates and not self._again and call.timeout:
                await self._wait(mine, call.timeout)
            if mine.is_set():
                raise Refused(409, _CONFLICT)
        finally:
            if self._poll is mine:
                self._poll = None
        page = world.updates[: call.limit or 100]
        for update in page:
            Update.model_validate(update)
        self._given.extend(update for update in page if update not in self._given)
        again, self._again = self._again, []
        page = [*again, *page]
        if self.shuffled:
            self._dice.shuffle(page)
        return page

    async def _wait(self, mine: asyncio.Event, seconds: float) -> None:
        """Hold a poll until there is an update, another poll comes, or its time is up."""
        end_s = time.monotonic() + seconds
        while (
            not (self.world.updates or self._again)
            and not mine.is_set()
            and time.monotonic() < end_s
        ):
            self.world.arrived.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    await self.world.arrived.wait()

    async def _download(self, request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["path"].rpartition("/")[2]
        self.calls["download"] += 1
        fault = self.faults.take("download", None)
        if fault is not None and fault.kind == "hang":
            await self.faults.released()
        elif fault is not None:
            if request.transport is not None:
                request.transport.abort()
            raise web.HTTPInternalServerError
        if file_id not in self.world.files:
            raise web.HTTPNotFound
        return web.Response(body=self.world.files[file_id])

    async def call_webhook(self, port: int, path: str, update: JSON) -> int:
        """Push one update to the bot's webhook and return the status."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.methods.webhook.get("secret", "")}
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{port}{path}", json=update, headers=headers
            ) as response,
        ):
            return response.status


def _answer(refusal: Refused) -> web.Response:
    return web.json_response(refusal.body(), status=refusal.code)
