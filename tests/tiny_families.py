"""Tiny random models of the other families; see `tests.tiny_vlms`."""

from collections.abc import Callable
from pathlib import Path

from transformers import (
    CLIPVisionConfig,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ImageProcessorPil,
    Gemma3Processor,
    Gemma3TextConfig,
    GemmaConfig,
    GotOcr2ImageProcessorPil,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    Idefics3Processor,
    InternVLConfig,
    InternVLForConditionalGeneration,
    LlamaConfig,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessorPil,
    LlavaNextProcessor,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    LlavaOnevisionImageProcessorPil,
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
    PaliGemmaProcessor,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Config,
    Qwen2VLImageProcessorPil,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SiglipImageProcessorPil,
    SiglipVisionConfig,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessorPil,
)

from tests.tiny_vlms import TEXT, VISION, llava, save, save_in_parts, seeded, template, tokenizer


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


def smolvlm(folder: Path) -> Path:
    """Write a tiny SmolVLM, whose processor wants torchvision for its videos."""
    tokens = tokenizer(
        ["<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<video>"]
        + [f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)],
        image_token="<image>",
        video_token="<video>",
        fake_image_token="<fake_token_around_image>",
        global_image_token="<global-img>",
        end_of_utterance_token="<end_of_utterance>",
    )
    config = SmolVLMConfig(
        vision_config={**VISION, "image_size": 56, "patch_size": 14},
        text_config=LlamaConfig(**TEXT),
        scale_factor=2,
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        pad_token_id=0,
    )
    image_processor = SmolVLMImageProcessorPil(
        size={"longest_edge": 112}, max_image_size={"longest_edge": 56}
    )
    return save_in_parts(
        folder, image_processor, tokens, seeded(SmolVLMForConditionalGeneration, config),
        "SmolVLMProcessor", template("<image>"), image_seq_len=4,
    )  # fmt: skip


def paligemma(folder: Path) -> Path:
    """Write a tiny PaliGemma, which has no chat template and reads photos before all words."""
    tokens = tokenizer(["<image>"], image_token="<image>")
    processor = PaliGemmaProcessor(
        image_processor=SiglipImageProcessorPil(size={"height": 56, "width": 56}), tokenizer=tokens
    )
    processor.image_processor.image_seq_length = 16
    config = PaliGemmaConfig(
        vision_config={**VISION, "image_size": 56, "patch_size": 14, "vision_use_head": False,
                       "model_type": "siglip_vision_model"},
        text_config=GemmaConfig(**{**TEXT, "vocab_size": len(tokens)}),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        projection_dim=TEXT["hidden_size"],
        hidden_size=TEXT["hidden_size"],
        vocab_size=len(tokens),
    )  # fmt: skip
    return save(folder, processor, seeded(PaliGemmaForConditionalGeneration, config))


FAMILIES: dict[str, Callable[[Path], Path]] = {
    "llava": llava,
    "llava_next": llava_next,
    "llava_onevision": onevision,
    "idefics3": idefics3,
    "smolvlm": smolvlm,
    "gemma3": gemma3,
    "paligemma": paligemma,
    "qwen2_5_vl": lambda folder: qwen(folder, "2_5"),
    "qwen3_vl": lambda folder: qwen(folder, "3"),
    "internvl": internvl,
}
