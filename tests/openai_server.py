"""A strict OpenAI-compatible endpoint on loopback, with the faults that real ones have.

Requests are validated against the client library's own typed dictionaries and against what vLLM and
SGLang accept; anything else is a 400, as there.
"""

import asyncio
import base64
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

MODEL = "tiny"
KEY = "sk-loopback"
Fault = Literal["busy", "error", "hang", "cut", "silent-end", "garbage", "unknown"]
Extras = Literal["taken", "ignored", "refused"]


class Strict(BaseModel):
    """Refuses fields that it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TextPart(Strict):
    """Words."""

    type: Literal["text"]
    text: str


class Url(Strict):
    """A data URL; strict servers fetch nothing."""

    url: str = Field(pattern=r"^data:image/(jpeg|png);base64,")


class ImagePart(Strict):
    """A photo."""

    type: Literal["image_url"]
    image_url: Url


class Said(Strict):
    """One message."""

    role: Literal["system", "user", "assistant"]
    content: str | list[TextPart | ImagePart]


class Schema(Strict):
    """A JSON schema by name."""

    name: str
    schema_: dict[str, Any] = Field(alias="schema")
    strict: bool


class Format(Strict):
    """Constrained output."""

    type: Literal["json_schema"]
    json_schema: Schema


class Asked(Strict):
    """Body of a chat completion."""

    model: Literal["tiny"]
    messages: list[Said] = Field(min_length=1)
    stream: bool = False
    max_tokens: int = Field(ge=1)
    temperature: float = Field(ge=0, le=2)
    seed: int
    logprobs: bool = False
    top_logprobs: int = Field(default=0, ge=0, le=20)
    response_format: Format | None = None


@dataclass(slots=True)
class Endpoint:
    """A running server, and what to do wrong.

    Attributes:
        url: Its ``/v1``.
        window: ``max_model_len`` of its model; None tells none, as OpenAI does.
        logprobs: Whether log-likelihoods are offered.
        extras: What happens to the fields for log-likelihoods and schemas.
        listing: Whether the model is in the list of models; None where there is no list.
        faults: Taken one by one by the next completions.
        asked: Every completion that was asked for and valid.
        closed: Streams that the client left before their end.
    """

    url: str = ""
    window: int | None = 8192
    logprobs: bool = True
    extras: Extras = "taken"
    listing: bool | None = True
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    closed: int = 0
    pace_s: float = 0.0

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Serve from a thread of its own, since the client under test blocks its own."""
        endpoint, ready, stop = cls(), threading.Event(), asyncio.Event()
        loop = asyncio.new_event_loop()

        async def serve() -> None:
            runner = web.AppRunner(_app(endpoint), shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
            ready.set()
            await stop.wait()
            await runner.cleanup()

        thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
        thread.start()
        ready.wait()
        try:
            yield endpoint
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            loop.close()


def _app(endpoint: Endpoint) -> web.Application:
    app = web.Application(client_max_size=64 * 1024**2)

    async def models(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _error(401, "wrong key")
        if endpoint.listing is None:
            return _error(404, "no list")
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "test"}
        if endpoint.window is not None:
            model |= {"max_model_len": endpoint.window}
        return web.json_response({"object": "list", "data": [model] * endpoint.listing})

    async def complete(request: web.Request) -> web.StreamResponse:
        return await _complete(endpoint, request)

    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/chat/completions", complete)
    return app


async def _complete(endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        return _error(401, "wrong key")
    try:
        asked = Asked.model_validate_json(await request.read())
        _check(asked, endpoint.extras)
    except ValueError as error:
        return _error(400, str(error))
    endpoint.asked.append(asked)
    fault = endpoint.faults.pop(0) if endpoint.faults else None
    if fault == "busy":
        return _error(429, "busy", {"Retry-After": "0"})
    if fault == "error":
        return _error(500, "no memory")
    if fault == "hang":
        await asyncio.sleep(3600)
    if asked.stream:
        return await _stream(endpoint, request, asked, fault)
    return web.json_response(_completion(endpoint, asked, fault))


def _check(asked: Asked, extras: Extras) -> None:
    """Refuse what strict servers refuse: unknown fields, speakers out of turn, broken photos.

    Raises:
        ValueError: Something is wrong.
    """
    if extras == "refused" and (asked.logprobs or asked.response_format):
        raise ValueError("no such field")
    roles = [said.role for said in asked.messages if said.role != "system"]
    if roles[::2] != ["user"] * len(roles[::2]) or roles[1::2] != ["assistant"] * len(roles[1::2]):
        raise ValueError("roles must take turns")
    for photo in _photos(asked):
        with Image.open(io.BytesIO(photo)) as image:
            image.verify()


def _photos(asked: Asked) -> list[bytes]:
    parts = [p for said in asked.messages if isinstance(said.content, list) for p in said.content]
    urls = [part.image_url.url for part in parts if isinstance(part, ImagePart)]
    return [base64.b64decode(url.partition(",")[2], validate=True) for url in urls]


def _words(asked: Asked) -> list[str]:
    """Return an answer that depends on all that was said."""
    digest = hashlib.blake2b(
        json.dumps([said.model_dump() for said in asked.messages]).encode(), digest_size=8
    ).hexdigest()
    return [f"word{letter}" for letter in digest][: asked.max_tokens]


async def _stream(
    endpoint: Endpoint, request: web.Request, asked: Asked, fault: Fault | None
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    try:
        for index, word in enumerate(_words(asked)):
            if index == 2 and fault == "cut":
                assert request.transport is not None
                request.transport.abort()
                return response
            if index == 2 and fault == "silent-end":
                return response
            await _event(response, {"delta": {"content": f"{word} "}, "finish_reason": None})
            await asyncio.sleep(endpoint.pace_s)
        await _event(response, {"delta": {}, "finish_reason": "stop"})
        await response.write(b"data: [DONE]\n\n")
    except ConnectionError:
        endpoint.closed += 1
    return response


async def _event(response: web.StreamResponse, choice: dict[str, Any]) -> None:
    chunk = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": MODEL,
        "choices": [{"index": 0, **choice}],
    }
    await response.write(f"data: {json.dumps(chunk)}\n\n".encode())


def _completion(endpoint: Endpoint, asked: Asked, fault: Fault | None) -> dict[str, Any]:
    content, logprobs = "A", None
    taken = endpoint.extras == "taken"
    if asked.response_format is not None and taken:
        content = _listed(asked, fault)
    elif not asked.logprobs and not taken:
        content = _listed_freely(asked)
    elif asked.logprobs and endpoint.logprobs and taken:
        logprobs = {"content": [_first_token(asked)], "refusal": None}
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content},
        "finish_reason": "stop",
        "logprobs": logprobs,
    }
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [choice],
    }


