"""Grounding DINO and SAM through the Auto classes, with tiny random models of both families."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    BertConfig,
    BertTokenizerFast,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessorPil,
    GroundingDinoProcessor,
    SamConfig,
    SamImageProcessorPil,
    SamModel,
    SamProcessor,
    SwinConfig,
)

from core.domain.errors import ModelUnavailable
from workers.devices import Device
from workers.entries import ModelEntry
from workers.localizers.grounded_sam import GroundedSam
from workers.models import build_localizer, read_entry

CPU = Device(name="cpu")
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "skin", "lesion", "rash", "mole")
SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with both models, in the layout of the hub."""
    place = tmp_path_factory.mktemp("grounded")
    torch.random.default_generator.manual_seed(0)
    _save_detector(place / "dino")
    _save_sam(place / "sam")
    return place


def _save_detector(place: Path) -> None:
    place.mkdir()
    (place / "vocab.txt").write_text("\n".join(WORDS))
    backbone = SwinConfig(
        image_size=64,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 1, 1],
        window_size=4,
        out_indices=[2, 3, 4],
    )
    text = BertConfig(
        vocab_size=len(WORDS), intermediate_size=16, max_position_embeddings=64, **SIZES
    )
    config = GroundingDinoConfig(
        backbone_config=backbone,
        text_config=text,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        num_queries=8,
        max_text_len=16,
    )
    GroundingDinoForObjectDetection(config).save_pretrained(place)
    GroundingDinoProcessor(
        image_processor=GroundingDinoImageProcessorPil(
            size={"shortest_edge": 64, "longest_edge": 96}
        ),
        tokenizer=BertTokenizerFast(vocab=str(place / "vocab.txt")),
    ).save_pretrained(place)


def _save_sam(place: Path) -> None:
    vision = {
        **SIZES,
        "output_channels": 16,
        "image_size": 64,
        "patch_size": 16,
        "window_size": 2,
        "global_attn_indexes": [0],
        "num_pos_feats": 8,
        "mlp_dim": 16,
    }
    prompts = {"hidden_size": 16, "image_size": 64, "patch_size": 16, "mask_input_channels": 4}
    decoder = {**SIZES, "mlp_dim": 16, "iou_head_depth": 1, "iou_head_hidden_dim": 16}
    SamModel(
        SamConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)
    ).save_pretrained(place)
    SamProcessor(
        SamImageProcessorPil(size={"longest_edge": 64}, pad_size={"height": 64, "width": 64})
    ).save_pretrained(place)


def _entry(folder: Path, **options: object) -> ModelEntry:
    return ModelEntry(
        kind="localizer",
        name="x",
        backend="grounded_sam",
        folder=folder / "sam",
        options=options,
    )


def _photo() -> np.ndarray:
    skin = np.full((80, 120, 3), (205, 160, 135), np.uint8)
    skin[30:55, 40:80] = (110, 60, 45)
    return skin


def test_words_become_boxes_and_boxes_a_mask(folder: Path) -> None:
    """The detector's boxes go to the mask model; the mask has the photo's size."""
    options = {"detector": str(folder / "dino"), "box_threshold": 0.0, "text_threshold": 0.0}
    localizer = build_localizer(_entry(folder, **options), CPU)
    assert isinstance(localizer, GroundedSam)
    assert localizer.detector is not None
    boxes = localizer.detector.boxes(_image())
    assert boxes
    assert all(0 <= a <= c <= 120 and 0 <= b <= d <= 80 for a, b, c, d in boxes)
    found = localizer.locate(_photo())
    assert found.mask.shape == (80, 120)
    assert found.share == pytest.approx(found.mask.mean())


def _image() -> Image.Image:
    return Image.fromarray(_photo())


def test_nothing_above_the_threshold_is_nothing_found(folder: Path) -> None:
    """A sure detector that is sure of nothing gives an empty mask."""
    options = {"detector": str(folder / "dino"), "box_threshold": 0.999}
    found = build_localizer(_entry(folder, **options), CPU).locate(_photo())
    assert (found.boxes, found.share) == ((), 0.0)


def test_without_a_detector_the_classical_localizer_gives_the_boxes(folder: Path) -> None:
    """A mask model alone, such as MedSAM, is asked about what differs from the skin around it."""
    localizer = build_localizer(_entry(folder), CPU)
    assert localizer.locate(_photo()).mask.shape == (80, 120)
    plain = np.full((80, 120, 3), (205, 160, 135), np.uint8)
    assert localizer.locate(plain).boxes == ()


def test_what_cannot_be_loaded_is_said_in_one_sentence(folder: Path) -> None:
    """A missing detector names the entry."""
    entry = _entry(folder, detector=str(folder / "nothing"))
    with pytest.raises(ModelUnavailable, match="localizer 'x' cannot be loaded"):
        build_localizer(entry, CPU)


def test_the_shipped_entries_can_be_read() -> None:
    """Every localizer of ``models.toml`` names a backend that exists."""
    shipped = Path(__file__).parents[2] / "config" / "models.toml"
    for name in ("demo", "classical", "grounded-sam", "medsam"):
        assert read_entry(shipped, "localizer", name).licence
    assert build_localizer(read_entry(shipped, "localizer", "classical"), CPU) is not None
