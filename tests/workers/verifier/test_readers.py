"""The two readers: heads on features, and words."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPTextConfig,
    CLIPTokenizer,
    CLIPVisionConfig,
)

from core.domain.errors import ModelUnavailable
from core.ontology import load_ontology
from tests.workers.seeing_doubles import ColourEmbedder
from workers.devices import choose
from workers.entries import ModelEntry
from workers.retrieval.embedding import PairEmbedder, build_embedder
from workers.verifier.heads import WEIGHTS, Heads, load_heads, save_heads
from workers.verifier.train import CLASSES, fit
from workers.verifier.zero_shot import ZeroShotReader

ONTOLOGY = load_ontology(Path(__file__).parents[3] / "config" / "conditions.toml")


def plain(level: int) -> Image.Image:
    """Return a plain picture."""
    return Image.new("RGB", (32, 32), (level, level // 2, 255 - level))


def trained() -> Heads:
    """Return heads that tell three colours apart."""
    levels = np.array([10, 120, 240] * 8)
    features = ColourEmbedder().embed([plain(int(level)) for level in levels])
    kinds = np.array([0, 4, 12] * 8)
    tones = np.array([0, 2, 5] * 8)
    labels = np.stack([kinds, tones, kinds, kinds], axis=1)
    return fit(features, labels, ONTOLOGY, "colours")


def clip(folder: Path) -> Path:
    """Write a tiny random CLIP."""
    vocabulary = {"<|startoftext|>": 0, "<|endoftext|>": 1}
    for letter in "abcdefghijklmnopqrstuvwxyz,.-":
        vocabulary |= {letter: len(vocabulary), f"{letter}</w>": len(vocabulary) + 1}
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=32)
    torch.random.manual_seed(0)
    shared = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
              "num_attention_heads": 2}  # fmt: skip
    config = CLIPConfig(
        text_config=CLIPTextConfig(
            vocab_size=len(vocabulary), max_position_embeddings=32, **shared
        ).to_dict(),
        vision_config=CLIPVisionConfig(image_size=32, patch_size=16, **shared).to_dict(),
        projection_dim=8,
    )
    CLIPModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    CLIPImageProcessor(
        size={"height": 32, "width": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)
    return folder


def test_heads_read_what_they_were_taught(tmp_path: Path) -> None:
    """Written, read back and asked, they name condition, statements and tone, and no site."""
    save_heads(trained(), tmp_path)
    reader = load_heads(tmp_path, ColourEmbedder())

    first, second, healthy = reader.read([plain(10), plain(120), plain(240)])

    assert max(first.shares, key=lambda name: first.shares[name]) == CLASSES[0]
    assert max(second.shares, key=lambda name: second.shares[name]) == CLASSES[4]
    assert max(healthy.shares, key=lambda name: healthy.shares[name]) == CLASSES[12]
    assert sum(first.shares.values()) == pytest.approx(1, abs=1e-3)
    held = [first.checklist[line] for line in ONTOLOGY.get(CLASSES[0]).checklist]
    gone = [healthy.checklist[line] for line in ONTOLOGY.get(CLASSES[0]).checklist]
    assert min(held) > 0.5 > max(gone)
    assert (first.tone, second.tone, first.site) == (1, 3, None)


def test_wrong_heads_are_refused_in_one_sentence(tmp_path: Path) -> None:
    """Missing, damaged and foreign heads are told with the command that mends them."""
    with pytest.raises(ModelUnavailable, match="there are no heads"):
        load_heads(tmp_path, ColourEmbedder())
    save_heads(trained(), tmp_path)
    with pytest.raises(ModelUnavailable, match="read colours; train them again"):
        load_heads(tmp_path, ColourEmbedder(name="other"))
    (tmp_path / WEIGHTS).write_bytes(b"damaged")
    with pytest.raises(ModelUnavailable, match="damaged"):
        load_heads(tmp_path, ColourEmbedder())


def test_words_read_pictures(tmp_path: Path) -> None:
    """Any CLIP-type checkpoint gives shares of what may be drawn and statements from 0 to 1."""
    entry = ModelEntry(kind="embedder", name="tiny", backend="features", folder=clip(tmp_path))
    embedder = build_embedder(entry, choose("cpu"))
    assert isinstance(embedder, PairEmbedder)

    (found,) = ZeroShotReader(embedder=embedder, ontology=ONTOLOGY).read([plain(200)])

    assert set(found.shares) == {one.id for one in ONTOLOGY.all() if one.drawable}
    assert sum(found.shares.values()) == pytest.approx(1, abs=1e-3)
    assert all(0 <= value <= 1 for value in found.checklist.values())
    assert set(ONTOLOGY.get("psoriasis").checklist) <= set(found.checklist)
    words = embedder.embed_words(["psoriasis", "acne"])
    assert np.linalg.norm(words, axis=1) == pytest.approx([1, 1], abs=1e-4)


def test_a_checkpoint_that_is_none_is_refused(tmp_path: Path) -> None:
    """A folder without a model ends in one sentence."""
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "no-such"}))
    entry = ModelEntry(kind="embedder", name="x", backend="features", folder=tmp_path)

    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        build_embedder(entry, choose("cpu"))
