"""Trains the demo vision-language model: `python -m workers.demo_pack.train_vlm`.

Stages: pools of renders, the vision tower, the dialogues, calibration. Every stage goes on from
its checkpoint under `training/`.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast

from workers.demo_pack.calibration import calibrate
from workers.demo_pack.dialogue_stage import train_dialogues
from workers.demo_pack.learning import Plan
from workers.demo_pack.pool import Pool, PoolSpec, load_pool
from workers.demo_pack.schedule import CHECKPOINTS
from workers.demo_pack.vision_stage import MIX, Classifier, train_vision, training_pool
from workers.demo_pack.vlm_parts import IMAGE_PX, chat_tokenizer, llava, processor

FOLDER = CHECKPOINTS / "vlm"
OUT = Path("models/demo/vlm")


def photo_pool(name: str, count: int, seed: int) -> Pool:
    """Photos of everything, rendered as users' pictures arrive."""
    spec = PoolSpec(
        name=name, count=count, size_px=IMAGE_PX, seed=seed, conditions=MIX, photo_like=True
    )
    return load_pool(spec, CHECKPOINTS / "pools")


def kept_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Tokenizer of this training; a checkpoint is worth nothing with another one."""
    if not folder.exists():
        chat_tokenizer().save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def with_tower(
    tokenizer: PreTrainedTokenizerFast, classifier: Classifier
) -> LlavaForConditionalGeneration:
    """LLaVA model that sees through a trained tower."""
    model = llava(tokenizer)
    model.model.vision_tower.load_state_dict(classifier.tower.state_dict())
    return model


def train(args: argparse.Namespace) -> None:
    """Run all stages and write the model, its processor and `skingen.json`."""
    torch.set_num_threads(args.threads)
    # Photos that the tower never saw, so that the words learn how sure its features really are.
    talk = photo_pool(f"photos_dialogue_{args.talk}", args.talk, 2_000_000)
    if args.start is None:
        model, tokenizer = _from_tower(args)
    else:
        model = LlavaForConditionalGeneration.from_pretrained(
            args.start, dtype="float32", attn_implementation="eager"
        )
        tokenizer = PreTrainedTokenizerFast.from_pretrained(args.start)
    plan = Plan(
        name="dialogue",
        steps=args.steps,
        rate=args.rate,
        weight_decay=0.02,
        betas=(0.9, 0.97),
        memory=0.998,
        checkpoint=FOLDER / ("dialogue.pt" if args.start is None else "dialogue_more.pt"),
        seed=1 if args.start is None else 2,
    )
    model = train_dialogues(model, talk, tokenizer, plan)
    export(model, tokenizer, args.out)
    calibrate(
        args.out,
        talk,
        photo_pool(f"photos_calibration_{args.calibration}", args.calibration, 7_000_000),
    )


def _from_tower(
    args: argparse.Namespace,
) -> tuple[LlavaForConditionalGeneration, PreTrainedTokenizerFast]:
    """First stage: a model that sees and cannot speak yet, and its tokenizer."""
    torch.random.default_generator.manual_seed(1)
    pool = load_pool(training_pool(args.pool), CHECKPOINTS / "pools")
    test = photo_pool(f"photos_test_{args.calibration}", args.calibration, 9_000_000)
    classifier = train_vision(pool, args.vision_steps, FOLDER / "vision.pt", test)
    tokenizer = kept_tokenizer(FOLDER / "tokenizer")
    return with_tower(tokenizer, classifier), tokenizer


def export(
    model: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, out: Path
) -> None:
    """Write half-precision weights and the processor."""
    for part in (model.config.text_config, model.config.vision_config):
        # A part that was loaded in single precision says so, and would be loaded so again.
        part.dtype = None
    model.half().save_pretrained(out, max_shard_size="15MB")
    processor(tokenizer).save_pretrained(out)


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=Path, help="teach an exported model more dialogues")
    parser.add_argument("--pool", type=int, default=30_000, help="photos for the tower")
    parser.add_argument("--talk", type=int, default=12_000, help="photos for the dialogues")
    parser.add_argument("--calibration", type=int, default=1500)
    parser.add_argument("--vision-steps", type=int, default=1400)
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    train(parser.parse_args(arguments))


if __name__ == "__main__":
    main()
