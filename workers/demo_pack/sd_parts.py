"""The untrained parts of the demo Stable Diffusion, in the layout of any SD 1.x checkpoint."""

import json
from itertools import product

from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from workers.demo_pack.prompts import prompt
from workers.demo_pack.scene import CONDITIONS, SITES

SIZE_PX = 96
LATENT_PX = 12
LATENT_CHANNELS = 12
WORDS = 20
TEXT_WIDTH = 128
_START, _END = "<|startoftext|>", "<|endoftext|>"


def all_prompts() -> list[str]:
    """Every prompt that the fixed prompt function can write."""
    choices = product(CONDITIONS, range(1, 7), SITES, range(1, 4))
    return [prompt(*choice) for choice in choices]


def clip_tokenizer() -> CLIPTokenizer:
    """Byte-pair tokenizer over the prompts' words, with CLIP's word ends."""
    raw = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token=_END))
    raw.normalizer = normalizers.Lowercase()
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    texts = [*all_prompts(), "abcdefghijklmnopqrstuvwxyz synthetic picture healthy"]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=[_START, _END], end_of_word_suffix="</w>", min_frequency=1,
        show_progress=False,
    )  # fmt: skip
    raw.train_from_iterator(texts, trainer)
    return CLIPTokenizer(
        vocab=raw.get_vocab(), merges=_merges(raw), model_max_length=WORDS, bos_token=_START,
        eos_token=_END, pad_token=_END, unk_token=_END,
    )  # fmt: skip


def _merges(raw: Tokenizer) -> list[tuple[str, str]]:
    """Merges of a trained tokenizer, in order; `tokenizers` shows them only in its JSON."""
    return [tuple(pair) for pair in json.loads(raw.to_str())["model"]["merges"]]


def text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Two-layer CLIP text encoder of width 128."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=TEXT_WIDTH,
            intermediate_size=384,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=WORDS,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=tokenizer.bos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            projection_dim=TEXT_WIDTH,
        )
    )


def autoencoder() -> AutoencoderKL:
    """KL autoencoder between 96 pixels and 12 x 12 latents of twelve channels (f = 8)."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(32, 64, 96, 128),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=SIZE_PX,
    )


def unet() -> UNet2DConditionModel:
    """UNet on 12 x 12 latents with cross attention to the prompt at 12 x 12 and 6 x 6."""
    return UNet2DConditionModel(
        sample_size=LATENT_PX,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        down_block_types=("CrossAttnDownBlock2D",) * 2,
        up_block_types=("CrossAttnUpBlock2D",) * 2,
        block_out_channels=(128, 160),
        layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=32,
        norm_num_groups=16,
    )


def scheduler() -> DDIMScheduler:
    """V-prediction with a zero terminal signal-to-noise ratio.

    Source: S. Lin et al., "Common diffusion noise schedules and sample steps are flawed",
    WACV 2024.
    """
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        timestep_spacing="trailing",
        rescale_betas_zero_snr=True,
    )


def pipeline(
    vae: AutoencoderKL, encoder: CLIPTextModel, tokenizer: CLIPTokenizer, net: UNet2DConditionModel
) -> StableDiffusionPipeline:
    """Assemble the pipeline; there is no safety checker, as no user text reaches it."""
    pipe = StableDiffusionPipeline(
        vae=vae,
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=net,
        scheduler=scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe
