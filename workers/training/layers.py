"""The adapter's layers inside the frozen pipeline: added, started, listed, copied."""

import math
from typing import Any, Final

import torch
from diffusers.models.attention_processor import AttnProcessor
from peft import LoraConfig
from torch import Tensor, nn

from workers.training.base import Base
from workers.training.errors import RecipeError
from workers.training.recipe import Recipe

ADAPTER: Final = "trained"
SETS: Final = {
    "attention": ("to_q", "to_k", "to_v", "to_out.0"),
    "convolutions": ("conv1", "conv2", "proj_in", "proj_out"),
    "feed-forward": ("ff.net.0.proj", "ff.net.2"),
}
TEXT_TARGETS: Final = ("q_proj", "k_proj", "v_proj", "out_proj")
State = dict[str, Tensor]


def add_layers(base: Base, recipe: Recipe) -> dict[str, Any]:
    """Add the adapter and return the parts that carry it, by their names in the pipeline.

    First weights come from the recipe's seed on any device.

    Raises:
        RecipeError: No layer of the denoiser has such a name.
    """
    parts: dict[str, Any] = {"unet": base.pipe.unet}
    _add(base.pipe.unet, recipe, _targets(recipe))
    if recipe.text_encoder:
        parts |= base.text_encoders
        for encoder in base.text_encoders.values():
            _add(encoder, recipe, TEXT_TARGETS)
    seed = torch.Generator().manual_seed(recipe.seed)
    for parameters in trained(parts).values():
        for name, parameter in parameters.items():
            _start(name, parameter, seed)
    if base.device.type == "cpu":
        # The fused attention kernel trains three times slower in bfloat16 on CPUs.
        base.pipe.unet.set_attn_processor(AttnProcessor())
    if recipe.gradient_checkpointing:
        base.pipe.unet.enable_gradient_checkpointing()
    return parts


def _targets(recipe: Recipe) -> tuple[str, ...]:
    return tuple(name for target in recipe.targets for name in SETS.get(target, (target,)))


def _add(part: Any, recipe: Recipe, targets: tuple[str, ...]) -> None:
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.scale_alpha,
        target_modules=list(targets),
        lora_dropout=recipe.dropout,
    )
    try:
        part.add_adapter(config, adapter_name=ADAPTER)
    except ValueError as error:
        sets = ", ".join(SETS)
        raise RecipeError(
            f"targets {', '.join(recipe.targets)} name no layers of the base; name layers, or the "
            f"sets {sets}"
        ) from error


@torch.no_grad()
def _start(name: str, parameter: nn.Parameter, seed: torch.Generator) -> None:
    """Draw the first matrix as a linear layer's, and leave the second at zero.

    Source: E. Hu et al., ICLR 2022; PEFT's own start, but drawn on the CPU in single precision.
    """
    parameter.data = parameter.data.float()
    if "lora_A" in name:
        bound = 1 / math.sqrt(parameter[0].numel())
        parameter.copy_((torch.rand(parameter.shape, generator=seed) * 2 - 1) * bound)


def trained(parts: dict[str, Any]) -> dict[str, dict[str, nn.Parameter]]:
    """Return the trainable parameters of each part by name."""
    return {
        part: {name: p for name, p in module.named_parameters() if p.requires_grad}
        for part, module in parts.items()
    }


def snapshot(parts: dict[str, Any]) -> State:
    """Copy the trained weights, in full precision, to the CPU."""
    return {
        f"{part}/{name}": parameter.detach().float().cpu().clone()
        for part, parameters in trained(parts).items()
        for name, parameter in parameters.items()
    }


@torch.no_grad()
def restore(parts: dict[str, Any], state: State) -> None:
    """Put a snapshot back.

    Raises:
        KeyError: It is of other layers.
    """
    mine = {
        f"{part}/{name}": parameter
        for part, parameters in trained(parts).items()
        for name, parameter in parameters.items()
    }
    if mine.keys() != state.keys():
        raise KeyError("the layers differ")
    for name, parameter in mine.items():
        parameter.copy_(state[name])
