"""Trains the demo Stable Diffusion: `python -m workers.demo_pack.train_sd`.

Stages: a pool of textbook renders, the autoencoder, the words, the UNet. Every stage goes on from
its checkpoint under `training/`; the pipeline is written at the end, or at once with `--export`.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor
from transformers import CLIPTextModel

from workers.demo_pack.pool import Pool, PoolSpec, load_pool
from workers.demo_pack.prompts import prompt
from workers.demo_pack.scene import CONDITIONS, HELD_OUT, SITES
from workers.demo_pack.schedule import CHECKPOINTS
from workers.demo_pack.sd_autoencoder import encode, psnr_db, train_autoencoder
from workers.demo_pack.sd_parts import SIZE_PX, clip_tokenizer, pipeline
from workers.demo_pack.sd_unet import Lessons, UnetTraining, Words, train_unet
from workers.demo_pack.sheets import sheet

BASE: tuple[str, ...] = tuple(c for c in CONDITIONS if c not in HELD_OUT)
FOLDER = CHECKPOINTS / "sd"
OUT = Path("models/demo/sd")
_LATENTS = FOLDER / "latents.npz"


def textbook_pool(count: int, seed: int = 3_000_000) -> PoolSpec:
    """Atlas pictures of all conditions."""
    return PoolSpec(
        name=f"textbook_{seed}_{count}", count=count, size_px=SIZE_PX, seed=seed, textbook=True
    )


def latent_pool(count: int, used: int) -> Pool:
    """The part of the textbook pool that is encoded for the UNet and the adapters."""
    pool = load_pool(textbook_pool(count), CHECKPOINTS / "pools")
    return Pool(images=pool.images[:used], labels=pool.labels[:used])


def scaled_latents(vae: AutoencoderKL, pool: Pool) -> Tensor:
    """Latents (N, 4, 24, 24) with unit deviation; the factor is kept in the autoencoder."""
    if _LATENTS.exists():
        latents = torch.from_numpy(np.load(_LATENTS)["latents"]).float()
    else:
        latents = encode(vae, pool.images)
        np.savez(_LATENTS, latents=latents.half().numpy())
    factor = 1 / latents.std().item()
    vae.register_to_config(scaling_factor=factor)
    return latents * factor


def samples(
    vae: AutoencoderKL, encoder: CLIPTextModel, net: UNet2DConditionModel, columns: int = 6
) -> list[np.ndarray]:
    """Generated pictures, one row per base condition, tones I to VI along a row."""
    pipe = pipeline(vae, encoder, clip_tokenizer(), net)
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
    vae = train_autoencoder(pool, args.autoencoder_steps, FOLDER / "autoencoder.pt")
    test = load_pool(textbook_pool(96, 8_000_000), CHECKPOINTS / "pools", 1)
    print(f"autoencoder PSNR {psnr_db(vae, test.images):.2f} dB on unseen renders", flush=True)  # noqa: T201
    pool = latent_pool(args.pool, args.latents)
    latents = scaled_latents(vae, pool)
    held_out = [CONDITIONS.index(c) for c in HELD_OUT]
    keep = ~np.isin(pool.labels[:, 0], held_out)

    def preview(net: UNet2DConditionModel, encoder: CLIPTextModel, step: int) -> None:
        page = sheet(samples(vae, encoder, net), 6)
        page.save(FOLDER / f"preview_{step:06d}.png")

    lessons = Lessons(
        latents=latents[torch.from_numpy(keep)],
        labels=pool.labels[keep],
        words=Words(clip_tokenizer()),
    )
    training = UnetTraining(lessons, clip_tokenizer(), FOLDER / "unet.pt")
    net, encoder = train_unet(training, args.steps, preview)
    export(vae, encoder, net, args.out)


def export(
    vae: AutoencoderKL, encoder: CLIPTextModel, net: UNet2DConditionModel, out: Path
) -> None:
    """Write the pipeline in half precision, no file larger than 15 MB."""
    net.set_attn_processor(AttnProcessor())
    pipe = pipeline(vae, encoder, clip_tokenizer(), net).to(torch.float16)
    pipe.save_pretrained(out, safe_serialization=True, max_shard_size="15MB")


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", type=int, default=24_000)
    parser.add_argument("--latents", type=int, default=15_000, help="pictures the UNet sees")
    parser.add_argument("--autoencoder-steps", type=int, default=520)
    parser.add_argument("--steps", type=int, default=1900)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
