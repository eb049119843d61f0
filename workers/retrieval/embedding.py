"""Pictures to vectors, by any CLIP- or SigLIP-type checkpoint or the vision tower of any VLM.

What a checkpoint is, its own layout says: one with an image-and-text space gives its image
features, one that talks gives the mean of its vision tower's patches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import torch
from PIL import Image
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModel,
    AutoModelForImageTextToText,
    AutoTokenizer,
)

from core.domain.errors import ModelUnavailable
from workers.devices import Device
from workers.entries import ModelEntry
from workers.models import check_folder
from workers.retrieval import Floats

BATCH: Final = 32


class Embedder(Protocol):
    """Turns pictures into features. Called from one thread."""

    @property
    def name(self) -> str:
        """Name of the checkpoint, as index cards have it."""
        ...

    def embed(self, images: Sequence[Image.Image]) -> Floats:
        """Return one feature per RGB picture, (N, D)."""
        ...


class TextEmbedder(Embedder, Protocol):
    """An embedder whose space holds words, too: a zero-shot classifier."""

    def embed_words(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector per text, (N, D)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TowerEmbedder:
    """The vision tower of a model that talks.

    Attributes:
        name: Name of the checkpoint.
        tower: Takes ``pixel_values``, (B, 3, H, W).
        processor: Makes them.
        device: Where the tower is.
    """

    name: str
    tower: Any
    processor: Any
    device: str

    def embed(self, images: Sequence[Image.Image]) -> Floats:
        return _batched(images, self._embed)

    def _embed(self, images: Sequence[Image.Image]) -> Floats:
        pixels = self.processor(images=list(images), return_tensors="pt")["pixel_values"]
        with torch.inference_mode():
            patches = self.tower(pixel_values=pixels.to(self.device, self.tower.dtype))
        return _floats(patches.last_hidden_state.mean(1))  # (B, P, D) -> (B, D)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEmbedder:
    """A model with one space for pictures and words (CLIP, SigLIP, DermLIP, MONET).

    Attributes:
        name: Name of the checkpoint.
        model: Has ``get_image_features`` and ``get_text_features``.
        processor: Makes ``pixel_values``.
        tokenizer: Makes ``input_ids``.
        device: Where the model is.
    """

    name: str
    model: Any
    processor: Any
    tokenizer: Any
    device: str

    def embed(self, images: Sequence[Image.Image]) -> Floats:
        return _batched(images, self._embed)

    def _embed(self, images: Sequence[Image.Image]) -> Floats:
        pixels = self.processor(images=list(images), return_tensors="pt")["pixel_values"]
        with torch.inference_mode():
            found = self.model.get_image_features(
                pixel_values=pixels.to(self.device, self.model.dtype)
            )
        return _floats(_pooled(found))

    def embed_words(self, texts: Sequence[str]) -> Floats:
        tokens = self.tokenizer(
            list(texts), padding="max_length", truncation=True, return_tensors="pt"
        )
        known = {key: value.to(self.device) for key, value in tokens.items() if key in _TEXT_KEYS}
        with torch.inference_mode():
            found = _pooled(self.model.get_text_features(**known))
        return _floats(found / found.norm(dim=-1, keepdim=True))


_TEXT_KEYS: Final = ("input_ids", "attention_mask")


def build_embedder(entry: ModelEntry, device: Device) -> Embedder:
    """Load a checkpoint as an embedder.

    Raises:
        ModelUnavailable: It is missing, corrupt, or has no vision tower.
    """
    if entry.folder is not None:
        check_folder(entry.folder, entry.label)
    try:
        return _load(entry, device)
    except (OSError, ValueError, RuntimeError, KeyError, AttributeError, ImportError) as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(
            f"{entry.label} cannot be loaded from {entry.source}: {first_line}"
        ) from error


def _load(entry: ModelEntry, device: Device) -> Embedder:
    where = {"revision": entry.revision}
    config = AutoConfig.from_pretrained(entry.source, **where)
    processor = AutoImageProcessor.from_pretrained(entry.source, **where)
    dtype = device.dtype_for(entry.dtype)
    if hasattr(config, "projection_dim") or config.model_type.startswith("siglip"):
        model = AutoModel.from_pretrained(entry.source, dtype=dtype, **where)
        return PairEmbedder(
            name=entry.name,
            model=model.to(device.name).eval(),
            processor=processor,
            tokenizer=AutoTokenizer.from_pretrained(entry.source, **where),
            device=device.name,
        )
    talking = AutoModelForImageTextToText.from_pretrained(entry.source, dtype=dtype, **where)
    tower = talking.model.vision_tower.to(device.name).eval()
    return TowerEmbedder(name=entry.name, tower=tower, processor=processor, device=device.name)


def _batched(
    images: Sequence[Image.Image], embed: Callable[[Sequence[Image.Image]], Floats]
) -> Floats:
    parts = [embed(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return np.concatenate(parts)


def _pooled(found: Any) -> torch.Tensor:
    """Return features (B, D); newer releases wrap them in an output object."""
    pooled = getattr(found, "pooler_output", found)
    return pooled if isinstance(pooled, torch.Tensor) else torch.as_tensor(pooled)


def _floats(tensor: torch.Tensor) -> Floats:
    array: Floats = tensor.float().cpu().numpy()
    return array
