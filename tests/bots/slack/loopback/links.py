"""How the loopback Slack delivers events: Socket Mode, or signed HTTP requests."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

from tests.bots.slack.loopback.world import SIGNING_SECRET

Kind = Literal["events_api", "interactive", "slash_commands"]
ACK_S = 3.0


@dataclass
class Ack:
    """How the bot took one delivery."""

    kind: Kind
    after_s: float
    answer: Any


@dataclass
class Links:
    """Deliveries, repeated until they are acknowledged.

    Attributes:
        mode: How.
        events_url: Where the bot listens for HTTP.
        twice: Deliver everything a second time, although it was acknowledged.
        ack_s: Patience for an acknowledgement.
        tries: Deliveries of one event.
        absent_s: How long the bot may be away.
        acks: What was acknowledged.
        unacked: Deliveries that were not, in time.
    """

    mode: Literal["socket", "http"] = "socket"
    events_url: str = ""
    twice: bool = False
    ack_s: float = ACK_S
    tries: int = 3
    absent_s: float = 30.0
    acks: list[Ack] = field(default_factory=list)
    unacked: int = 0
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    number: int = 0
    session: aiohttp.ClientSession | None = None
    happened: Callable[[], None] = lambda: None

    async def deliver(self, kind: Kind, payload: dict[str, Any]) -> Any:
        """Deliver until acknowledged; returns the bot's answer."""
        answer = None
        for attempt in range(self.tries):
            answer = await self._once(kind, payload, attempt)
            if answer is not None:
                break
            self.unacked += 1
            if kind != "events_api":
                return None
        if self.twice and kind == "events_api":
            await self._once(kind, payload, 1)
        return answer

    async def _once(self, kind: Kind, payload: dict[str, Any], attempt: int) -> Any:
        began = time.monotonic()
        send = self._over_socket if self.mode == "socket" else self._over_http
        answer = await send(kind, payload, attempt)
        if answer is not None:
            self.acks.append(Ack(kind, time.monotonic() - began, answer))
        return answer

    async def _over_socket(self, kind: Kind, payload: dict[str, Any], attempt: int) -> Any:
        await asyncio.wait_for(self.connected.wait(), self.absent_s)
        self.number += 1
        envelope = f"envelope-{self.number}"
        self.waiting[envelope] = asyncio.get_running_loop().create_future()
        message = {
            "envelope_id": envelope,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if attempt:
            message |= {"retry_attempt": attempt, "retry_reason": "timeout"}
        try:
            await self.sockets[-1].send_str(json.dumps(message))
            return await asyncio.wait_for(self.waiting[envelope], self.ack_s)
        except (TimeoutError, ConnectionError, IndexError):
            return None
        finally:
            self.waiting.pop(envelope, None)

    async def serve_socket(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket that the bot opens."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0APP"}}
        await socket.send_str(json.dumps(hello))
        self.sockets.append(socket)
        self.connected.set()
        self.happened()
        try:
            async for frame in socket:
                if frame.type == WSMsgType.TEXT:
                    self._acked(json.loads(frame.data))
        finally:
            self.sockets.remove(socket)
            if not self.sockets:
                self.connected.clear()
            self.happened()
        return socket

    def _acked(self, answer: dict[str, Any]) -> None:
        waiting = self.waiting.get(str(answer.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload") or {})

    async def refresh(self) -> None:
        """Ask the bot to connect anew, as Slack does every few hours."""
        await self.sockets[-1].send_str(json.dumps({"type": "disconnect", "reason": "warning"}))

    async def _over_http(self, kind: Kind, payload: dict[str, Any], attempt: int) -> Any:
        if kind == "events_api":
            body, content = json.dumps(payload), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content = urlencode(form), "application/x-www-form-urlencoded"
        headers = signed(body) | {"Content-Type": content}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
        status, text = await self.post(body, headers)
        if status != 200:
            return None
        return json.loads(text) if text.startswith("{") else {"text": text}

    async def post(self, body: str, headers: dict[str, str]) -> tuple[int, str]:
        """Send one raw request to the bot."""
        if self.session is None:
            self.session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=self.ack_s)
        try:
            async with self.session.post(
                self.events_url, data=body, headers=headers, timeout=timeout
            ) as answer:
                return answer.status, await answer.text()
        except (TimeoutError, aiohttp.ClientError):
            return 0, ""

    async def close(self) -> None:
        """Let go."""
        for socket in list(self.sockets):
            await socket.close()
        if self.session is not None:
            await self.session.close()


def signed(body: str, *, at_s: float | None = None, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """Headers that prove that a body is from Slack."""
    stamp = str(int(time.time() if at_s is None else at_s))
    base = f"v0:{stamp}:{body}".encode()
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
