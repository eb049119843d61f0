"""``skingen.json``: the worker scores and judges exactly as the checkpoint was calibrated."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file
from transformers import AutoModelForImageTextToText, AutoProcessor

from core.domain.errors import ModelUnavailable
from tests import tiny_vlms
from workers.demo_pack.calibration import unusual_scores
from workers.demo_pack.scoring import log_likelihoods, pooled_features, probabilities
from workers.devices import choose
from workers.entries import ModelEntry
from workers.models import build_vlm
from workers.vlms import Answer, AnswerRequest, Candidate, Message
from workers.vlms.support.cards import read_card

NAMES = {"acne": "acne", "eczema": "eczema", "eczema-b": "eczema here", "psoriasis": "psoriasis"}
CARD: dict[str, Any] = {
    "score_prefix": "Most likely condition:",
    "score_question": "What is this?",
    "candidate_joiner": " ",
    "temperature": 1.7,
    "candidates": NAMES,
    "image_px": 56,
}


def picture(seed: int) -> np.ndarray:
    """Return noise of one colour, (56, 56, 3)."""
    rng = np.random.default_rng(seed)
    return (rng.integers(40, 200, 3) + rng.integers(0, 40, (56, 56, 3))).astype(np.uint8)


def encoded(pixels: np.ndarray) -> bytes:
    """Return the same picture as a file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


PICTURES = [picture(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a tiny LLaVA without a card."""
    return tiny_vlms.llava(tmp_path_factory.mktemp("llava"))


@pytest.fixture
def folder(bare: Path, tmp_path: Path) -> Path:
    """Give a tiny LLaVA with a card."""
    made = tmp_path / "vlm"
    shutil.copytree(bare, made)
    (made / "skingen.json").write_text(json.dumps(CARD))
    return made


def judged(folder: Path, *photos: np.ndarray) -> Answer:
    """Answer a turn with photos."""
    entry = ModelEntry(kind="vlm", name="tiny", backend="transformers_vlm", folder=folder)
    vlm = build_vlm(entry, choose("cpu"))
    (outcome,) = vlm.answer(
        [
            AnswerRequest(
                case_id="c",
                dialogue=(
                    Message(role="system", text="you are"),
                    Message(role="user", text="this", photos=tuple(map(encoded, photos))),
                ),
                candidates=vlm.candidates or (Candidate(condition_id="acne", name="acne"),),
                stop=lambda: False,
                on_text=lambda _text: None,
                max_new_tokens=1,
            )
        ]
    )
    assert isinstance(outcome, Answer), outcome
    return outcome


def loaded(folder: Path) -> tuple[Any, Any]:
    """Return model and processor."""
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype="float32")
    return model, AutoProcessor.from_pretrained(folder)


def test_shares_are_the_calibrated_ones(folder: Path) -> None:
    """Shares equal those that the temperature was fitted on, name for name."""
    scores = log_likelihoods(*loaded(folder), PICTURES[:1], list(NAMES.values()))
    expected = dict(zip(NAMES, probabilities(scores, 1.7)[0], strict=True))

    assert dict(judged(folder, PICTURES[0]).shares) == pytest.approx(expected, abs=1e-4)


def test_several_photos_count_alike(folder: Path) -> None:
    """Photos of one turn are scored one by one, and their scores averaged."""
    scores = log_likelihoods(*loaded(folder), PICTURES[:2], list(NAMES.values()))
    expected = dict(zip(NAMES, probabilities(scores.mean(0, keepdims=True), 1.7)[0], strict=True))

    assert dict(judged(folder, *PICTURES[:2]).shares) == pytest.approx(expected, abs=1e-4)


def test_unusual_photos_are_told(folder: Path) -> None:
    """A photo farther from every condition than the threshold is unusual, a near one is not."""
    features = pooled_features(*loaded(folder), PICTURES)
    statistics = {
        "means": features[:2],
        "whitening": np.eye(features.shape[1], dtype=np.float32),
    }
    save_file(statistics, folder / "unusual.safetensors")
    distance = float(unusual_scores(features, statistics)[2])
    assert distance > 1e-3
    rule = {"method": "mahalanobis", "statistics": "unusual.safetensors"}
    for factor, strange in ((0.9, True), (1.1, False)):
        card = {**CARD, "unusual": {**rule, "threshold": distance * factor}}
        (folder / "skingen.json").write_text(json.dumps(card))

        assert judged(folder, PICTURES[2]).unusual is strange
        assert not judged(folder, PICTURES[0]).unusual


def test_model_names_what_it_was_taught(folder: Path) -> None:
    """Candidates come from the card; without one there are none."""
    assert [c.condition_id for c in read_card(folder, "vlm").candidates] == list(NAMES)
    assert read_card(folder.parent, "vlm").candidates == ()
    assert read_card(None, "vlm").temperature == 1


def test_without_a_card_names_are_scored_after_the_dialogue(bare: Path) -> None:
    """A checkpoint that was not made for the project is scored all the same."""
    assert judged(bare, PICTURES[0]).shares == (("acne", 1.0),)


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0},
        {"temperature": "warm"},
        {"candidates": ["acne"]},
        {"unusual": {"method": "guess"}},
        {"unusual": {"method": "mahalanobis", "statistics": "gone", "threshold": 1}},
        {"unusual": {"method": "mahalanobis"}},
    ],
)
def test_wrong_card_is_one_sentence(folder: Path, change: dict[str, Any]) -> None:
    """A card that makes no sense is named with its path."""
    (folder / "skingen.json").write_text(json.dumps({**CARD, **change}))

    with pytest.raises(ModelUnavailable, match=r"skingen.json makes no sense"):
        read_card(folder, "vlm 'x'")


def test_checkpoint_without_weights_is_one_sentence(bare: Path, tmp_path: Path) -> None:
    """A folder that lost its weights is named; nothing is fetched instead."""
    for path in bare.iterdir():
        if path.suffix != ".safetensors":
            shutil.copy(path, tmp_path)
    entry = ModelEntry(kind="vlm", name="x", backend="transformers_vlm", folder=tmp_path)

    with pytest.raises(ModelUnavailable, match="vlm 'x' cannot be loaded from"):
        build_vlm(entry, choose("cpu"))
