"""Requests to an OpenAI-compatible endpoint, and what comes back."""

import base64
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openai import AsyncOpenAI, BadRequestError, UnprocessableEntityError
from openai.types.chat import ChatCompletion
from openai.types.shared_params import ResponseFormatJSONSchema
from PIL import Image

from workers.vlms import Message

Messages = list[Any]
"""A dialogue as ``messages`` of a chat completion (typed dictionaries of the client)."""

_MIME: Final = {"JPEG": "image/jpeg", "PNG": "image/png"}
SEED: Final = 0
_REFUSED: Final = (BadRequestError, UnprocessableEntityError)
"""How servers say that they do not know a field; others ignore it."""
TOP: Final = 20
"""Most ``top_logprobs`` that the interface allows."""


class StreamEnded(Exception):
    """A stream ended without a finish reason: what it said so far is no whole answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model of an endpoint.

    Attributes:
        client: Connection with its limits and retries.
        model: Name under which the model is served.
    """

    client: AsyncOpenAI
    model: str

    async def stream(self, messages: Messages, max_tokens: int) -> AsyncIterator[str]:
        """Yield an answer piece by piece.

        Raises:
            openai.OpenAIError: The endpoint refused or is gone.
            StreamEnded: The stream ended before the answer did.
        """
        stream = await self.client.chat.completions.create(
            model=self.model,
            messages=messages,
            stream=True,
            max_tokens=max_tokens,
            temperature=0,
            seed=SEED,
        )
        finished = False
        async with stream:
            async for chunk in stream:
                if not chunk.choices:
                    continue
                finished = finished or chunk.choices[0].finish_reason is not None
                if piece := chunk.choices[0].delta.content:
                    yield piece
        if not finished:
            raise StreamEnded

    async def structured(
        self, messages: Messages, *, name: str, schema: dict[str, object], max_tokens: int
    ) -> str:
        """Return an answer that was asked for under a JSON schema; empty when there is none.

        Servers that know no schemas ignore or refuse it; the question itself has to ask for JSON.

        Raises:
            openai.OpenAIError: The endpoint refused or is gone.
        """
        constraint: ResponseFormatJSONSchema = {
            "type": "json_schema",
            "json_schema": {"name": name, "schema": schema, "strict": True},
        }
        try:
            completion = await self._whole(messages, max_tokens, response_format=constraint)
        except _REFUSED:
            completion = await self._whole(messages, max_tokens)
        return _content(completion)

    async def first_token(self, messages: Messages) -> dict[str, float]:
        """Return log-likelihoods of the likeliest first tokens; empty where none are offered.

        Raises:
            openai.OpenAIError: The endpoint refused or is gone.
        """
        try:
            completion = await self._whole(messages, 1, logprobs=True, top_logprobs=TOP)
        except _REFUSED:
            return {}
        offered = completion.choices[0].logprobs if completion.choices else None
        if offered is None or not offered.content:
            return {}
        return {top.token: top.logprob for top in offered.content[0].top_logprobs}

    async def _whole(self, messages: Messages, max_tokens: int, **more: Any) -> ChatCompletion:
        completion: ChatCompletion = await self.client.chat.completions.create(
            model=self.model,
            messages=messages,
            max_tokens=max_tokens,
            temperature=0,
            seed=SEED,
            **more,
        )
        return completion


def wire(dialogue: Sequence[Message]) -> Messages:
    """Return a dialogue as the endpoint reads it: photos as data URLs before their words.

    Raises:
        OSError: A photo is no picture.
        ValueError: A photo is neither JPEG nor PNG.
    """
    return [_message(message) for message in dialogue]


def asking(messages: Messages, question: str) -> Messages:
    """Return a dialogue whose last message asks something more.

    A message of its own would not do: some chat templates take turns strictly.
    """
    *before, last = messages
    content = last["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return [*before, {**last, "content": [*parts, {"type": "text", "text": question}]}]


def _message(message: Message) -> dict[str, object]:
    if not message.photos:
        return {"role": message.role, "content": message.text}
    photos = [
        {"type": "image_url", "image_url": {"url": _data_url(photo)}} for photo in message.photos
    ]
    return {"role": message.role, "content": [*photos, {"type": "text", "text": message.text}]}


def _data_url(photo: bytes) -> str:
    with Image.open(io.BytesIO(photo)) as image:
        mime = _MIME.get(image.format or "")
    if mime is None:
        raise ValueError("a photo must be JPEG or PNG")
    return f"data:{mime};base64,{base64.b64encode(photo).decode()}"


def _content(completion: ChatCompletion) -> str:
    return (completion.choices[0].message.content or "") if completion.choices else ""
