"""Contact sheets: `python -m workers.demo_pack.grid` writes sample grids as PNG files."""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workers.demo_pack.renderer import render
from workers.demo_pack.scene import CONDITIONS, PLAIN, sample_scene
from workers.demo_pack.sheets import sheet


def renders(size_px: int, seed: int, columns: int = 12, *, textbook: bool = False) -> Image.Image:
    """One row per condition and one of plain skin; tones run from I to VI along a row."""
    pictures = [
        render(
            sample_scene(
                seed + index, conditions=(condition,), tone=index % 6 + 1, textbook=textbook
            ),
            size_px,
        ).image
        for condition in (*CONDITIONS, PLAIN)
        for index in range(columns)
    ]
    return sheet(pictures, columns)


def generated(seed: int, columns: int = 6) -> Image.Image:
    """One row per condition as the committed diffusion model and its adapters draw it."""
    # Imported here, so that renders alone need no torch.
    from workers.demo_pack.artist import Artist  # noqa: PLC0415

    artist = Artist(Path("models/demo/sd"), Path("models/demo/lora"))
    pictures: list[NDArray[np.uint8]] = []
    for condition in CONDITIONS:
        artist.use(condition if condition in artist.adapters else None)
        pictures += list(artist.draw([condition] * columns, seed))
    return sheet(pictures, columns)


def main() -> None:
    """Write `renders.png` and `textbook.png`, and `generated.png` if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--size-px", type=int, default=128)
    parser.add_argument("--generated", action="store_true", help="also ask the diffusion model")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    renders(args.size_px, args.seed).save(args.out / "renders.png")
    renders(args.size_px, args.seed, textbook=True).save(args.out / "textbook.png")
    if args.generated:
        generated(args.seed).save(args.out / "generated.png")


if __name__ == "__main__":
    main()
