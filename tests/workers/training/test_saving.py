"""Adapters come back whole: through the public call, in a fresh pipeline, or not at all."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline, StableDiffusionPipeline
from diffusers.utils import convert_state_dict_to_diffusers
from safetensors import safe_open

from tests.workers.training.tiny_sdxl import stable_diffusion_xl
from workers.training import saving
from workers.training.base import Base, load_base
from workers.training.errors import BaseModelError, RecipeError, StorageError
from workers.training.layers import add_layers, snapshot, trained
from workers.training.lora import train
from workers.training.recipe import Recipe
from workers.training.saving import FILE, verify, write_adapter

CPU = torch.device("cpu")


def ready(made: Recipe) -> tuple[Base, dict[str, Any]]:
    """Return a base with an adapter that visibly does something."""
    loaded = load_base(made, CPU)
    parts = add_layers(loaded, made)
    noise = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameters in trained(parts).values():
            for name, parameter in parameters.items():
                if "lora_B" in name:
                    parameter.copy_(torch.randn(parameter.shape, generator=noise))
    return loaded, parts


def drawn(pipe: Any) -> np.ndarray:
    """Draw one picture (32, 32, 3)."""
    seed = torch.Generator().manual_seed(1)
    out = pipe("photo of acne", num_inference_steps=2, generator=seed, output_type="np")
    return np.asarray(out.images[0])


def fresh(place: Path | str) -> Any:
    """Load a pipeline as a stranger would."""
    pipe = DiffusionPipeline.from_pretrained(place)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.mark.parametrize("targets", [("attention",), ("attention", "convolutions")])
@pytest.mark.parametrize("text_encoder", [False, True])
def test_an_adapter_draws_the_same_in_a_fresh_pipeline(
    recipe: Callable[..., Recipe], tmp_path: Path, targets: tuple[str, ...], *, text_encoder: bool
) -> None:
    """All layers, convolutions and text encoders too, and alpha come back for anybody."""
    made = recipe(targets=targets, text_encoder=text_encoder, saved_as="fp32")
    loaded, parts = ready(made)
    write_adapter(loaded, parts, made, tmp_path)
    verify(loaded, parts, made, tmp_path)
    stranger = fresh(made.base)
    bare = drawn(stranger)
    stranger.load_lora_weights(tmp_path)
    assert np.abs(drawn(stranger) - drawn(loaded.pipe)).max() < 1e-4
    assert np.abs(drawn(stranger) - bare).max() > 1e-2


def test_verifying_leaves_the_trained_weights_alone(
    recipe: Callable[..., Recipe], tmp_path: Path
) -> None:
    """After a verified save the same weights are trained on, and nothing else is."""
    made = recipe(text_encoder=True)
    loaded, parts = ready(made)
    before = snapshot(parts)
    write_adapter(loaded, parts, made, tmp_path)
    verify(loaded, parts, made, tmp_path)
    after = snapshot(parts)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not any(
        "probe" in name for part in parts.values() for name, _ in part.named_parameters()
    )


def test_an_adapter_without_its_alpha_is_refused(
    recipe: Callable[..., Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first trap: a file without metadata loads without a word, at another scale."""
    made = recipe(rank=2, alpha=8)
    loaded, parts = ready(made)
    public = StableDiffusionPipeline.save_lora_weights

    def forgetful(folder: Path, **arguments: Any) -> None:
        arguments.pop("unet_lora_adapter_metadata")
        public(folder, **arguments)

    monkeypatch.setattr(StableDiffusionPipeline, "save_lora_weights", forgetful)
    write_adapter(loaded, parts, made, tmp_path)
    with pytest.raises(StorageError, match="alpha was lost"):
        verify(loaded, parts, made, tmp_path)


