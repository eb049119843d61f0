"""Is a photo unlike everything the model was trained on?

The distance of its vision features from those of the training photos says so: Mahalanobis distance
of the mean over all patches.

Source: Lee et al. 2018, "A simple unified framework for detecting out-of-distribution samples",
with one class.
"""

from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from workers.vlms.support.cards import NoveltyRule


class Novelty:
    """The rule of one checkpoint with its statistics."""

    def __init__(self, rule: NoveltyRule, device: str) -> None:
        """Load the statistics."""
        stats = load_file(rule.stats, device=device)
        self._mean = stats["mean"].float()  # (D,)
        self._precision = stats["precision"].float()  # (D, D)
        self._threshold = rule.threshold

    def distance(self, features: Tensor) -> float:
        """Return how far one photo's patch features, (P, D), are from the training photos'."""
        offset = features.float().mean(0) - self._mean  # (D,)
        return float((offset @ self._precision @ offset).clamp(min=0).sqrt())

    def unusual(self, model: Any, pixel_values: Tensor) -> bool:
        """Return whether any of the photos, (N, 3, H, W), is unusual."""
        with torch.inference_mode():
            output = model.get_image_features(pixel_values=pixel_values)
        return any(self.distance(photo) > self._threshold for photo in output.pooler_output)
