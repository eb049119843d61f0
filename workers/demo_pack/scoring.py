"""Scores candidate condition names against photos with a trained demo model.

The worker's own backend does the same for any checkpoint; this one is for calibration and
evaluation over many photos, one photo and one question each.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from workers.demo_pack.dialogues import SCORE_PREFIX

QUESTION = "What is this?"
_BATCH = 24
Floats = NDArray[np.float64]


def prompt_inputs(
    processor: LlavaProcessor, images: Sequence[NDArray[np.uint8]], text: str, opening: str
) -> dict[str, Tensor]:
    """Inputs of a batch: one photo and the same words each, and how the assistant begins."""
    content = [{"type": "image"}, {"type": "text", "text": text}]
    chat = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True
    )
    pictures = [Image.fromarray(image) for image in images]
    return dict(
        processor(images=pictures, text=[chat + opening] * len(pictures), return_tensors="pt")
    )


@torch.no_grad()
def log_likelihoods(
    model: LlavaForConditionalGeneration,
    processor: LlavaProcessor,
    images: Sequence[NDArray[np.uint8]],
    names: Sequence[str],
) -> Floats:
    """Log-likelihood of each name after the score prefix, shape (photos, names)."""
    parts = [
        _batch(model, processor, images[start : start + _BATCH], names)
        for start in range(0, len(images), _BATCH)
    ]
    return np.concatenate(parts)


def _batch(
    model: LlavaForConditionalGeneration,
    processor: LlavaProcessor,
    images: Sequence[NDArray[np.uint8]],
    names: Sequence[str],
) -> Floats:
    tokenizer = processor.tokenizer
    inputs = prompt_inputs(processor, images, QUESTION, SCORE_PREFIX)
    out = model(**inputs, use_cache=True)
    cache = out.past_key_values
    cache.batch_repeat_interleave(len(names))
    pieces = [tokenizer.encode(f" {name}", add_special_tokens=False) for name in names]
    pieces = [[*piece, tokenizer.eos_token_id] for piece in pieces]
    width = max(len(piece) for piece in pieces)
    ids = torch.tensor([piece + [0] * (width - len(piece)) for piece in pieces])
    ids = ids.repeat(len(images), 1)  # (photos * names, width)
    first = out.logits[:, -1].float().log_softmax(-1).repeat_interleave(len(names), 0)
    rest = model(input_ids=ids, past_key_values=cache).logits.float().log_softmax(-1)
    steps = torch.cat([first[:, None], rest[:, :-1]], 1)  # (photos * names, width, vocabulary)
    each = steps.gather(2, ids[..., None])[..., 0]
    lengths = torch.tensor([len(piece) for piece in pieces]).repeat(len(images))
    each = each.masked_fill(torch.arange(width)[None] >= lengths[:, None], 0)
    return each.sum(1).view(len(images), len(names)).double().numpy()


def probabilities(scores: Floats, temperature: float) -> Floats:
    """Calibrated likelihoods, rows summing to 1."""
    scaled = scores / temperature
    scaled -= scaled.max(1, keepdims=True)
    raised = np.exp(scaled)
    return raised / raised.sum(1, keepdims=True)


@torch.no_grad()
def pooled_features(
    model: LlavaForConditionalGeneration,
    processor: LlavaProcessor,
    images: Sequence[NDArray[np.uint8]],
) -> NDArray[np.float32]:
    """Mean patch feature of the vision tower's last hidden state, shape (photos, width)."""
    parts = []
    for start in range(0, len(images), 64):
        pictures = [Image.fromarray(image) for image in images[start : start + 64]]
        batch = processor.image_processor(images=pictures, return_tensors="pt")["pixel_values"]
        out = model.model.vision_tower(pixel_values=batch.to(model.dtype))
        parts.append(out.last_hidden_state.float().mean(1))
    return torch.cat(parts).numpy()
