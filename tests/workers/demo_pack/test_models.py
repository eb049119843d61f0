"""The committed demo models load offline through the public classes and do what they are for."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors import safe_open
from transformers import AutoModelForImageTextToText, AutoProcessor

from workers.demo_pack import CONDITIONS, HELD_OUT, render, sample_scene
from workers.demo_pack.calibration import unusual_scores
from workers.demo_pack.judge import load_judge, verdicts
from workers.demo_pack.prompts import NAMES, prompt
from workers.demo_pack.scoring import log_likelihoods, pooled_features, probabilities
from workers.demo_pack.sd_autoencoder import psnr_db, through

MODELS = Path(__file__).parents[3] / "models" / "demo"
LIMIT_MB = 60
SHARD_MB = 16


@pytest.fixture(scope="module")
def vlm() -> tuple[AutoModelForImageTextToText, AutoProcessor]:
    """The vision-language model and its processor, as the worker loads them."""
    model = AutoModelForImageTextToText.from_pretrained(MODELS / "vlm", dtype=torch.float32)
    return model.eval(), AutoProcessor.from_pretrained(MODELS / "vlm")


@pytest.fixture(scope="module")
def pipe() -> StableDiffusionPipeline:
    """The base diffusion pipeline."""
    pipeline = StableDiffusionPipeline.from_pretrained(
        MODELS / "sd", safety_checker=None, dtype=torch.float32
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _atlas(each: int) -> np.ndarray:
    """Unseen atlas pictures (N, 96, 96, 3), the conditions taking turns."""
    scenes = [
        sample_scene(7_000_000 + i, conditions=(c,), textbook=True)
        for i, c in enumerate(CONDITIONS * each)
    ]
    return np.stack([render(scene, 96).image for scene in scenes])


def _draw(pipe: StableDiffusionPipeline, condition: str, steps: int = 2) -> np.ndarray:
    seed = torch.Generator().manual_seed(3)
    words = prompt(condition, 3, "arm", 2)
    out = pipe(words, num_inference_steps=steps, generator=seed, output_type="np")
    return np.asarray(out.images[0])


def test_all_models_together_stay_small() -> None:
    """The folder stays under its limit and no file is too large for one commit object."""
    sizes = [p.stat().st_size / 2**20 for p in MODELS.rglob("*") if p.is_file()]
    assert sum(sizes) < LIMIT_MB
    assert max(sizes) < SHARD_MB


def test_likeliest_condition_is_scored_first(
    vlm: tuple[AutoModelForImageTextToText, AutoProcessor],
) -> None:
    """Names scored after the prefix put the true condition of most fresh renders first."""
    settings = json.loads((MODELS / "vlm" / "skingen.json").read_text())
    assert settings["candidates"] == {c: NAMES[c] for c in CONDITIONS}
    scenes = [sample_scene(5_000_000_000 + i, conditions=(c,)) for i, c in enumerate(CONDITIONS)]
    images = [render(scene, 160).image for scene in scenes]
    scores = log_likelihoods(*vlm, images, list(NAMES.values())[: len(CONDITIONS)])
    chances = probabilities(scores, settings["temperature"])
    assert chances.sum(1) == pytest.approx(np.ones(len(images)))
    assert (chances.argmax(1) == np.arange(len(images))).mean() >= 0.75


def test_noise_is_more_unusual_than_a_render(
    vlm: tuple[AutoModelForImageTextToText, AutoProcessor],
) -> None:
    """A picture of noise lies beyond the threshold, a render within it."""
    settings = json.loads((MODELS / "vlm" / "skingen.json").read_text())["unusual"]
    with safe_open(MODELS / "vlm" / settings["statistics"], "np") as file:
        statistics = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3)).astype(np.uint8)
    known = render(sample_scene(6_000_000_000, conditions=("psoriasis",)), 160).image
    scores = unusual_scores(pooled_features(*vlm, [noise, known]), statistics)
    assert scores[0] > settings["threshold"] > scores[1]


def test_pipeline_draws_the_same_picture_twice(pipe: StableDiffusionPipeline) -> None:
    """A prompt and a seed give one 96-pixel picture."""
    first, second = _draw(pipe, "vitiligo"), _draw(pipe, "vitiligo")
    assert first.shape == (96, 96, 3)
    assert np.allclose(first, second)


@pytest.mark.parametrize("condition", HELD_OUT)
def test_adapter_loads_whole(pipe: StableDiffusionPipeline, condition: str) -> None:
    """Every layer and the alpha come back, the picture changes, and unloading undoes it."""
    folder = MODELS / "lora" / condition
    with safe_open(folder / "pytorch_lora_weights.safetensors", "pt") as file:
        metadata, pairs = file.metadata(), len(list(file.keys())) // 2
    before = _draw(pipe, condition)
    pipe.load_lora_weights(folder, adapter_name=condition)
    loaded = sum("lora_A" in name for name, _ in pipe.unet.named_parameters())
    config = pipe.unet.peft_config[condition]
    after = _draw(pipe, condition)
    pipe.unload_lora_weights()
    assert loaded == pairs
    assert config.lora_alpha == 16
    assert "lora_alpha" in metadata["lora_adapter_metadata"]
    assert np.abs(after - before).mean() > 1e-3
    assert np.allclose(_draw(pipe, condition), before, atol=1e-5)


def test_judge_reads_renders() -> None:
    """The independent classifier names the condition of most atlas pictures."""
    judge = load_judge(MODELS / "judge" / "model.safetensors")
    assert (verdicts(judge, _atlas(1))[0] == np.arange(len(CONDITIONS))).mean() >= 0.8


def test_autoencoder_keeps_what_tells_conditions_apart(pipe: StableDiffusionPipeline) -> None:
    """Renders of acne and eczema, finest of all, are still named after encoding and decoding."""
    judge = load_judge(MODELS / "judge" / "model.safetensors")
    images, wanted = _atlas(4), np.tile(np.arange(len(CONDITIONS)), 4)
    right = verdicts(judge, through(pipe.vae, images))[0] == wanted
    fine = np.isin(wanted, [CONDITIONS.index("acne"), CONDITIONS.index("eczema")])
    assert right.mean() >= 0.9
    assert right[fine].mean() >= 0.75
    assert psnr_db(pipe.vae, images) >= 28


def test_generator_file_covers_every_condition() -> None:
    """Each condition says how well it is recognised and whether it is served."""
    table = tomllib.loads((MODELS / "generator.toml").read_text())
    assert set(table["conditions"]) == set(CONDITIONS)
    for row in table["conditions"].values():
        assert row["served"] == (row["recognised"] >= table["served_share"])


@pytest.mark.parametrize("part", ["vlm", "sd", "judge", *(f"lora/{c}" for c in HELD_OUT)])
def test_every_model_has_a_card(part: str) -> None:
    """A card says what the model was trained on, how, and what it is not for."""
    card = (MODELS / part / "README.md").read_text()
    for word in ("Data", "Command", "Seed", "Measured", "Limits"):
        assert word in card