def _listed(asked: Asked, fault: Fault | None) -> str:
    """Return a list that obeys the schema, or one of the ways in which lists go wrong."""
    assert asked.response_format is not None
    if fault == "garbage":
        return "I would rather talk about the weather {"
    if fault == "unknown":
        return '{"differential": [{"condition": "none of yours", "likelihood": 90}]}'
    line = asked.response_format.json_schema.schema_["properties"]["differential"]["items"]
    names = line["properties"]["condition"]["enum"]
    rows = [{"condition": name, "likelihood": max(1, 90 - 7 * i)} for i, name in enumerate(names)]
    return json.dumps({"differential": rows[:20]})


def _listed_freely(asked: Asked) -> str:
    """Return a list in the form that the question shows, among other words."""
    question = _last_words(asked)
    shown = json.loads(question[question.index("{") : question.rindex("}") + 1])
    ((key, (line,)),) = shown.items()
    names = question.rpartition("Choose only from: ")[2].split("; ")
    rows = [dict(zip(line, (name, 90 - 7 * i), strict=True)) for i, name in enumerate(names[:12])]
    return f"Here is the list:\n```json\n{json.dumps({key: rows})}\n```\nAsk a doctor."


def _last_words(asked: Asked) -> str:
    content = asked.messages[-1].content
    assert isinstance(content, list)
    last = content[-1]
    assert isinstance(last, TextPart)
    return last.text


def _first_token(asked: Asked) -> dict[str, Any]:
    """Prefer names by their digest and, as real models do, the first place a little."""
    lines = [line.split(". ", 1) for line in _last_words(asked).splitlines()[1:]]
    scored = [
        {"token": letter, "logprob": _score(name) + (0.5 if letter == "A" else 0), "bytes": None}
        for letter, name in lines
    ]
    junk = [{"token": "The", "logprob": -9.0, "bytes": None}]
    top = sorted(scored + junk, key=lambda one: -one["logprob"])[: asked.top_logprobs]
    return {**top[0], "top_logprobs": top}


def _score(name: str) -> float:
    return -1 - int.from_bytes(hashlib.blake2b(name.encode(), digest_size=1).digest()) / 64


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"error": {"message": message, "type": "error", "code": status}}
    return web.json_response(body, status=status, headers=headers)