def test_an_adapter_that_lost_layers_is_refused(
    recipe: Callable[..., Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second trap: with converted names, convolutions are dropped with just a warning."""
    made = recipe(targets=("attention", "convolutions"))
    loaded, parts = ready(made)
    public = saving.get_peft_model_state_dict

    def converted(*arguments: Any, **more: Any) -> Any:
        return convert_state_dict_to_diffusers(public(*arguments, **more))

    monkeypatch.setattr(saving, "get_peft_model_state_dict", converted)
    write_adapter(loaded, parts, made, tmp_path)
    with pytest.raises(StorageError, match=r"only \d+ of \d+ matrices of the unet came back"):
        verify(loaded, parts, made, tmp_path)
    assert trained(parts)["unet"], "the adapter in training is still there after a refusal"


def test_an_adapter_trained_with_dropout_draws_without(
    recipe: Callable[..., Recipe], tmp_path: Path
) -> None:
    """The third trap: a loader would keep the dropout of the metadata switched on."""
    made = recipe(dropout=0.5)
    loaded, parts = ready(made)
    for part in parts.values():
        part.eval()
    write_adapter(loaded, parts, made, tmp_path)
    verify(loaded, parts, made, tmp_path)
    stranger = fresh(made.base)
    stranger.load_lora_weights(tmp_path)
    assert np.array_equal(drawn(stranger), drawn(stranger))


def test_a_changed_weight_is_noticed(recipe: Callable[..., Recipe], tmp_path: Path) -> None:
    """What is on the disk must be what is in memory."""
    made = recipe()
    loaded, parts = ready(made)
    write_adapter(loaded, parts, made, tmp_path)
    with torch.no_grad():
        next(iter(trained(parts)["unet"].values())).add_(1)
    with pytest.raises(StorageError, match="came back changed"):
        verify(loaded, parts, made, tmp_path)


def test_the_file_carries_rank_alpha_and_targets(
    recipe: Callable[..., Recipe], tmp_path: Path
) -> None:
    """The Hub's format: one safetensors file in half precision with its settings inside."""
    made = recipe(rank=3, alpha=6)
    loaded, parts = ready(made)
    write_adapter(loaded, parts, made, tmp_path)
    with safe_open(tmp_path / FILE, "pt") as file:
        settings = json.loads(file.metadata()["lora_adapter_metadata"])
        names = list(file.keys())
        assert file.get_tensor(names[0]).dtype == torch.float16
    assert (settings["unet.r"], settings["unet.lora_alpha"]) == (3, 6)
    assert sorted(settings["unet.target_modules"]) == ["to_k", "to_out.0", "to_q", "to_v"]
    assert all(name.startswith("unet.") for name in names)


def test_unknown_layer_names_are_refused(recipe: Callable[..., Recipe]) -> None:
    """Targets that name no layer are a mistake, not an empty adapter."""
    with pytest.raises(RecipeError, match="targets to_nowhere name no layers of the base"):
        ready(recipe(targets=("to_nowhere",)))


# The usual scheduler of SDXL converts its tables in a way that numpy 2 warns about.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_sdxl_is_trained_with_both_text_encoders(
    recipe: Callable[..., Recipe], base: Path, tmp_path: Path
) -> None:
    """The SDXL layout trains, saves, and loads in a fresh pipeline."""
    xl = stable_diffusion_xl(tmp_path / "xl", base)
    made = recipe(base=str(xl), steps=2, text_encoder=True, text_rate=1e-2, sample_every=2)
    (folder,) = train(made)
    stranger = fresh(str(xl))
    bare = drawn(stranger)
    stranger.load_lora_weights(folder)
    assert np.abs(drawn(stranger) - bare).max() > 0
    with safe_open(folder / FILE, "pt") as file:
        parts = {name.split(".")[0] for name in file.keys()}  # noqa: SIM118 - no mapping
    assert parts == {"unet", "text_encoder", "text_encoder_2"}
    assert (folder / "samples" / "step-000002.png").is_file()


def test_a_base_that_predicts_velocity_is_trained(
    recipe: Callable[..., Recipe], velocity_base: Path
) -> None:
    """Stable Diffusion 2.x layouts are recognised by their scheduler."""
    made = recipe(base=str(velocity_base), least_weight=0.15, steps=1, save_every=0)
    assert load_base(made, CPU).prediction == "v_prediction"
    (folder,) = train(made)
    assert (folder / FILE).is_file()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"_class_name": "StableDiffusion3Pipeline"}, "is a StableDiffusion3Pipeline"),
        ({"_class_name": "FluxPipeline"}, r"\(SD 3, FLUX\) are not supported"),
        ({"unet": ["diffusers", "NoSuchModel"]}, "cannot be loaded"),
    ],
)
def test_layouts_that_cannot_be_trained_are_named(
    recipe: Callable[..., Recipe], base: Path, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    """Flow-matching transformers are refused in words, before their weights are read."""
    index = json.loads((base / "model_index.json").read_text()) | change
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(BaseModelError, match=sentence):
        load_base(recipe(base=str(tmp_path / "other")), CPU)


def test_a_folder_that_is_no_checkpoint_is_refused(
    recipe: Callable[..., Recipe], tmp_path: Path
) -> None:
    """A folder without model_index.json is not guessed at."""
    with pytest.raises(BaseModelError, match="no checkpoint in the layout of diffusers"):
        load_base(recipe(base=str(tmp_path)), CPU)
