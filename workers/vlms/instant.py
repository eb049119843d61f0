"""A model that answers at once: for benchmarks of everything around the model, and fault tests."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from workers.entries import BuildOptions
from workers.vlms import Answer, AnswerRequest, Candidate, VisionLanguageModel


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantVlm:
    """Says what it was given; the same dialogue gets the same answer."""

    name: str = "instant"
    window_tokens: int = 2048
    photo_tokens: int = 64
    candidates: tuple[Candidate, ...] = ()

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: AnswerRequest) -> Answer:
        words = _text(request).split()
        told = ""
        stopped = False
        for word in words[: request.max_new_tokens]:
            if stopped := request.stop():
                break
            told = f"{told} {word}".lstrip()
            request.on_text(told)
        return Answer(
            text=told, shares=_shares(request), unusual=False, stopped=stopped, model=self.name
        )


def build(options: BuildOptions) -> VisionLanguageModel:
    """Build the model."""
    return InstantVlm(name=options.entry.name)


def _text(request: AnswerRequest) -> str:
    said = [message for message in request.dialogue if message.role == "user"]
    photos = sum(len(message.photos) for message in said)
    last = said[-1].text if said else ""
    return f"I have {photos} photo(s) and {len(said)} message(s) from you. You said: {last}"


def _shares(request: AnswerRequest) -> tuple[tuple[str, float], ...]:
    """Return shares that depend on photos and condition alone."""
    photos = b"".join(photo for message in request.dialogue for photo in message.photos)
    weights = {
        candidate.condition_id: 1 + _digest(photos + candidate.condition_id.encode())
        for candidate in request.candidates
    }
    total = sum(weights.values())
    ranked = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((condition_id, weight / total) for condition_id, weight in ranked)


def _digest(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=2).digest())
