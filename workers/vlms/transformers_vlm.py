"""Any image-text-to-text model of transformers, through its Auto classes and chat template.

Options: ``cache_mb`` (memory for the caches of cases, default 1024), ``window_tokens`` (shortens
the model's own window), ``image_px`` (side of the photo that photo tokens are counted for).
"""

import copy
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from PIL import Image
from torch import Tensor
from transformers import AutoModelForImageTextToText
from transformers.utils import logging

from core.domain.errors import ModelUnavailable
from workers.devices import Device, free, memory_guard, settle
from workers.entries import BuildOptions, ModelEntry
from workers.errors import OutOfMemory
from workers.quantisation import INT8, int8
from workers.vlms import Answer, AnswerRequest, Candidate, Message, VisionLanguageModel
from workers.vlms.support.caches import Kept, KeptCaches, is_plain
from workers.vlms.support.cards import ModelCard, read_card
from workers.vlms.support.decoding import decode
from workers.vlms.support.families import family_of
from workers.vlms.support.novelty import Novelty
from workers.vlms.support.processors import load_processor
from workers.vlms.support.readers import Reader, Row
from workers.vlms.support.scoring import ranked, score_names

CACHE_MB: Final = 1024
LARGEST_PHOTO_PX: Final = 1568
"""Longest side of a photo as the core stores it."""
_LONGEST_WINDOW: Final = 16_384
"""Windows of 128 thousand tokens are no use in a chat and a danger to memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a model may use.

    Attributes:
        window_tokens: Prompt and answer together.
        cache_bytes: Memory for the caches of cases.
        image_px: Side of the photo that ``photo_tokens`` is measured with.
    """

    window_tokens: int
    cache_bytes: int
    image_px: int


class TransformersVlm:
    """A model, its processor, and what it remembers of cases."""

    def __init__(
        self, name: str, reader: Reader, card: ModelCard, device: Device, limits: Limits
    ) -> None:
        """Wrap a loaded model.

        Args:
            name: For records and cards.
            reader: The model with its processor.
            card: Settings of the differential.
            device: Where it is.
            limits: What it may use.
        """
        self.name = name
        self.window_tokens = limits.window_tokens
        self.candidates: tuple[Candidate, ...] = card.candidates
        self._reader = reader
        # Tokenizers must not be used by two threads at a time, and texts are counted elsewhere.
        self._counter = copy.deepcopy(reader.tokenizer)
        self._card = card
        self._device = device
        self._kept = KeptCaches(limits.cache_bytes)
        self._ends = _end_tokens(reader)
        self._novelty = Novelty(card.unusual, device.name) if card.unusual else None
        self.photo_tokens = self._measured_photo(limits.image_px)

    def count_tokens(self, text: str) -> int:
        return len(self._counter.encode(text, add_special_tokens=False))

    def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        try:
            with memory_guard(self._device), torch.inference_mode():
                return self._answer(requests)
        except OutOfMemory:
            self._kept.clear()
            free(self._device)
            raise

    def _answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        outcomes: dict[int, Answer | Exception] = {}
        rows: dict[int, Row] = {}
        for index, request in enumerate(requests):
            if request.stop():
                outcomes[index] = self._stopped()
                continue
            try:
                rows[index] = self._begun(request)
            except (OSError, ValueError) as error:  # no picture, or no dialogue for the template
                outcomes[index] = error
                continue
            if not self._reader.family.joins:
                decode(self._reader, [rows[index]], self._ends, self._keep)
        if self._reader.family.joins and rows:
            decode(self._reader, list(rows.values()), self._ends, self._keep)
        outcomes |= {index: self._answered(row) for index, row in rows.items()}
        return [outcomes[index] for index in range(len(requests))]

    def _begun(self, request: AnswerRequest) -> Row:
        """Read a prompt and score its candidates.

        Raises:
            ValueError: The prompt leaves no room in the window for an answer.
        """
        prompt = self._reader.prompt(request.dialogue)
        room = min(request.max_new_tokens, self.window_tokens - len(prompt.tokens))
        if room < 1:
            raise ValueError(f"{len(prompt.tokens)} tokens leave no room for an answer")
        kept = self._kept.take(request.case_id)
        cache, logits = self._reader.prefill(prompt, kept)
        row = Row(
            request=request,
            prompt=prompt,
            cache=cache,
            logits=logits,
            room=room,
            positions=self._reader.positions,
        )
        if request.candidates:
            self._judge(row)
        return row

    def _judge(self, row: Row) -> None:
        """Score the candidates, photo by photo where the model was taught to be asked so."""
        photos = row.request.dialogue[-1].photos
        if not self._card.question or not photos:
            scores = self._scores(row.cache, row.logits, row.request.candidates)
            row.shares = ranked(scores, self._card.temperature, row.request.candidates)
            return
        each = []
        for photo in photos:
            asked = Message(role="user", text=self._card.question, photos=(photo,))
            prompt = self._reader.prompt([asked])
            each.append(self._scores(*self._reader.prefill(prompt, None), row.request.candidates))
            if self._novelty and self._novelty.unusual(
                self._reader.model, prompt.inputs["pixel_values"]
            ):
                row.unusual = True
        mean = torch.stack(each).mean(0)  # (N,)
        row.shares = ranked(mean, self._card.temperature, row.request.candidates)

    def _scores(self, cache: Any, logits: Tensor, candidates: Sequence[Candidate]) -> Tensor:
        return score_names(self._reader, self._card, cache, logits, candidates)

    def _keep(self, row: Row, kept: Kept) -> None:
        if self._reader.family.keeps and is_plain(kept.cache):
            self._kept.put(row.request.case_id, kept)

    def _answered(self, row: Row) -> Answer:
        return Answer(
            text=row.text.strip(),
            shares=row.shares,
            unusual=row.unusual,
            stopped=row.stopped,
            model=self.name,
        )

    def _stopped(self) -> Answer:
        """Return the answer to what was stopped before it began."""
        return Answer(text="", shares=(), unusual=False, stopped=True, model=self.name)

    def _measured_photo(self, side_px: int) -> int:
        """Return how many tokens a photo adds to a prompt."""
        buffer = io.BytesIO()
        Image.new("RGB", (side_px, side_px)).save(buffer, "PNG")
        bare = Message(role="user", text="a")
        seen = Message(role="user", text="a", photos=(buffer.getvalue(),))
        prompts = [self._reader.prompt([message]) for message in (seen, bare)]
        return max(1, len(prompts[0].tokens) - len(prompts[1].tokens))


def build(options: BuildOptions) -> VisionLanguageModel:
    """Load a checkpoint.

    Raises:
        ModelUnavailable: It is missing, corrupt, or of no family that transformers knows.
    """
    entry, device = options.entry, options.device
    card = read_card(entry.folder, entry.label)
    dtype = device.dtype_for(entry.dtype)
    logging.disable_progress_bar()
    settle(device)
    try:
        with memory_guard(device):
            processor = load_processor(entry.source, entry.revision)
            model = AutoModelForImageTextToText.from_pretrained(
                entry.source, revision=entry.revision, dtype=dtype
            )
            if entry.dtype == INT8:
                int8(model)
            model = model.to(device.name).eval()
    except OutOfMemory as error:
        raise ModelUnavailable(f"{entry.label} does not fit on {device.name}") from error
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, AttributeError) as error:
        raise ModelUnavailable(
            f"{entry.label} cannot be loaded from {entry.source}: {_first_line(error)}"
        ) from error
    family = family_of(model.config.model_type)
    return TransformersVlm(
        name=entry.name if entry.folder else entry.checkpoint,
        reader=Reader(model=model, processor=processor, family=family, dtype=dtype),
        card=card,
        device=device,
        limits=Limits(
            window_tokens=_window(model, entry),
            cache_bytes=int(entry.number("cache_mb", CACHE_MB) * 1024**2),
            image_px=int(entry.number("image_px", LARGEST_PHOTO_PX)),
        ),
    )


def _window(model: Any, entry: ModelEntry) -> int:
    own = getattr(model.config.get_text_config(), "max_position_embeddings", _LONGEST_WINDOW)
    return int(entry.number("window_tokens", min(own, _LONGEST_WINDOW)))


def _end_tokens(reader: Reader) -> frozenset[int]:
    configured = reader.model.generation_config.eos_token_id
    several = configured if isinstance(configured, list) else [configured]
    return frozenset(
        token for token in (*several, reader.tokenizer.eos_token_id) if token is not None
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
