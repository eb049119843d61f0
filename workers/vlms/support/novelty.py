"""Is a photo unlike everything the model was trained on?

The distance of its vision features from those of every known condition says so: Mahalanobis
distance, with one spread for all conditions, of the mean over all patches.

Source: Lee et al. 2018, "A simple unified framework for detecting out-of-distribution samples and
adversarial attacks".
"""

from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from workers.vlms.support.cards import NoveltyRule


class Novelty:
    """The rule of one checkpoint with its statistics."""

    def __init__(self, rule: NoveltyRule, device: str) -> None:
        """Load the statistics."""
        statistics = load_file(rule.statistics, device=device)
        self._means = statistics["means"].float()  # (C, D)
        self._whitening = statistics["whitening"].float()  # (D, D)
        self._threshold = rule.threshold

    def distances(self, features: Tensor) -> Tensor:
        """Return how far photos are from the nearest condition, (N,).

        Args:
            features: Patch features of each photo, (N, P, D).
        """
        pooled = features.float().mean(1)  # (N, D)
        apart = (pooled[:, None] - self._means) @ self._whitening  # (N, C, D)
        return apart.square().sum(2).sqrt().amin(1)

    def unusual(self, model: Any, pixel_values: Tensor) -> bool:
        """Return whether any of the photos, (N, 3, H, W), is unusual."""
        output = model.model.vision_tower(pixel_values=pixel_values)
        return bool((self.distances(output.last_hidden_state) > self._threshold).any())
