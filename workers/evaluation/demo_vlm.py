"""Measures the demo vision-language model on fresh renders."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file
from skimage import data
from transformers import AutoModelForImageTextToText, AutoProcessor

from workers.demo_pack.calibration import SETTINGS, STATISTICS, unusual_scores
from workers.demo_pack.pool import Pool, PoolSpec, one
from workers.demo_pack.prompts import NAMES
from workers.demo_pack.scene import CONDITIONS, PLAIN
from workers.demo_pack.scoring import log_likelihoods, pooled_features, probabilities

PHOTO_PX = 224
_BINS = 15
_BATCH = 16
Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]
Chat = list[dict[str, Any]]


class Seer:
    """The demo model as it is loaded offline, with its own settings."""

    def __init__(self, folder: Path) -> None:
        self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype="float32").eval()
        self.processor = AutoProcessor.from_pretrained(folder)
        self.settings: dict[str, Any] = json.loads((folder / SETTINGS).read_text())
        self.statistics = load_file(folder / STATISTICS)

    def likelihoods(self, images: list[NDArray[np.uint8]]) -> Floats:
        """Calibrated likelihood of each condition, shape (photos, 12)."""
        names = [NAMES[condition] for condition in CONDITIONS]
        scores = log_likelihoods(self.model, self.processor, images, names)
        return probabilities(scores, self.settings["temperature"])

    def unusual(self, images: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Distance of each photo from everything known, shape (photos,)."""
        features = pooled_features(self.model, self.processor, images)
        return unusual_scores(features, self.statistics)

    def replies(self, chats: Sequence[Chat], images: Sequence[Picture]) -> list[str]:
        """Most likely next answer of each chat about one photo."""
        parts = [
            self._replies(chats[start : start + _BATCH], images[start : start + _BATCH])
            for start in range(0, len(chats), _BATCH)
        ]
        return [reply for part in parts for reply in part]

    def _replies(self, chats: Sequence[Chat], images: Sequence[Picture]) -> list[str]:
        texts = [self.processor.apply_chat_template(c, add_generation_prompt=True) for c in chats]
        pictures = [Image.fromarray(image) for image in images]
        inputs = self.processor(images=pictures, text=texts, return_tensors="pt", padding=True)
        with torch.no_grad():
            out = self.model.generate(**inputs, max_new_tokens=120, do_sample=False)
        new = out[:, inputs["input_ids"].shape[1] :]
        decode = self.processor.tokenizer.batch_decode
        return [text.strip() for text in decode(new, skip_special_tokens=True)]


def photos(seed: int, count: int, conditions: tuple[str, ...] = CONDITIONS) -> Pool:
    """Fresh photos of 224 pixels, as a user would send them."""
    spec = PoolSpec(
        name="", count=count, size_px=PHOTO_PX, seed=seed, conditions=conditions, photo_like=True
    )
    pairs = [one(spec, seed + index) for index in range(count)]
    images = np.stack([pair[0] for pair in pairs])
    return Pool(images=images, labels=np.array([pair[1] for pair in pairs], np.int64))


def differential(seer: Seer, pool: Pool) -> dict[str, float]:
    """Top-1, top-3, worst tone group over best, and calibration error."""
    chances = seer.likelihoods(list(pool.images))
    order = np.argsort(-chances, axis=1)
    truth = pool.labels[:, 0]
    first = order[:, 0] == truth
    by_tone = [float(first[pool.labels[:, 1] == tone].mean()) for tone in range(6)]
    return {
        "vlm_top1": float(first.mean()),
        "vlm_top3": float((order[:, :3] == truth[:, None]).any(1).mean()),
        "tone_ratio": min(by_tone) / max(by_tone),
        "ece": calibration_error(chances.max(1), first),
    }


def calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Expected calibration error over equally wide bins.

    Source: C. Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in range(_BINS)
        if (bins == b).any()
    ]
    return float(sum(gaps))


def strangers(seed: int, count: int) -> list[NDArray[np.uint8]]:
    """Pictures unlike any lesion: plain skin, library photographs, gratings and noise."""
    rng = np.random.default_rng(seed)
    plain = photos(seed + 50_000, count, (PLAIN,)).images
    library = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket(), data.camera()]
    crops = [_crop(rng, library[i % len(library)]) for i in range(count)]
    noise = [rng.integers(0, 256, (PHOTO_PX, PHOTO_PX, 3)).astype(np.uint8) for _ in range(count)]
    return [*plain, *crops, *noise]


def _crop(rng: np.random.Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Random square cut of a photograph, in colour."""
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, 2)
    side = int(rng.uniform(0.5, 1) * min(picture.shape[:2]))
    top, left = (int(rng.integers(0, n - side + 1)) for n in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + side, left : left + side])


def auroc(known: NDArray[np.floating], strange: NDArray[np.floating]) -> float:
    """Chance that a strange picture scores higher than a known one."""
    higher = (strange[:, None] > known[None]).mean()
    equal = (strange[:, None] == known[None]).mean()
    return float(higher + 0.5 * equal)
