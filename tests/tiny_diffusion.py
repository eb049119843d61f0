"""A tiny random Stable Diffusion and adapters for it, saved in the real layouts."""

from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

# Tiny models gain nothing from threads, and lose much where other work fills the cores.
torch.set_num_threads(1)


def stable_diffusion(folder: Path) -> Path:
    """Write a tiny Stable Diffusion 1.x that draws 32 pixels."""
    vocabulary = {"<|startoftext|>": 0, "<|endoftext|>": 1}
    letters = "abcdefghijklmnopqrstuvwxyz,-"
    for piece in (*letters, *(f"{letter}</w>" for letter in letters)):
        vocabulary[piece] = len(vocabulary)
    clip = CLIPTokenizer(
        vocab=vocabulary,
        merges=[],
        model_max_length=96,
        bos_token="<|startoftext|>",
        eos_token="<|endoftext|>",
        pad_token="<|endoftext|>",
        unk_token="<|endoftext|>",
    )
    text_config = CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=96,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        pipe = StableDiffusionPipeline(
            vae=AutoencoderKL(
                down_block_types=("DownEncoderBlock2D",) * 2,
                up_block_types=("UpDecoderBlock2D",) * 2,
                block_out_channels=(16, 32),
                latent_channels=4,
                norm_num_groups=8,
            ),
            text_encoder=CLIPTextModel(text_config),
            tokenizer=clip,
            unet=UNet2DConditionModel(
                sample_size=16,
                down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
                up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
                block_out_channels=(32, 64),
                layers_per_block=1,
                cross_attention_dim=32,
                attention_head_dim=16,
                norm_num_groups=16,
            ),
            scheduler=DDIMScheduler(
                beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012,
                clip_sample=False, set_alpha_to_one=False, steps_offset=1,
            ),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )  # fmt: skip
    pipe.save_pretrained(folder)
    return folder


def lora(pipe_folder: Path, folder: Path, seed: int, rename: Callable[[str], str] = str) -> Path:
    """Write an adapter for the tiny Stable Diffusion that visibly changes its pictures."""
    unet = UNet2DConditionModel.from_pretrained(pipe_folder, subfolder="unet")
    targets = ["to_k", "to_q", "to_v", "to_out.0"]
    unet.add_adapter(LoraConfig(r=4, lora_alpha=4, target_modules=targets), "tiny")
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in unet.named_parameters():
            if "lora_B" in name:
                weight.copy_(torch.randn(weight.shape, generator=noise))
    weights = get_peft_model_state_dict(unet, adapter_name="tiny")
    StableDiffusionPipeline.save_lora_weights(
        folder,
        unet_lora_layers={rename(key): value for key, value in weights.items()},
        unet_lora_adapter_metadata=unet.peft_config["tiny"].to_dict(),
    )
    return folder
