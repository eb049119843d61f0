"""Writes `models/demo/generator.toml`: which conditions the diffusion model may draw.

A condition is served by the diffusion model if the independent classifier recognises most of its
pictures; otherwise the renderer draws it, labelled as a schematic drawing.
`python -m workers.demo_pack.served` measures and writes the file.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from workers.demo_pack.artist import GUIDANCE, STEPS, Artist, recognised
from workers.demo_pack.judge import load_judge
from workers.demo_pack.scene import CONDITIONS, HELD_OUT

MODELS = Path("models/demo")
# The least share of recognised pictures that lets a condition be served.
SERVED_SHARE = 0.6


def measure(models: Path, seed: int, each: int) -> dict[str, float]:
    """Share of recognised pictures of each condition, held-out ones with their adapter."""
    judge = load_judge(models / "judge" / "model.safetensors")
    artist = Artist(models / "sd", models / "lora")
    shares: dict[str, float] = {}
    for condition in CONDITIONS:
        artist.use(condition if condition in HELD_OUT else None)
        wanted = [condition] * each
        shares[condition] = float(recognised(judge, artist.draw(wanted, seed), wanted).mean())
    return shares


def write(shares: Mapping[str, float], path: Path, *, each: int, seed: int) -> None:
    """Write the shares and what follows from them as TOML."""
    lines = [
        "# Which conditions the demo diffusion model draws well enough to be shown.",
        f"# Measured on {each} pictures per condition, seed {seed}, by models/demo/judge.",
        f"steps = {STEPS}",
        f"guidance = {GUIDANCE}",
        f"served_share = {SERVED_SHARE}",
    ]
    for condition, share in shares.items():
        served = str(share >= SERVED_SHARE).lower()
        adapter = f'adapter = "lora/{condition}"' if condition in HELD_OUT else 'adapter = ""'
        lines += ["", f"[conditions.{condition}]", f"recognised = {share:.3f}"]
        lines += [f"served = {served}", adapter]
    path.write_text("\n".join(lines) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--each", type=int, default=18)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    shares = measure(args.models, args.seed, args.each)
    write(shares, args.models / "generator.toml", each=args.each, seed=args.seed)


if __name__ == "__main__":
    main()
