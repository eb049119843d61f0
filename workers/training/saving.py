"""Writes an adapter in the Hub's format, and proves that it can be read back.

Three ways to lose an adapter quietly are known, and all end here in an error: without metadata a
file loses alpha, so a loader scales it wrongly; with converted names diffusers loads only some of
the layers and merely warns; with the dropout of its training, a loader goes on dropping while it
draws. So the names stay PEFT's own, the metadata is written with dropout off, and every
file is loaded through the public call and compared: layers, scales, weights, and answers.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from peft.utils import get_peft_model_state_dict
from torch import Tensor

from workers.training.base import Base
from workers.training.errors import StorageError
from workers.training.hush import quiet
from workers.training.layers import ADAPTER, restore, snapshot
from workers.training.recipe import Recipe

FILE: Final = "pytorch_lora_weights.safetensors"
_PROBE: Final = "probe"
_DTYPES: Final = {"fp32": torch.float32, "fp16": torch.float16}
# Rounding may move an answer by this share of the adapter's effect, never more.
_SHARE: Final = 0.02


def write_adapter(base: Base, parts: dict[str, Any], recipe: Recipe, folder: Path) -> None:
    """Write the adapter's file into a folder."""
    arguments: dict[str, Any] = {}
    for part, module in parts.items():
        state = get_peft_model_state_dict(module, adapter_name=ADAPTER)
        arguments[f"{part}_lora_layers"] = {
            name: weight.detach().to("cpu", _DTYPES[recipe.saved_as]).contiguous()
            for name, weight in state.items()
        }
        settings = module.peft_config[ADAPTER].to_dict()
        # Layers that a loader adds are in training mode, and would drop in every picture.
        arguments[f"{part}_lora_adapter_metadata"] = {**settings, "lora_dropout": 0.0}
    type(base.pipe).save_lora_weights(folder, **arguments)


@torch.no_grad()
def verify(base: Base, parts: dict[str, Any], recipe: Recipe, folder: Path) -> None:
    """Load the adapter from a folder beside the trained one and compare both.

    Raises:
        StorageError: What came back is not what was trained.
    """
    before = snapshot(parts)
    wanted, bare = _answer(base), _bare_answer(base, parts)
    with _beside(base, parts, folder):
        for part, module in parts.items():
            _compare(part, module, _DTYPES[recipe.saved_as])
        for module in parts.values():
            module.set_adapter(_PROBE)
        moved = _length(_answer(base) - wanted)
    if any(not torch.equal(weight, before[name]) for name, weight in snapshot(parts).items()):
        restore(parts, before)
        raise StorageError("loading the saved adapter changed the one in training")
    rounding = 1e-4 if base.pipe.unet.dtype == torch.float32 else 2e-2
    if not moved <= _SHARE * _length(wanted - bare) + rounding * _length(bare):
        raise StorageError(f"the saved adapter answers differently by {moved:.2g}")


@contextmanager
def _beside(base: Base, parts: dict[str, Any], folder: Path) -> Iterator[None]:
    """Have the saved adapter loaded under another name for a while."""
    with warnings.catch_warnings(), quiet():
        # A second adapter is the point, and what does not fit is found by comparing.
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")
        warnings.filterwarnings("ignore", message="While injecting the PEFT adapters")
        warnings.filterwarnings("ignore", message="Adapter probe was active which is now deleted")
        try:
            base.pipe.load_lora_weights(folder, adapter_name=_PROBE)
            yield
        except (ValueError, RuntimeError, KeyError) as error:
            raise StorageError(f"the saved adapter cannot be loaded: {error}") from error
        finally:
            for module in parts.values():
                if _PROBE in getattr(module, "peft_config", {}):
                    _forget(module)
                module.set_adapter(ADAPTER)


def _forget(module: Any) -> None:
    """Take the probe away; both libraries name this differently."""
    delete = getattr(module, "delete_adapters", None) or module.delete_adapter
    delete(_PROBE)


def _compare(part: str, module: Any, dtype: torch.dtype) -> None:
    weights = {
        name: parameter for name, parameter in module.named_parameters() if f".{ADAPTER}." in name
    }
    back = {
        name.replace(f".{_PROBE}.", f".{ADAPTER}."): parameter
        for name, parameter in module.named_parameters()
        if f".{_PROBE}." in name
    }
    if weights.keys() != back.keys():
        raise StorageError(
            f"only {len(back)} of {len(weights)} matrices of the {part} came back from the file"
        )
    for name, weight in weights.items():
        if not torch.equal(weight.to(dtype).float(), back[name].to(dtype).float()):
            raise StorageError(f"{part} {name} came back changed")
    for name, layer in module.named_modules():
        scales = getattr(layer, "scaling", {})
        if isinstance(scales, dict) and scales.get(ADAPTER) != scales.get(_PROBE):
            raise StorageError(
                f"{part} {name} came back with scale {scales.get(_PROBE)} instead of "
                f"{scales.get(ADAPTER)}: alpha was lost"
            )


def _answer(base: Base) -> Tensor:
    """Return the denoiser's answer to one fixed question, (1, 4, h, w)."""
    side = base.size_px // base.pipe.vae_scale_factor
    seed = torch.Generator().manual_seed(0)
    noisy = torch.randn((1, base.pipe.unet.config.in_channels, side, side), generator=seed)
    times = torch.tensor([len(base.alphas) // 2], device=base.device)
    unet = base.pipe.unet
    words = {k: v.to(unet.dtype) for k, v in base.words("photo of skin").items()}
    return base.guess(noisy.to(base.device, unet.dtype), times, words).float()


def _bare_answer(base: Base, parts: dict[str, Any]) -> Tensor:
    for module in parts.values():
        module.disable_adapters()
    try:
        return _answer(base)
    finally:
        for module in parts.values():
            module.enable_adapters()


def _length(tensor: Tensor) -> float:
    return float(tensor.norm())
