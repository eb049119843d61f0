"""Trains the demo vision-language model: `python -m workers.demo_pack.train_vlm`.

Stages: pools of renders, the vision tower, the dialogues, calibration. Every stage goes on from
its checkpoint under `training/`.
"""

import argparse
from pathlib import Path

import torch
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast

from workers.demo_pack.calibration import calibrate
from workers.demo_pack.dialogue_stage import train_dialogues
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
    pool = load_pool(training_pool(args.pool), CHECKPOINTS / "pools")
    test = photo_pool("photos_test", 1400, 9_000_000)
    classifier = train_vision(pool, args.vision_steps, FOLDER / "vision.pt", test)
    tokenizer = kept_tokenizer(FOLDER / "tokenizer")
    model = with_tower(tokenizer, classifier)
    # Photos that the tower never saw, so that the words learn how sure its features really are.
    talk = photo_pool("photos_dialogue", args.pool * 2 // 5, 2_000_000)
    model = train_dialogues(model, talk, tokenizer, args.steps, FOLDER / "dialogue.pt")
    export(model, tokenizer, args.out)
    calibrate(args.out, talk, photo_pool("photos_calibration", 1500, 7_000_000))


def export(
    model: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, out: Path
) -> None:
    """Write half-precision weights and the processor."""
    model.half().save_pretrained(out, max_shard_size="15MB")
    processor(tokenizer).save_pretrained(out)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", type=int, default=30_000)
    parser.add_argument("--vision-steps", type=int, default=1400)
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
