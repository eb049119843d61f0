"""Trains the demo Stable Diffusion: `python -m workers.demo_pack.train_sd`.

Stages: a pool of textbook renders, the autoencoder, the words, the UNet. Every stage goes on from
its checkpoint under `training/`; the pipeline is written at the end.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from workers.demo_pack.learning import Plan
from workers.demo_pack.pool import Pool, PoolSpec, load_pool
from workers.demo_pack.prompts import prompt
from workers.demo_pack.scene import CONDITIONS, HELD_OUT, SITES
from workers.demo_pack.schedule import CHECKPOINTS
from workers.demo_pack.sd_autoencoder import psnr_db, train_autoencoder
from workers.demo_pack.sd_encoder import principal_components
from workers.demo_pack.sd_parts import SIZE_PX, clip_tokenizer, pipeline
from workers.demo_pack.sd_unet import Drawing, Lessons, Words, train_unet, untrained
from workers.demo_pack.sheets import sheet

BASE: tuple[str, ...] = tuple(c for c in CONDITIONS if c not in HELD_OUT)
FOLDER = CHECKPOINTS / "sd"
OUT = Path("models/demo/sd")
POOL = 30_000
_PREVIEW = 500


def textbook_pool(count: int, seed: int = 3_000_000) -> PoolSpec:
    """Atlas pictures of all conditions."""
    return PoolSpec(
        name=f"textbook_{seed}_{count}", count=count, size_px=SIZE_PX, seed=seed, textbook=True
    )


def lessons_of(pool: Pool) -> Lessons:
    """Latents of a whole textbook pool.

    The projection is computed directly: it is what the encoder's layers compute, a hundred times
    faster.
    """
    latents = principal_components(pool.images).latents(pool.images)
    return Lessons(latents=latents, labels=pool.labels, words=Words(clip_tokenizer()))


def samples(vae: AutoencoderKL, drawing: Drawing, columns: int = 6) -> list[np.ndarray]:
    """Generated pictures, one row per base condition, tones I to VI along a row."""
    pipe = pipeline(vae, drawing.encoder, clip_tokenizer(), drawing.net)
    pictures: list[np.ndarray] = []
    for condition in BASE:
        prompts = [prompt(condition, i % 6 + 1, SITES[i % 6], i % 3 + 1) for i in range(columns)]
        seeds = [torch.Generator().manual_seed(100 + i) for i in range(columns)]
        out = pipe(prompts, num_inference_steps=20, guidance_scale=2.5, generator=seeds)
        pictures += [np.asarray(image) for image in out.images]
    return pictures


def train(args: argparse.Namespace) -> None:
    """Run all stages and write the pipeline."""
    torch.set_num_threads(args.threads)
    pool = load_pool(textbook_pool(args.pool), CHECKPOINTS / "pools", args.threads)
    vae = train_autoencoder(pool, args.decoder_steps, FOLDER / "decoder.pt")
    test = load_pool(textbook_pool(96, 8_000_000), CHECKPOINTS / "pools", 1)
    print(f"autoencoder PSNR {psnr_db(vae, test.images):.2f} dB on unseen renders", flush=True)  # noqa: T201
    lessons = lessons_of(pool).without(HELD_OUT)
    plan = unet_plan(args.steps, args.rate)
    # A checkpoint knows its words already.
    words = 0 if plan.checkpoint.exists() else args.words
    drawing = untrained(clip_tokenizer(), words=words)

    def preview(step: int) -> None:
        if step % _PREVIEW == 0:
            sheet(samples(vae, drawing), 6).save(FOLDER / f"preview_{step:06d}.png")

    train_unet(drawing, lessons, plan, preview)
    export(vae, drawing, args.out)


def unet_plan(steps: int, rate: float) -> Plan:
    """How the UNet and the text encoder learn."""
    return Plan(
        name="unet", steps=steps, rate=rate, warm_up=200, weight_decay=0.01,
        checkpoint=FOLDER / "unet.pt",
    )  # fmt: skip


def export(vae: AutoencoderKL, drawing: Drawing, out: Path) -> None:
    """Write the pipeline in half precision, no file larger than 15 MB."""
    pipe = pipeline(vae, drawing.encoder, clip_tokenizer(), drawing.net).to(torch.float16)
    pipe.save_pretrained(out, safe_serialization=True, max_shard_size="15MB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", type=int, default=POOL)
    parser.add_argument("--decoder-steps", type=int, default=1800)
    parser.add_argument("--steps", type=int, default=2100)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--words", type=int, default=400, help="steps of the text encoder alone")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    train(parser.parse_args(arguments))


if __name__ == "__main__":
    main()
