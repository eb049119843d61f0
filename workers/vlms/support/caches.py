"""Key-value caches of cases, kept from one turn to the next.

A follow-up repeats everything that was said before. What was computed for those tokens is still
right as long as tokens and photos are the same, so it is kept by case, within a memory budget, and
the least recently used goes first. Reuse is decided by comparing token ids, never by trusting that
the chat went on where it stopped: the answer is the same with and without a kept cache.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is known of a case.

    Attributes:
        tokens: Token ids in the cache, image tokens included.
        photos: Digests of the photos behind the image tokens, in order.
        cache: Keys and values, one row.
        positions: What else the model needs to go on; see `Reader.positions`.
    """

    tokens: tuple[int, ...]
    photos: tuple[bytes, ...]
    cache: Any  # transformers.DynamicCache
    positions: Any = None

    @property
    def size_bytes(self) -> int:
        """Return how much memory keys and values take."""
        return cache_bytes(self.cache)


class KeptCaches:
    """Caches by case, the least recently used dropped first."""

    def __init__(self, budget_bytes: int) -> None:
        """Keep caches of at most ``budget_bytes`` together."""
        self._budget_bytes = budget_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def take(self, case_id: str) -> Kept | None:
        """Remove and return what is kept of a case: whoever takes it goes on writing into it."""
        return self._kept.pop(case_id, None)

    def put(self, case_id: str, kept: Kept) -> None:
        """Keep a case's cache, at the cost of those that were used longest ago."""
        self._kept[case_id] = kept
        self._kept.move_to_end(case_id)
        while self._kept and self.size_bytes > self._budget_bytes:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    @property
    def size_bytes(self) -> int:
        """Return how much memory all of them take."""
        return sum(kept.size_bytes for kept in self._kept.values())

    def __len__(self) -> int:
        """Return how many cases have a cache."""
        return len(self._kept)


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two transcripts share from their start."""
    pairs = zip(one, other, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def is_plain(cache: Any) -> bool:
    """Return whether every layer keeps every token, so that rows can be cut and joined."""
    return all(type(layer) is DynamicLayer for layer in cache.layers)


def cache_bytes(cache: Any) -> int:
    """Return how much memory keys and values take."""
    tensors = (tensor for layer in cache.layers for tensor in (layer.keys, layer.values))
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors if tensor is not None)


def crop(cache: Any, length: int) -> None:
    """Keep the first ``length`` tokens."""
    surplus = cache.get_seq_length() - length
    if surplus > 0:
        cache.crop(-surplus)


def repeated(cache: Any, times: int) -> Any:
    """Return a copy with its one row ``times`` over; the original is not touched."""
    return _built(
        [
            (layer.keys.repeat_interleave(times, 0), layer.values.repeat_interleave(times, 0))
            for layer in cache.layers
        ]
    )


def joined(caches: Sequence[Any]) -> tuple[Any, Tensor]:
    """Join one-row caches into a batch, shorter ones padded on the left.

    Returns:
        The batch's cache and its attention mask, (B, T), 0 on the padding.
    """
    lengths = [cache.get_seq_length() for cache in caches]
    longest = max(lengths)
    pads = [longest - length for length in lengths]
    layers = []
    for parts in zip(*(cache.layers for cache in caches), strict=True):
        keys = torch.cat([_padded(part.keys, pad) for part, pad in zip(parts, pads, strict=True)])
        values = torch.cat(
            [_padded(part.values, pad) for part, pad in zip(parts, pads, strict=True)]
        )
        layers.append((keys, values))  # each (B, H, T, D)
    positions = torch.arange(longest, device=layers[0][0].device)
    mask = (positions[None] >= torch.tensor(pads, device=positions.device)[:, None]).long()
    return _built(layers), mask  # mask: (B, T)


def row(cache: Any, index: int, pad: int) -> Any:
    """Return a copy of one row of a batch without its padding."""
    return _built(
        [
            (
                layer.keys[index : index + 1, :, pad:].clone(),
                layer.values[index : index + 1, :, pad:].clone(),
            )
            for layer in cache.layers
        ]
    )


def _padded(states: Tensor, pad: int) -> Tensor:
    return torch.nn.functional.pad(states, (0, 0, pad, 0))  # (1, H, T, D)


def _built(layers: Sequence[tuple[Tensor, Tensor]]) -> Any:
    cache = DynamicCache()
    for index, (keys, values) in enumerate(layers):
        cache.update(keys, values, index)
    return cache
