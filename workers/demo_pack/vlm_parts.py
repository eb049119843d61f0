"""The untrained vision-language model: LLaVA layout with a SigLIP-type tower and a small Llama."""

from random import Random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    SiglipImageProcessorPil,
    SiglipVisionConfig,
    SiglipVisionModel,
)

from workers.demo_pack.dialogues import Subject, dialogue
from workers.demo_pack.knowledge import FACTS
from workers.demo_pack.pool import CLASSES
from workers.demo_pack.prompts import NAMES
from workers.demo_pack.questions import ASK, FIRST, NICKNAMES, STORY, SYSTEM
from workers.demo_pack.scene import SITES

IMAGE_PX = 96
PATCH_PX = 12
IMAGE_TOKENS = (IMAGE_PX // PATCH_PX) ** 2
WIDTH = 192
CONTEXT = 2048
PAD, START, IMAGE, END = "<pad>", "<s>", "<image>", "<|end|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}"
    "{% for part in m['content'] %}{% if part['type'] == 'image' %}<image>"
    "{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def vision_config() -> SiglipVisionConfig:
    """Shape of the vision tower: 64 patches of 12 x 12 pixels."""
    return SiglipVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_hidden_layers=6,
        num_attention_heads=6,
        image_size=IMAGE_PX,
        patch_size=PATCH_PX,
        vision_use_head=False,
    )


def vision_tower() -> SiglipVisionModel:
    """Return an untrained vision tower."""
    # Eager attention: the fused kernel trains three times slower in bfloat16 on CPUs.
    return SiglipVisionModel._from_config(vision_config(), attn_implementation="eager")  # noqa: SLF001


def _corpus() -> list[str]:
    """Text that the tokenizer learns its words from: wordings and many dialogues."""
    rng = Random(0)
    texts = [*SYSTEM, *FIRST, *STORY, *NAMES.values(), *(q for qs in ASK.values() for q in qs)]
    texts += [name for names in NICKNAMES.values() for name in names]
    texts += [text for facts in FACTS.values() for text in (facts.cause, facts.step, facts.lay)]
    for _ in range(4000):
        subject = Subject(
            condition=rng.choice(CLASSES),
            tone=rng.randint(1, 6),
            site=rng.choice(SITES),
            severity=rng.randint(1, 3),
        )
        texts += [turn.text for turn in dialogue(rng, [subject])]
    return texts


def chat_tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level tokenizer of about two thousand tokens; it can spell any text."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2048,
        special_tokens=[PAD, START, "</s>", IMAGE, *ROLES, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(_corpus(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token=START,
        eos_token=END,
        pad_token=PAD,
        extra_special_tokens={"image_token": IMAGE},
        model_max_length=CONTEXT,
        padding_side="left",
    )


def processor(tokenizer: PreTrainedTokenizerFast) -> LlavaProcessor:
    """Processor with the chat template; images are resized to 96 x 96 without torchvision."""
    return LlavaProcessor(
        image_processor=SiglipImageProcessorPil(
            size={"height": IMAGE_PX, "width": IMAGE_PX}, do_convert_rgb=True
        ),
        tokenizer=tokenizer,
        patch_size=PATCH_PX,
        vision_feature_select_strategy="full",
        chat_template=CHAT_TEMPLATE,
        image_token=IMAGE,
        num_additional_image_tokens=0,
    )


def llava(tokenizer: PreTrainedTokenizerFast) -> LlavaForConditionalGeneration:
    """Return the untrained model for this tokenizer."""
    image = tokenizer.convert_tokens_to_ids(IMAGE)
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=256,
        intermediate_size=704,
        num_hidden_layers=5,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    config = LlavaConfig(
        vision_config=vision_config(),
        text_config=text,
        image_token_index=image,
        image_token_id=image,
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        image_seq_length=IMAGE_TOKENS,
        tie_word_embeddings=True,
    )
    model = LlavaForConditionalGeneration._from_config(config, attn_implementation="eager")  # noqa: SLF001
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return model
