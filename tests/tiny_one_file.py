"""Tiny Stable Diffusions in the original one-file layouts, as checkpoints are shared."""

import re
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import DiffusionPipeline, StableDiffusionPipeline
from safetensors.torch import save_file

_RESNET: Final = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_ATTENTION: Final = {
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}


def one_file(folder: Path, path: Path) -> Path:
    """Write a pipeline into one file; its UNet has two blocks of one layer each."""
    pipe = StableDiffusionPipeline.from_pretrained(folder)
    text = pipe.text_encoder.state_dict()
    whole = {
        **{f"model.diffusion_model.{_unet(key)}": v for key, v in pipe.unet.state_dict().items()},
        **{f"first_stage_model.{key}": v for key, v in _vae(pipe.vae.state_dict()).items()},
        **{f"cond_stage_model.transformer.{_text(key)}": v for key, v in text.items()},
    }
    save_file({key: value.contiguous() for key, value in whole.items()}, path)
    return path


def one_file_xl(folder: Path, path: Path) -> Path:
    """Write an SDXL into one file; its second text encoder lies there as open_clip names it."""
    pipe = DiffusionPipeline.from_pretrained(folder)
    text, more = pipe.text_encoder.state_dict(), pipe.text_encoder_2.state_dict()
    whole = {
        **{f"model.diffusion_model.{_unet(key)}": v for key, v in pipe.unet.state_dict().items()},
        **{f"first_stage_model.{key}": v for key, v in _vae(pipe.vae.state_dict()).items()},
        **{f"conditioner.embedders.0.transformer.{_text(key)}": v for key, v in text.items()},
        **{f"conditioner.embedders.1.model.{key}": v for key, v in _open_clip(more).items()},
    }
    save_file({key: value.contiguous() for key, value in whole.items()}, path)
    return path


def _open_clip(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    outer = {
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.final_layer_norm.weight": "ln_final.weight",
        "text_model.final_layer_norm.bias": "ln_final.bias",
    }
    renamed = {theirs: state[ours] for ours, theirs in outer.items()}
    renamed["text_projection"] = state["text_projection.weight"].T
    parts = {
        "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc",
        "mlp.fc2": "mlp.c_proj", "self_attn.out_proj": "attn.out_proj",
    }  # fmt: skip
    for key, value in state.items():
        found = re.fullmatch(r"text_model\.encoder\.layers\.(\d+)\.(.+)\.(weight|bias)", key)
        if found is None:
            continue
        number, part, kind = found.groups()
        block = f"transformer.resblocks.{number}."
        if part == "self_attn.q_proj":
            names = [key.replace("q_proj", f"{one}_proj") for one in "qkv"]
            joined = torch.cat([state[name] for name in names])
            renamed[f"{block}attn.in_proj_{kind}"] = joined
        elif part in parts:
            renamed[f"{block}{parts[part]}.{kind}"] = value
    return renamed


def _text(key: str) -> str:
    return key if key.startswith("text_model.") else f"text_model.{key}"


def _unet(key: str) -> str:
    fixed = {
        "conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
        "conv_norm_out": "out.0", "conv_out": "out.2",
        "down_blocks.0.downsamplers.0.conv": "input_blocks.2.0.op",
        "up_blocks.0.upsamplers.0.conv": "output_blocks.1.1.conv",
        "mid_block.resnets.0": "middle_block.0", "mid_block.attentions.0": "middle_block.1",
        "mid_block.resnets.1": "middle_block.2",
    }  # fmt: skip
    for ours, theirs in fixed.items():
        if key.startswith(ours + "."):
            return _parts(theirs + key.removeprefix(ours), theirs)
    found = re.match(r"(down|up)_blocks\.(\d)\.(resnets|attentions)\.(\d)", key)
    assert found, key
    side, block, kind, layer = found[1], int(found[2]), found[3], int(found[4])
    number = block * 2 + layer + (1 if side == "down" else 0)
    place = f"{'input' if side == 'down' else 'output'}_blocks.{number}"
    theirs = f"{place}.{0 if kind == 'resnets' else 1}"
    return _parts(theirs + key[found.end() :], theirs)


def _parts(key: str, place: str) -> str:
    """Rename the parts of a residual block behind its place."""
    for ours, theirs in _RESNET.items():
        key = key.replace(f"{place}.{ours}.", f"{place}.{theirs}.")
    return key


def _vae(state: dict[str, Any]) -> dict[str, Any]:
    renamed: dict[str, Any] = {}
    for key, value in state.items():
        new = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", key)
        new = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", new)
        for ours in (0, 1):
            new = new.replace(f"up_blocks.{ours}.resnets", f"up.{1 - ours}.block")
            new = new.replace(f"up_blocks.{ours}.upsamplers.0", f"up.{1 - ours}.upsample")
            new = new.replace(f"mid_block.resnets.{ours}", f"mid.block_{ours + 1}")
        new = new.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        if "mid_block.attentions.0" in new:
            new = new.replace("mid_block.attentions.0", "mid.attn_1")
            for ours_name, theirs in _ATTENTION.items():
                new = new.replace(f".{ours_name}.", f".{theirs}.")
            if isinstance(value, torch.Tensor) and value.ndim == 2:
                value = value[:, :, None, None]  # noqa: PLW2901 - the old layout has convolutions here
        renamed[new] = value
    return renamed
