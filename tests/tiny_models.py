"""Tiny random models with the real configuration classes, saved in the real layouts.

Their answers are gibberish; what matters is that every code path of a real checkpoint runs.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPImageProcessorPil,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    CLIPVisionConfig,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ImageProcessorPil,
    Gemma3Processor,
    Gemma3TextConfig,
    GenerationConfig,
    GotOcr2ImageProcessorPil,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    Idefics3Processor,
    InternVLConfig,
    InternVLForConditionalGeneration,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessorPil,
    LlavaNextProcessor,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    LlavaOnevisionImageProcessorPil,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Config,
    Qwen2VLImageProcessorPil,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SiglipVisionConfig,
)

# Tiny models gain nothing from threads, and lose much where other work fills the cores.
torch.set_num_threads(1)

WORDS = "what is this it here user assistant system most likely condition acne eczema psoriasis"
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 400,
    "max_position_embeddings": 2048,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
VISION = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
}  # fmt: skip


def tokenizer(specials: list[str], **named: str) -> Any:
    """Return a byte-level BPE tokenizer trained on a handful of words."""
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<pad>", "<bos>", "<eos>", *specials],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bare.train_from_iterator([WORDS], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bare,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        extra_special_tokens=named,
    )


def template(image: str) -> str:
    """Return a chat template that writes ``image`` for a photo."""
    return (
        "{{ bos_token }}{% for m in messages %}{{ m['role'] }}: {% for c in m['content'] %}"
        "{% if c['type'] == 'image' %}" + image + "{% else %}{{ c['text'] }}{% endif %}"
        "{% endfor %}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
    )


def save(folder: Path, processor: Any, model: Any) -> Path:
    """Write a checkpoint."""
    # Random logits of a tiny model lie close together: wider ones make greedy answers stable.
    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(20)
    model.generation_config = GenerationConfig(eos_token_id=2, pad_token_id=0, bos_token_id=1)
    model.save_pretrained(folder)
    if processor is not None:
        processor.save_pretrained(folder)
    return folder


def llava(folder: Path) -> Path:
    """Write a tiny LLaVA-1.5."""
    tokens = tokenizer(["<image>"], image_token="<image>")
    image_token = tokens.convert_tokens_to_ids("<image>")
    processor = LlavaProcessor(
        CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56}),
        tokens,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template("<image>"),
    )
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**VISION, image_size=56, patch_size=14),
        text_config=LlamaConfig(**TEXT),
        image_token_index=image_token,
    )
    return save(folder, processor, seeded(LlavaForConditionalGeneration, config))


def idefics3(folder: Path) -> Path:
    """Write a tiny Idefics3."""
    tokens = tokenizer(
        ["<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"]
        + [f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)]
    )
    tokens.image_token = "<image>"
    tokens.fake_image_token = "<fake_token_around_image>"
    tokens.global_image_token = "<global-img>"
    tokens.end_of_utterance_token = "<end_of_utterance>"
    processor = Idefics3Processor(
        image_processor=Idefics3ImageProcessorPil(
            size={"longest_edge": 112}, max_image_size={"longest_edge": 56}
        ),
        tokenizer=tokens,
        image_seq_len=4,
        chat_template=template("<image>"),
    )
    config = Idefics3Config(
        vision_config={**VISION, "image_size": 56, "patch_size": 14},
        text_config=LlamaConfig(**TEXT),
        scale_factor=2,
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        pad_token_id=0,
    )
    return save(folder, processor, seeded(Idefics3ForConditionalGeneration, config))


def gemma3(folder: Path) -> Path:
    """Write a tiny Gemma 3, the family of MedGemma."""
    tokens = tokenizer(
        ["<start_of_image>", "<end_of_image>", "<image_soft_token>"],
        image_token="<image_soft_token>",
        boi_token="<start_of_image>",
        eoi_token="<end_of_image>",
    )
    ids = tokens.convert_tokens_to_ids
    processor = Gemma3Processor(
        image_processor=Gemma3ImageProcessorPil(size={"height": 56, "width": 56}),
        tokenizer=tokens,
        image_seq_length=4,
        chat_template=template("<start_of_image>"),
    )
    config = Gemma3Config(
        text_config=Gemma3TextConfig(**TEXT, sliding_window=16),
        vision_config={**VISION, "image_size": 56, "patch_size": 14, "vision_use_head": False},
        mm_tokens_per_image=4,
        image_token_index=ids("<image_soft_token>"),
        image_token_id=ids("<image_soft_token>"),
        boi_token_index=ids("<start_of_image>"),
        eoi_token_index=ids("<end_of_image>"),
    )
    return save(folder, processor, seeded(Gemma3ForConditionalGeneration, config))


def qwen(folder: Path, version: str) -> Path:
    """Write a tiny Qwen-VL, ``2_5`` or ``3``, whose processor wants torchvision."""
    names = ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"]
    tokens = tokenizer(
        names,
        image_token=names[0],
        video_token=names[1],
        vision_start_token=names[2],
        vision_end_token=names[3],
        vision_bos_token=names[2],
        vision_eos_token=names[3],
    )
    pad, video, start, end = (tokens.convert_tokens_to_ids(name) for name in names)
    special = {
        "image_token_id": pad,
        "video_token_id": video,
        "vision_start_token_id": start,
        "vision_end_token_id": end,
    }
    text = {
        **TEXT,
        "rope_parameters": {
            "rope_type": "default",
            "mrope_section": [1, 1, 2],
            "rope_theta": 10_000.0,
        },
    }
    vision = {
        "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 4,
        "out_hidden_size": 32, "patch_size": 14 if version == "2_5" else 16,
    }  # fmt: skip
    if version == "2_5":
        del text["head_dim"]
        vision |= {"window_size": 56, "fullatt_block_indexes": [1]}
        config = Qwen2_5_VLConfig(text_config=text, vision_config=vision, **special)
        model = seeded(Qwen2_5_VLForConditionalGeneration, config)
    else:
        vision |= {"deepstack_visual_indexes": [0], "num_position_embeddings": 64}
        config = Qwen3VLConfig(text_config=text, vision_config=vision, **special)
        model = seeded(Qwen3VLForConditionalGeneration, config)
    image_processor = Qwen2VLImageProcessorPil(
        size={"shortest_edge": 56 * 56, "longest_edge": 112 * 112},
        patch_size=vision["patch_size"],
        merge_size=2,
        temporal_patch_size=2,
    )
    processor_class = "Qwen2_5_VLProcessor" if version == "2_5" else "Qwen3VLProcessor"
    return save_in_parts(
        folder, image_processor, tokens, model, processor_class,
        template("<|vision_start|><|image_pad|><|vision_end|>"),
    )  # fmt: skip


def internvl(folder: Path) -> Path:
    """Write a tiny InternVL, whose processor wants torchvision."""
    tokens = tokenizer(
        ["<IMG_CONTEXT>", "<img>", "</img>", "<video>"],
        context_image_token="<IMG_CONTEXT>",
        start_image_token="<img>",
        end_image_token="</img>",
        video_token="<video>",
    )
    config = InternVLConfig(
        vision_config={**VISION, "image_size": [56, 56], "patch_size": [14, 14]},
        text_config=Qwen2Config(**{k: v for k, v in TEXT.items() if k != "head_dim"}),
        image_token_id=tokens.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    image_processor = GotOcr2ImageProcessorPil(size={"height": 56, "width": 56})
    return save_in_parts(
        folder, image_processor, tokens, seeded(InternVLForConditionalGeneration, config),
        "InternVLProcessor", template("<IMG_CONTEXT>"), image_seq_length=4,
    )  # fmt: skip


def llava_next(folder: Path) -> Path:
    """Write a tiny LLaVA-NeXT."""
    tokens = tokenizer(["<image>"], image_token="<image>")
    processor = LlavaNextProcessor(
        LlavaNextImageProcessorPil(
            size={"shortest_edge": 56},
            crop_size={"height": 56, "width": 56},
            image_grid_pinpoints=[[56, 112], [112, 56]],
        ),
        tokens,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template("<image>"),
    )
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(**VISION, image_size=56, patch_size=14),
        text_config=LlamaConfig(**TEXT),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=[[56, 112], [112, 56]],
    )
    return save(folder, processor, seeded(LlavaNextForConditionalGeneration, config))


def onevision(folder: Path) -> Path:
    """Write a tiny LLaVA-OneVision, whose processor wants torchvision."""
    tokens = tokenizer(["<image>", "<video>"], image_token="<image>", video_token="<video>")
    image, video = (tokens.convert_tokens_to_ids(name) for name in ("<image>", "<video>"))
    pinpoints = [[56, 112], [112, 56]]
    config = LlavaOnevisionConfig(
        vision_config=SiglipVisionConfig(
            **VISION, image_size=56, patch_size=14, vision_use_head=False
        ),
        text_config=Qwen2Config(**{k: v for k, v in TEXT.items() if k != "head_dim"}),
        image_token_index=image,
        video_token_index=video,
        image_token_id=image,
        video_token_id=video,
        image_grid_pinpoints=pinpoints,
        vision_feature_layer=-1,
    )
    image_processor = LlavaOnevisionImageProcessorPil(
        size={"height": 56, "width": 56}, image_grid_pinpoints=pinpoints
    )
    return save_in_parts(
        folder, image_processor, tokens, seeded(LlavaOnevisionForConditionalGeneration, config),
        "LlavaOnevisionProcessor", template("<image>"),
        num_image_tokens=16, vision_feature_select_strategy="full",
    )  # fmt: skip


def save_in_parts(
    folder: Path,
    image_processor: Any,
    tokens: Any,
    model: Any,
    processor_class: str,
    chat_template: str,
    **settings: Any,
) -> Path:
    """Write the checkpoint of a family that takes videos, as it lies on the hub."""
    tokens.save_pretrained(folder)
    image_processor.save_pretrained(folder)
    (folder / "processor_config.json").write_text(
        json.dumps({"processor_class": processor_class, **settings})
    )
    (folder / "chat_template.jinja").write_text(chat_template)
    return save(folder, None, model)


def seeded(model_class: Any, config: Any) -> Any:
    """Return a model with the same random weights every time."""
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        return model_class(config)


FAMILIES: dict[str, Callable[[Path], Path]] = {
    "llava": llava,
    "llava_next": llava_next,
    "llava_onevision": onevision,
    "idefics3": idefics3,
    "gemma3": gemma3,
    "qwen2_5_vl": lambda folder: qwen(folder, "2_5"),
    "qwen3_vl": lambda folder: qwen(folder, "3"),
    "internvl": internvl,
}


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


def lora(pipe_folder: Path, folder: Path, seed: int) -> Path:
    """Write an adapter for the tiny Stable Diffusion that visibly changes its pictures."""
    unet = UNet2DConditionModel.from_pretrained(pipe_folder, subfolder="unet")
    targets = ["to_k", "to_q", "to_v", "to_out.0"]
    unet.add_adapter(LoraConfig(r=4, lora_alpha=4, target_modules=targets), "tiny")
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in unet.named_parameters():
            if "lora_B" in name:
                weight.copy_(torch.randn(weight.shape, generator=noise))
    StableDiffusionPipeline.save_lora_weights(
        folder,
        unet_lora_layers=get_peft_model_state_dict(unet, adapter_name="tiny"),
        unet_lora_adapter_metadata=unet.peft_config["tiny"].to_dict(),
    )
    return folder
