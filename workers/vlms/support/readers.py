"""A model and its processor, reduced to the few passes that the backend needs."""

import copy
import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image
from torch import Tensor
from transformers import DynamicCache

from workers.vlms import AnswerRequest, Message
from workers.vlms.support.caches import (
    Kept,
    cache_bytes,
    common_prefix,
    crop,
    is_plain,
    repeated,
)
from workers.vlms.support.families import Family

_NOT_READ: Final = ("attention_mask", "labels")
_PASS_BYTES: Final = 512 * 1024**2
"""Memory for the copies of one pass over candidate names; more names take several passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A dialogue as the model reads it.

    Attributes:
        inputs: What the processor made of it, one row.
        tokens: Token ids, image tokens included.
        photos: Digests of the photos, in order.
    """

    inputs: dict[str, Tensor]
    tokens: tuple[int, ...]
    photos: tuple[bytes, ...]


@dataclass(slots=True, kw_only=True)
class Row:
    """One case in the making.

    Attributes:
        request: What was asked.
        prompt: The dialogue.
        cache: Keys and values of the prompt.
        logits: What the model expects next, (V,).
        room: Most tokens of the answer.
        positions: See `Reader.positions`.
        written: Token ids of the answer so far.
        text: The same, decoded.
        stopped: True when the person pressed Stop.
        shares: The differential; empty without candidates.
        unusual: True when the photo is unlike the training photos.
    """

    request: AnswerRequest
    prompt: Prompt
    cache: Any
    logits: Tensor
    room: int
    positions: Any = None
    written: list[int] = field(default_factory=list)
    text: str = ""
    stopped: bool = False
    shares: tuple[tuple[str, float], ...] = ()
    unusual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads prompts and continues them.

    Attributes:
        model: An image-text-to-text model of transformers, in evaluation mode.
        processor: Its processor.
        family: What may be done to its caches.
        dtype: Number format of pixel values.
    """

    model: Any
    processor: Any
    family: Family
    dtype: Any  # torch.dtype

    @property
    def tokenizer(self) -> Any:
        """Return the processor's tokenizer."""
        return self.processor.tokenizer

    @property
    def image_token(self) -> int:
        """Return the id that stands for a patch of a photo."""
        config = self.model.config
        token = getattr(config, "image_token_id", None)
        return int(config.image_token_index if token is None else token)

    def prompt(self, dialogue: Sequence[Message]) -> Prompt:
        """Render a dialogue through the chat template.

        Raises:
            OSError: A photo cannot be decoded.
        """
        photos = [photo for message in dialogue for photo in message.photos]
        said = [_said(message) for message in dialogue]
        inputs = self._tokenized(said) if photos else self._words(said)
        return Prompt(
            # One row has no padding; without a mask all families count positions alike.
            inputs={
                key: self._placed(value) for key, value in inputs.items() if key not in _NOT_READ
            },
            tokens=tuple(inputs["input_ids"][0].tolist()),
            photos=tuple(hashlib.blake2b(photo, digest_size=16).digest() for photo in photos),
        )

    def _tokenized(self, said: Sequence[dict[str, Any]]) -> Any:
        with warnings.catch_warnings():
            # PaliGemma's processor makes labels from tensors in a way that NumPy deprecates.
            warnings.simplefilter("ignore", DeprecationWarning)
            return self.processor.apply_chat_template(
                said,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
            )

    def _words(self, said: Sequence[dict[str, Any]]) -> Any:
        if not self.family.insists_on_photos:
            return self._tokenized(said)
        text = self.processor.apply_chat_template(said, add_generation_prompt=True)
        return self.tokenizer(f"{self.tokenizer.bos_token}{text}", return_tensors="pt")

    def prefill(self, prompt: Prompt, kept: Kept | None) -> tuple[Any, Tensor]:
        """Compute a prompt, from where a kept cache of its case ends.

        Returns:
            Its cache, one row, and what the model expects next, (V,).
        """
        length = len(prompt.tokens)
        known = self.reusable(prompt, kept)
        cache = kept.cache if kept and known else DynamicCache(config=self._text_config())
        crop(cache, known)
        self.remember(kept.positions if kept and known else None)
        inputs = self._rest(prompt, kept, known) if kept and known else prompt.inputs
        output = self.model(**inputs, past_key_values=cache, use_cache=True, logits_to_keep=1)
        if cache.get_seq_length() != length:
            raise RuntimeError(
                f"{cache.get_seq_length()} tokens in the cache, {length} in the prompt"
            )
        return cache, output.logits[0, -1].float()

    def reusable(self, prompt: Prompt, kept: Kept | None) -> int:
        """Return how many tokens of a kept cache are right for this prompt."""
        if kept is None or not self.family.keeps or not is_plain(kept.cache):
            return 0
        known = min(common_prefix(prompt.tokens, kept.tokens), len(prompt.tokens) - 1)
        image_tokens = self._image_tokens(prompt.tokens[:known])
        if self._image_tokens(prompt.tokens[known:]) == 0:
            same = kept.photos[: len(prompt.photos)] == prompt.photos
            return known if same else 0
        seen = len(kept.photos)
        whole = image_tokens == self._image_tokens(kept.tokens)
        same = prompt.photos[:seen] == kept.photos
        return known if self.family.adds_photos and whole and same else 0

    def read(self, cache: Any, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Continue a cache with given tokens.

        Args:
            cache: Written to.
            ids: Token ids, (B, T); padding on the right needs no mask, as attention is causal.
            mask: 0 where the batch is padded on the left, (B, past + T); None where it is not.

        Returns:
            Logits, (B, T, V).
        """
        placed = {}
        if mask is not None:
            positions = mask.cumsum(1)[:, -ids.shape[1] :] - 1  # (B, T)
            placed = {"attention_mask": mask, "position_ids": positions}
        output = self.model(input_ids=ids, past_key_values=cache, use_cache=True, **placed)
        logits: Tensor = output.logits
        return logits.float()

    @property
    def positions(self) -> Any:
        """What Qwen models remember of positions in their last prompt; None in other families."""
        return getattr(self.model.model, "rope_deltas", None)

    def remember(self, positions: Any) -> None:
        """Restore what `positions` gave, or forget the last prompt: it was another case's."""
        if hasattr(self.model.model, "rope_deltas"):
            self.model.model.rope_deltas = positions

    def copied(self, cache: Any) -> Any:
        """Return a copy of a one-row cache."""
        return repeated(cache, 1) if is_plain(cache) else copy.deepcopy(cache)

    def repeated(self, cache: Any, times: int) -> Any:
        """Return a copy of a one-row cache with its row ``times`` over."""
        return repeated(cache, times) if is_plain(cache) else copy.deepcopy(cache)

    def rows_at_once(self, cache: Any) -> int:
        """Return how many copies of a cache one pass may have."""
        if not is_plain(cache):
            return 1
        return max(1, _PASS_BYTES // max(1, cache_bytes(cache)))

    def _rest(self, prompt: Prompt, kept: Kept, known: int) -> dict[str, Tensor]:
        """Return the tokens and photos that are not in the cache yet."""
        rest = {"input_ids": prompt.inputs["input_ids"][:, known:]}
        if len(prompt.photos) > len(kept.photos):
            rest["pixel_values"] = prompt.inputs["pixel_values"][len(kept.photos) :]
        return rest

    def _placed(self, value: Tensor) -> Tensor:
        placed = value.to(self.model.device)
        return placed.to(self.dtype) if placed.is_floating_point() else placed

    def _image_tokens(self, tokens: Sequence[int]) -> int:
        return tokens.count(self.image_token)

    def _text_config(self) -> Any:
        return self.model.config.get_text_config()


def _said(message: Message) -> dict[str, Any]:
    content: list[dict[str, Any]] = [
        {"type": "image", "image": _decoded(photo)} for photo in message.photos
    ]
    return {"role": message.role, "content": [*content, {"type": "text", "text": message.text}]}


def _decoded(photo: bytes) -> Image.Image:
    with Image.open(io.BytesIO(photo)) as image:
        return image.convert("RGB")
