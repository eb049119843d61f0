"""A model behind an OpenAI-compatible endpoint: vLLM, SGLang, ``transformers serve``, hosted ones.

Entry: ``checkpoint`` is the name under which the endpoint serves the model. Options: ``base_url``
(required, ends in ``/v1``), ``timeout_s`` (longest silence, default 60), ``retries`` (default 4),
``window_tokens`` (default: what the endpoint says, else 4096), ``photo_tokens`` (default 1024) and
``temperature`` (divides the scores, default 1). The key is a secret and comes from the settings.

What this backend does not know: whether a photo is unlike the model's training data (`unusual` is
always False), and how many tokens a text really takes (`count_tokens` guesses high).

Source of the requests: OpenAI's "Create chat completion" reference; vLLM and SGLang document the
same fields for their servers.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import openai
from openai import AsyncOpenAI, OpenAI

from core.domain.errors import ModelUnavailable
from workers.entries import BuildOptions
from workers.vlms import Answer, AnswerRequest, Candidate, VisionLanguageModel
from workers.vlms.support.endpoint import Endpoint, Messages, StreamEnded, wire
from workers.vlms.support.ranking import Shares, ranked_by_endpoint
from workers.vlms.support.served import served_window

PHOTO_TOKENS: Final = 1024
_BYTES_PER_TOKEN: Final = 3
"""English takes about four bytes a token; a guess must rather be too high."""
_STOP_EVERY_S: Final = 0.1


class EndpointFailed(Exception):
    """The endpoint could not answer; says how, and never quotes what was sent or received."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAiVlm:
    """Answers through an endpoint; the rows of a batch are asked side by side.

    Attributes:
        name: Name of the checkpoint, for records and cards.
        window_tokens: Prompt and answer together.
        photo_tokens: Reserved for each photo.
        base_url: Where the endpoint is.
        key: Its secret; may be empty.
        timeout: Limits of one request.
        retries: Tries after the first, by the client, for busy or broken answers.
        temperature: Divides log-likelihoods before they become shares.
        candidates: Always empty: it may be asked about any condition.
    """

    name: str
    window_tokens: int
    photo_tokens: int
    base_url: str
    key: str = field(repr=False)
    timeout: openai.Timeout
    retries: int
    temperature: float
    candidates: tuple[Candidate, ...] = ()

    def count_tokens(self, text: str) -> int:
        return 1 + len(text.encode()) // _BYTES_PER_TOKEN

    def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        return asyncio.run(self._answer(requests))

    async def _answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        client = AsyncOpenAI(
            base_url=self.base_url,
            api_key=self.key or "none",
            timeout=self.timeout,
            max_retries=self.retries,
        )
        async with client:
            endpoint = Endpoint(client=client, model=self.name)
            async with asyncio.TaskGroup() as group:
                rows = [group.create_task(self._row(endpoint, request)) for request in requests]
        return [row.result() for row in rows]

    async def _row(self, endpoint: Endpoint, request: AnswerRequest) -> Answer | Exception:
        """Answer one request; whatever is wrong with it stays its own."""
        draft = Draft(request=request)
        if request.stop():
            return self._answered(draft, (), stopped=True)
        try:
            messages = wire(request.dialogue)
        except (OSError, ValueError) as error:  # bytes that are no picture
            return error
        async with asyncio.TaskGroup() as group:
            work = group.create_task(self._worked(endpoint, draft, messages))
            while not work.done() and not request.stop():
                await asyncio.wait({work}, timeout=_STOP_EVERY_S)
            if not work.done():
                work.cancel()
        return self._answered(draft, (), stopped=True) if work.cancelled() else work.result()

    async def _worked(
        self, endpoint: Endpoint, draft: "Draft", messages: Messages
    ) -> Answer | Exception:
        """Write the text and score the candidates side by side."""
        request = draft.request
        failure: EndpointFailed | None = None  # no return may stand in an ``except*``
        try:
            async with asyncio.TaskGroup() as group:
                written = group.create_task(draft.write(endpoint, messages))
                scored = group.create_task(
                    ranked_by_endpoint(endpoint, messages, request.candidates, self.temperature)
                )
        except* (openai.OpenAIError, StreamEnded, ValueError) as errors:
            failure = EndpointFailed(_what_happened(errors))
        if failure is not None:
            return failure
        return self._answered(draft, scored.result(), stopped=written.result())

    def _answered(self, draft: "Draft", shares: Shares, *, stopped: bool) -> Answer:
        return Answer(
            text=draft.text.strip(),
            shares=shares,
            unusual=False,
            stopped=stopped,
            model=self.name,
        )


@dataclass(slots=True, kw_only=True)
class Draft:
    """A text in the making; what is there survives a cancelled stream.

    Attributes:
        request: Whose text it is.
        text: All of it so far.
    """

    request: AnswerRequest
    text: str = ""

    async def write(self, endpoint: Endpoint, messages: Messages) -> bool:
        """Read the answer to its end; True when it was stopped.

        A stream that breaks off is asked for once more from the start: at temperature 0 it says
        the same again, and half a sentence must never pass for an answer.

        Raises:
            openai.OpenAIError: The endpoint refused or is gone.
            StreamEnded: The answer broke off twice.
        """
        try:
            return await self._stream(endpoint, messages)
        except (StreamEnded, openai.APIConnectionError):
            return await self._stream(endpoint, messages)

    async def _stream(self, endpoint: Endpoint, messages: Messages) -> bool:
        told = ""
        async for piece in endpoint.stream(messages, self.request.max_new_tokens):
            told += piece
            if len(told) > len(self.text):
                self.text = told
                self.request.on_text(told)
            if self.request.stop():
                return True
        return False


def build(options: BuildOptions) -> VisionLanguageModel:
    """Ask the endpoint what it serves.

    Raises:
        ModelUnavailable: It cannot be reached, refuses the key, or does not serve the model.
    """
    entry = options.entry
    base_url = entry.options.get("base_url")
    if not isinstance(base_url, str) or not base_url.startswith(("http://", "https://")):
        raise ModelUnavailable(f'{entry.label} needs base_url = "http(s)://…/v1"')
    timeout = openai.Timeout(entry.number("timeout_s", 60), connect=5)
    retries = int(entry.number("retries", 4))
    with OpenAI(
        base_url=base_url, api_key=options.secret or "none", timeout=timeout, max_retries=retries
    ) as client:
        window = served_window(client, entry, base_url)
    return OpenAiVlm(
        name=entry.checkpoint,
        window_tokens=int(entry.number("window_tokens", window)),
        photo_tokens=int(entry.number("photo_tokens", PHOTO_TOKENS)),
        base_url=base_url,
        key=options.secret,
        timeout=timeout,
        retries=retries,
        temperature=entry.number("temperature", 1),
    )


def _what_happened(errors: BaseExceptionGroup[Exception]) -> str:
    """Return the first fault by kind and status, without its message, which may quote a photo."""
    first = errors.exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    status = getattr(first, "status_code", None)
    return type(first).__name__ + (f" {status}" if status else "")
