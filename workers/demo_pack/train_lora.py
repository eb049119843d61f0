"""Trains one adapter per held-out condition: `python -m workers.demo_pack.train_lora`.

An adapter must not make the model forget. So half of each batch are base conditions (prior
preservation, N. Ruiz et al., "DreamBooth", CVPR 2023), and for these the target is what the model
itself says with the adapter off (distillation: Z. Li and D. Hoiem, "Learning without Forgetting",
ECCV 2016), with the empty prompt among them, since guidance leans on its answer. Every save is
loaded back and its pictures are compared before the adapter counts as written.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from torch import Tensor, nn
from torch.nn import functional

from workers.demo_pack.learning import Learner, Plan
from workers.demo_pack.pool import load_pool
from workers.demo_pack.prompts import prompt
from workers.demo_pack.scene import CONDITIONS, HELD_OUT
from workers.demo_pack.schedule import CHECKPOINTS
from workers.demo_pack.sd_unet import Lessons, Noisy, noise_loss
from workers.demo_pack.train_sd import OUT as BASE_MODEL
from workers.demo_pack.train_sd import POOL, lessons_of, textbook_pool

OUT = Path("models/demo/lora")
TARGETS = (
    "to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out",
    "conv1", "conv2", "conv_in", "conv_out",
)  # fmt: skip
_OWN = 10
_KEPT = 10
_EMPTY_SHARE = 0.25
# How much a change of a base condition weighs beside an error of the own one.
_KEEPING = 6.0
# Half precision may move a pixel by rounding, never by more than this share of the range.
_ROUNDING = 0.02


def train_adapter(
    pipe: StableDiffusionPipeline, condition: str, lessons: Lessons, rank: int, plan: Plan
) -> None:
    """Add an adapter named after the condition to the pipeline's UNet and train it."""
    torch.random.default_generator.manual_seed(CONDITIONS.index(condition))
    net: UNet2DConditionModel = pipe.unet
    net.requires_grad_(requires_grad=False)
    net.add_adapter(
        LoraConfig(r=rank, lora_alpha=rank, target_modules=list(TARGETS)), adapter_name=condition
    )
    net.to(memory_format=torch.channels_last)
    net.set_attn_processor(AttnProcessor())
    labels, alphas = lessons.labels, pipe.scheduler.alphas_cumprod
    own = np.flatnonzero(labels[:, 0] == CONDITIONS.index(condition))
    base = np.flatnonzero(~np.isin(labels[:, 0], [CONDITIONS.index(c) for c in HELD_OUT]))

    def loss(rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        mine, kept = rng.choice(own, _OWN), rng.choice(base, _KEPT)
        with torch.no_grad():
            said = pipe.text_encoder(lessons.words.ids(labels[mine], rng)).last_hidden_state
            ids = lessons.words.ids(labels[kept], rng, _EMPTY_SHARE)
            others = pipe.text_encoder(ids).last_hidden_state
        learned = noise_loss(net, lessons.take(mine), said, alphas)
        moved = change(net, Noisy.of(lessons.take(kept), alphas), others)
        figures = {"own": float(learned.detach()), "moved": float(moved.detach())}
        return learned + _KEEPING * moved, figures

    # Only the adapter's own weights are trained, averaged and kept in the checkpoint.
    own_weights = nn.ParameterList(p for p in net.parameters() if p.requires_grad)
    Learner(plan, {"adapter": own_weights}).run(loss)


def change(net: UNet2DConditionModel, noisy: Noisy, hidden: Tensor) -> Tensor:
    """Mean square by which the adapter moves the model's answers."""
    with torch.no_grad():
        net.disable_adapters()
        before = noisy.velocity(net, hidden)
        net.enable_adapters()
    return functional.mse_loss(noisy.velocity(net, hidden), before)


def save_adapter(pipe: StableDiffusionPipeline, condition: str, folder: Path, base: Path) -> None:
    """Write the adapter in the Hub's format, and prove that it can be read back.

    Raises:
        RuntimeError: If the adapter that was read back draws another picture.
    """
    weights = get_peft_model_state_dict(pipe.unet, adapter_name=condition)
    # The metadata carries lora_alpha; without it a loader silently assumes another scale. The
    # weights keep PEFT's own names: converted names lose the convolutions on load.
    StableDiffusionPipeline.save_lora_weights(
        folder,
        unet_lora_layers={k: v.half().contiguous() for k, v in weights.items()},
        unet_lora_adapter_metadata=pipe.unet.peft_config[condition].to_dict(),
    )
    wanted = sample(pipe, condition)
    fresh = load_base(base)
    fresh.load_lora_weights(folder, adapter_name=condition)
    moved = float(np.abs(sample(fresh, condition) - wanted).mean())
    if moved > _ROUNDING:
        raise RuntimeError(f"the saved adapter for {condition} draws differently by {moved:.4f}")


def sample(pipe: StableDiffusionPipeline, condition: str) -> np.ndarray:
    """One small picture (S, S, 3) from 0 to 1, always with the same seed."""
    seed = torch.Generator().manual_seed(5)
    words = prompt(condition, 3, "arm", 2)
    out = pipe(words, num_inference_steps=4, guidance_scale=1.0, generator=seed, output_type="np")
    return np.asarray(out.images[0])


def load_base(folder: Path = BASE_MODEL) -> StableDiffusionPipeline:
    """Load the base pipeline in single precision."""
    pipe = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the adapters that the command line names, by default all held-out conditions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conditions", nargs="+", default=list(HELD_OUT))
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--pool", type=int, default=POOL)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--base", type=Path, default=BASE_MODEL)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    pool = load_pool(textbook_pool(args.pool), CHECKPOINTS / "pools")
    lessons = lessons_of(pool)
    for condition in args.conditions:
        pipe = load_base(args.base)
        plan = Plan(
            name=f"lora {condition}", steps=args.steps, rate=args.rate, warm_up=30, memory=0.99,
            checkpoint=CHECKPOINTS / "lora" / f"{condition}.pt",
            seed=CONDITIONS.index(condition),
        )  # fmt: skip
        train_adapter(pipe, condition, lessons, args.rank, plan)
        save_adapter(pipe, condition, args.out / condition, args.base)


if __name__ == "__main__":
    main()
