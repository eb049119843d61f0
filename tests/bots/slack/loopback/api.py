"""The Web API of the loopback Slack: tokens, scopes, faults, then the method."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.bots.slack.loopback import agents, chat, files
from tests.bots.slack.loopback.checks import Refusal
from tests.bots.slack.loopback.world import Call, Fault, Grant, World

Method = Callable[[World, Grant, dict[str, Any]], dict[str, Any]]

METHODS: dict[str, tuple[Method, str]] = {
    "agents.sessions.setStatus": (agents.set_status, "chat:write"),
    "assistant.threads.setSuggestedPrompts": (agents.set_prompts, "assistant:write"),
    "auth.test": (agents.auth_test, ""),
    "chat.appendStream": (chat.append_stream, "chat:write"),
    "chat.delete": (chat.delete, "chat:write"),
    "chat.postEphemeral": (chat.post_ephemeral, "chat:write"),
    "chat.postMessage": (chat.post_message, "chat:write"),
    "chat.startStream": (chat.start_stream, "chat:write"),
    "chat.stopStream": (chat.stop_stream, "chat:write"),
    "chat.update": (chat.update, "chat:write"),
    "conversations.history": (chat.history, "im:history"),
    "conversations.open": (chat.open_direct, "im:write"),
    "conversations.replies": (chat.replies, "im:history"),
    "files.completeUploadExternal": (files.complete_upload, "files:write"),
    "files.delete": (files.delete, "files:write"),
    "files.getUploadURLExternal": (files.upload_url, "files:write"),
    "files.info": (files.info, "files:read"),
    "views.open": (agents.open_view, ""),
    "views.publish": (agents.publish, ""),
}


class Api:
    """Answers calls."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, or fail as told."""
        method = request.match_info["method"]
        args, token = await _read(request)
        call = Call(method, args, token)
        self._world.calls.append(call)
        fault = self._fault(method) or self._too_fast(method, args)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        early = _early(request, fault)
        if early is not None:
            call.refused = True
            self._world.happened()
            return early
        try:
            body = {"ok": True, **self._do(method, args, token)}
        except Refusal as refusal:
            call.refused = True
            body = self._refused(method, refusal)
        self._world.happened()
        if fault is not None and fault.kind == "lost_reply":
            return _cut(request)
        return web.json_response(body)

    def _do(self, method: str, args: dict[str, Any], token: str) -> dict[str, Any]:
        if method == "oauth.v2.access":
            return agents.access(self._world, args)
        if method == "apps.connections.open":
            return agents.open_connection(self._world, str(args.get("token") or token))
        if method not in METHODS:
            raise Refusal("unknown_method", method, problem=True)
        grant = self._world.grants.get(token)
        if grant is None:
            raise Refusal("invalid_auth")
        do, scope = METHODS[method]
        if scope and scope not in grant.scopes:
            raise Refusal("missing_scope", needed=scope)
        return do(self._world, grant, args)

    def _refused(self, method: str, refusal: Refusal) -> dict[str, Any]:
        if refusal.problem:
            self._world.problems.append(f"{method}: {refusal}")
        return {"ok": False, "error": refusal.code, **refusal.more}

    def _too_fast(self, method: str, args: dict[str, Any]) -> Fault | None:
        """Hold a channel to one message a second, where that is wished."""
        if not self._world.paced or method != "chat.postMessage":
            return None
        channel, now = str(args.get("channel")), time.monotonic()
        if now - self._world.posted_s.get(channel, float("-inf")) < 1.0:
            return Fault("ratelimited", seconds=1)
        self._world.posted_s[channel] = now
        return None

    def _fault(self, method: str) -> Fault | None:
        for fault in self._world.faults[method]:
            if fault.after > 0:
                fault.after -= 1
                return None
            if fault.times > 0:
                fault.times -= 1
                return fault
        return None


def _early(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    match fault.kind if fault else "":
        case "lost_request":
            return _cut(request)
        case "ratelimited":
            headers = {"Retry-After": str(int(fault.seconds))} if fault else {}
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers=headers)
        case "error":
            return web.json_response({"ok": False, "error": fault.code if fault else ""})
        case "http500":
            return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
        case _:
            return None


def _cut(request: web.Request) -> web.StreamResponse:
    """Break the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _read(request: web.Request) -> tuple[dict[str, Any], str]:
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        args |= await request.json()
    elif request.can_read_body:
        args |= {name: str(value) for name, value in (await request.post()).items()}
    for name in ("view", "blocks", "metadata", "prompts"):
        if isinstance(args.get(name), str):
            args[name] = json.loads(args[name])
    proof = request.headers.get("Authorization", "")
    if proof.startswith("Basic "):
        login = base64.b64decode(proof.removeprefix("Basic ")).decode().partition(":")
        args |= {"client_id": login[0], "client_secret": login[2]}
    return args, proof.removeprefix("Bearer ") or str(args.get("token", ""))
