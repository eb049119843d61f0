"""Fits what the worker needs beside the weights, and writes `skingen.json`.

Temperature: so that a likelihood of 80 % is right in 80 % of photos. Unusual score: how far a
photo lies from every condition that the model knows.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.optimize import minimize_scalar
from transformers import AutoModelForImageTextToText, AutoProcessor

from workers.demo_pack.dialogues import SCORE_PREFIX
from workers.demo_pack.pool import Pool
from workers.demo_pack.prompts import NAMES
from workers.demo_pack.scene import CONDITIONS
from workers.demo_pack.scoring import (
    QUESTION,
    Floats,
    log_likelihoods,
    pooled_features,
    probabilities,
)
from workers.demo_pack.vlm_parts import IMAGE_PX

STATISTICS = "unusual.safetensors"
SETTINGS = "skingen.json"
# A photo is called unusual if fewer than this share of known renders lie as far away.
_KNOWN_SHARE_ABOVE = 0.03
_SHAPES = 4000


def calibrate(folder: Path, shapes: Pool, pool: Pool) -> dict[str, Any]:
    """Fit temperature and unusual score, and write them.

    Args:
        folder: A model as it was exported.
        shapes: Renders that the tower never saw; their features give the class means.
        pool: Renders that no part of the model ever saw; they fix temperature and threshold.
    """
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype="float32")
    processor = AutoProcessor.from_pretrained(folder)
    known = pool.labels[:, 0] < len(CONDITIONS)
    images, kinds = list(pool.images[known]), pool.labels[known, 0]
    scores = log_likelihoods(model, processor, images, [NAMES[c] for c in CONDITIONS])
    temperature = fit_temperature(scores, kinds)
    usual = np.flatnonzero(shapes.labels[:, 0] < len(CONDITIONS))[:_SHAPES]
    features = pooled_features(model, processor, list(shapes.images[usual]))
    statistics = fit_unusual(features, shapes.labels[usual, 0])
    save_file(statistics, folder / STATISTICS)
    distances = unusual_scores(pooled_features(model, processor, images), statistics)
    settings = {
        "score_prefix": SCORE_PREFIX,
        "score_question": QUESTION,
        "candidate_joiner": " ",
        "temperature": round(temperature, 4),
        "candidates": {condition: NAMES[condition] for condition in CONDITIONS},
        "image_px": IMAGE_PX,
        "unusual": {
            "method": "mahalanobis",
            "features": "mean over patches of vision_tower(pixel_values).last_hidden_state",
            "statistics": STATISTICS,
            "threshold": round(float(np.quantile(distances, 1 - _KNOWN_SHARE_ABOVE)), 4),
        },
    }
    (folder / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n")
    return settings


def fit_temperature(scores: Floats, kinds: NDArray[np.int64]) -> float:
    """Temperature that minimises the negative log-likelihood of the true conditions.

    Source: C. Guo et al., "On calibration of modern neural networks", ICML 2017.
    """

    def loss(log_temperature: float) -> float:
        chosen = probabilities(scores, float(np.exp(log_temperature)))[np.arange(len(kinds)), kinds]
        return float(-np.log(chosen + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 3), method="bounded").x))


def fit_unusual(
    features: NDArray[np.float32], kinds: NDArray[np.int64]
) -> dict[str, NDArray[np.float32]]:
    """Class means (classes, width) and their shared whitening (width, width).

    Source: K. Lee et al., "A simple unified framework for detecting out-of-distribution samples
    and adversarial attacks", NeurIPS 2018.
    """
    means = np.stack([features[kinds == k].mean(0) for k in range(len(CONDITIONS))])
    rest = features - means[kinds]
    spread = np.cov(rest.T) + 1e-3 * np.trace(np.cov(rest.T)) / rest.shape[1] * np.eye(
        rest.shape[1]
    )
    whitening = np.linalg.cholesky(np.linalg.inv(spread))
    return {"means": means.astype(np.float32), "whitening": whitening.astype(np.float32)}


def unusual_scores(
    features: NDArray[np.float32], statistics: dict[str, NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Mahalanobis distance to the nearest condition, shape (photos,)."""
    apart = features[:, None] - statistics["means"][None]  # (photos, classes, width)
    whitened = apart @ statistics["whitening"]
    return np.sqrt((whitened**2).sum(2)).min(1).astype(np.float32)
