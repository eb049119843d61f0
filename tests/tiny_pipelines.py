"""Tiny random pipelines of every family of generators, made with the families' own classes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxFillPipeline,
    FluxPipeline,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

torch.set_num_threads(1)

LETTERS = "abcdefghijklmnopqrstuvwxyz,-"
SCHEDULE = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}


def _clip_tokenizer() -> CLIPTokenizer:
    vocabulary = {"<|startoftext|>": 0, "<|endoftext|>": 1}
    for piece in (*LETTERS, *(f"{letter}</w>" for letter in LETTERS)):
        vocabulary[piece] = len(vocabulary)
    return CLIPTokenizer(
        vocab=vocabulary, merges=[], model_max_length=77,
        bos_token="<|startoftext|>", eos_token="<|endoftext|>",
        pad_token="<|endoftext|>", unk_token="<|endoftext|>",
    )  # fmt: skip


def _clip_config(width: int = 32, layers: int = 2) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=2 + 2 * len(LETTERS), hidden_size=width, intermediate_size=2 * width,
        num_hidden_layers=layers, num_attention_heads=4, max_position_embeddings=77,
        projection_dim=width, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip


def _t5(width: int = 32) -> dict[str, Any]:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -1.0), ("▁", -2.0)]
    pieces += [(letter, -3.0) for letter in LETTERS]
    config = T5Config(
        vocab_size=len(pieces), d_model=width, d_kv=8, d_ff=64, num_layers=1, num_heads=4
    )
    return {
        "tokenizer": T5Tokenizer(vocab=pieces, extra_ids=0),
        "encoder": T5EncoderModel(config).eval(),
    }


def _vae(channels: int = 4, **more: Any) -> AutoencoderKL:
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(16, 32),
        latent_channels=channels,
        norm_num_groups=8,
        **more,
    )


def _unet(**more: Any) -> UNet2DConditionModel:
    options = {
        "sample_size": 16,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "block_out_channels": (32, 64),
        "layers_per_block": 1,
        "cross_attention_dim": 32,
        "attention_head_dim": 16,
        "norm_num_groups": 16,
    }
    return UNet2DConditionModel(**{**options, **more})


def _stable_diffusion(kind: type, scheduler: Any, **unet: Any) -> Any:
    return kind(
        vae=_vae(),
        text_encoder=CLIPTextModel(_clip_config()).eval(),
        tokenizer=_clip_tokenizer(),
        unet=_unet(**unet),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sd15() -> Any:
    """Return a Stable Diffusion 1.5."""
    scheduler = DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    return _stable_diffusion(StableDiffusionPipeline, scheduler)


def sd21() -> Any:
    """Return a Stable Diffusion 2.1 that predicts velocity."""
    scheduler = DDIMScheduler(
        **SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1,
        prediction_type="v_prediction",
    )  # fmt: skip
    return _stable_diffusion(StableDiffusionPipeline, scheduler, use_linear_projection=True)


def sd_inpaint() -> Any:
    """Return a Stable Diffusion whose UNet was made to inpaint."""
    scheduler = DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    return _stable_diffusion(StableDiffusionInpaintPipeline, scheduler, in_channels=9)


def lcm() -> Any:
    """Return a distilled Stable Diffusion that is told the guidance."""
    scheduler = DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    return _stable_diffusion(StableDiffusionPipeline, scheduler, time_cond_proj_dim=16)


def sd_turbo() -> Any:
    """Return an SD-Turbo: a distilled Stable Diffusion 2.1 that takes one step."""
    scheduler = EulerDiscreteScheduler(**SCHEDULE, timestep_spacing="trailing", steps_offset=1)
    return _stable_diffusion(StableDiffusionPipeline, scheduler, use_linear_projection=True)


def sdxl() -> Any:
    """Return an SDXL."""
    scheduler = EulerDiscreteScheduler(**SCHEDULE, timestep_spacing="leading", steps_offset=1)
    return _sdxl(StableDiffusionXLPipeline, scheduler)


def sdxl_inpaint() -> Any:
    """Return an SDXL whose UNet was made to inpaint."""
    scheduler = EulerDiscreteScheduler(**SCHEDULE, timestep_spacing="leading", steps_offset=1)
    return _sdxl(StableDiffusionXLInpaintPipeline, scheduler, in_channels=9)


def sdxl_turbo() -> Any:
    """Return an SDXL-Turbo: a distilled SDXL that takes one step."""
    scheduler = EulerAncestralDiscreteScheduler(**SCHEDULE, timestep_spacing="trailing")
    return _sdxl(StableDiffusionXLPipeline, scheduler)


def _sdxl(kind: type, scheduler: Any, **unet: Any) -> Any:
    # The one-file layout is known by the second text encoder's tenth layer and other width.
    return kind(
        vae=_vae(),
        text_encoder=CLIPTextModel(_clip_config()).eval(),
        text_encoder_2=CLIPTextModelWithProjection(_clip_config(48, layers=10)).eval(),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=_unet(
            cross_attention_dim=80, addition_embed_type="text_time", addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=48 + 6 * 8, transformer_layers_per_block=(1, 2),
            use_linear_projection=True, **unet,
        ),
        scheduler=scheduler,
    )  # fmt: skip


def sd3() -> Any:
    """Return a Stable Diffusion 3 with its three text encoders."""
    t5 = _t5(64)
    return StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=16, patch_size=2, in_channels=8, num_layers=2, attention_head_dim=8,
            num_attention_heads=4, joint_attention_dim=64, caption_projection_dim=32,
            pooled_projection_dim=64, out_channels=8, pos_embed_max_size=24,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(8, shift_factor=0.06, scaling_factor=1.5, use_quant_conv=False,
                 use_post_quant_conv=False),
        text_encoder=CLIPTextModelWithProjection(_clip_config()).eval(),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=CLIPTextModelWithProjection(_clip_config()).eval(),
        tokenizer_2=_clip_tokenizer(),
        text_encoder_3=t5["encoder"],
        tokenizer_3=t5["tokenizer"],
    )  # fmt: skip


def flux(*, kind: type = FluxPipeline, guidance_embeds: bool = True, **transformer: Any) -> Any:
    """Return a FLUX.1 dev, or schnell without ``guidance_embeds``."""
    t5 = _t5()
    dynamic = {"use_dynamic_shifting": True} if guidance_embeds else {}
    options = {"patch_size": 1, "in_channels": 16, "num_layers": 1, "num_single_layers": 1}
    return kind(
        scheduler=FlowMatchEulerDiscreteScheduler(**dynamic),
        vae=_vae(4, shift_factor=0.1, scaling_factor=0.36, use_quant_conv=False,
                 use_post_quant_conv=False),
        text_encoder=CLIPTextModel(_clip_config()).eval(),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=t5["encoder"],
        tokenizer_2=t5["tokenizer"],
        transformer=FluxTransformer2DModel(
            **{**options, **transformer},
            attention_head_dim=16, num_attention_heads=2, joint_attention_dim=32,
            pooled_projection_dim=32, axes_dims_rope=(4, 4, 8), guidance_embeds=guidance_embeds,
        ),
    )  # fmt: skip


def flux_fill() -> Any:
    """Return a FLUX.1 Fill: latents, masked latents and the pixels of the mask, packed."""
    return flux(kind=FluxFillPipeline, in_channels=4 * (4 + 4 + 4), out_channels=16)


def flux_schnell() -> Any:
    """Return a FLUX.1 schnell."""
    return flux(guidance_embeds=False)


FAMILIES: dict[str, Callable[[], Any]] = {
    "sd15": sd15,
    "sd21": sd21,
    "sd-inpaint": sd_inpaint,
    "lcm": lcm,
    "sd-turbo": sd_turbo,
    "sdxl": sdxl,
    "sdxl-inpaint": sdxl_inpaint,
    "sdxl-turbo": sdxl_turbo,
    "sd3": sd3,
    "flux": flux,
    "flux-schnell": flux_schnell,
    "flux-fill": flux_fill,
}


def saved(name: str, folder: Path) -> Path:
    """Write the tiny pipeline of a family in its real layout."""
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        pipe = FAMILIES[name]()
    pipe.set_progress_bar_config(disable=True)
    pipe.save_pretrained(folder)
    return folder
