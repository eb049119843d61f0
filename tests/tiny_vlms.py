"""Tiny random models with the real configuration classes, saved in the real layouts.

Their answers are gibberish; what matters is that every code path of a real checkpoint runs.
"""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
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


def save(folder: Path, processor: Any, model: Any, tokens: Any = None) -> Path:
    """Write a checkpoint."""
    words = processor.tokenizer if tokens is None else tokens
    mute = [token for token in range(len(words)) if "\ufffd" in words.decode([token])]
    with torch.no_grad():
        weight = model.get_output_embeddings().weight
        # Random logits of a tiny model lie close together: wider ones make greedy answers stable.
        weight.mul_(20)
        # Lone bytes of longer characters are never the likeliest: answers are readable text.
        weight[mute] = 0
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
    return save(folder, None, model, tokens)


def seeded(model_class: Any, config: Any) -> Any:
    """Return a model with the same random weights every time."""
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        return model_class(config)
