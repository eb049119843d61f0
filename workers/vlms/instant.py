"""A model that answers at once: for benchmarks of everything around the model, and fault tests."""

import hashlib
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from workers.entries import BuildOptions
from workers.vlms import Answer, AnswerRequest, Candidate, VisionLanguageModel

GRID: Final = (6, 4)
"""Cells, across and down, whose light and dark the model reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantVlm:
    """Says what it was given; the same dialogue gets the same answer.

    Attributes:
        name: Of the entry.
        window_tokens: As for any model.
        photo_tokens: As for any model.
        candidates: None of its own.
        pause_s: How long it thinks about a batch, to stand in for a model of a known speed.
        word_s: How long it takes for each word, so that an answer can be seen growing.
    """

    name: str = "instant"
    window_tokens: int = 2048
    photo_tokens: int = 64
    candidates: tuple[Candidate, ...] = ()
    pause_s: float = 0.0
    word_s: float = 0.0

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        if self.pause_s:
            time.sleep(self.pause_s)
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
            if self.word_s:
                time.sleep(self.word_s)
        return Answer(
            text=told, shares=_shares(request), unusual=False, stopped=stopped, model=self.name
        )


def build(options: BuildOptions) -> VisionLanguageModel:
    """Build the model."""
    entry = options.entry
    pause_s, word_s = entry.number("pause_ms", 0) / 1000, entry.number("word_ms", 0) / 1000
    return InstantVlm(name=entry.name, pause_s=pause_s, word_s=word_s)


def _text(request: AnswerRequest) -> str:
    said = [message for message in request.dialogue if message.role == "user"]
    photos = sum(len(message.photos) for message in said)
    last = said[-1].text if said else ""
    looks = [
        f"Photo {looks}."
        for message in said
        for photo in message.photos
        if (looks := _looks(photo))
    ]
    counted = f"I have {photos} photo(s) and {len(said)} message(s) from you."
    return " ".join([counted, *looks, f"You said: {last}"])


def _looks(photo: bytes) -> str:
    """Return which cells of a photo are lighter than its middle, as hexadecimal digits.

    Tells whose photo the model was shown, whatever its size and encoding.
    Source: the average hash, N. Krawetz, "Looks Like It", hackerfactor.com, 2011.
    """
    try:
        with Image.open(io.BytesIO(photo)) as image:
            image.draft("L", (96, 64))
            cells = image.convert("L").resize(GRID, Image.Resampling.BOX).tobytes()
    except OSError:
        return ""
    middle = sorted(cells)[len(cells) // 2]
    bits = "".join("1" if cell >= middle else "0" for cell in cells)
    return f"{int(bits, 2):06x}"


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
