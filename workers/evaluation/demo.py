"""Measures the demo models on fresh seeds: `python -m workers.evaluation.demo --seed S`.

The last line is one JSON object. Nothing that it draws was used for training. No training was
begun after the first verdict of the classifier that judges generated pictures.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from PIL import Image

from workers.demo_pack.artist import Artist, recognised, tone_near
from workers.demo_pack.judge import Judge, load_judge, verdicts
from workers.demo_pack.pool import PoolSpec, one
from workers.demo_pack.scene import CONDITIONS, HELD_OUT
from workers.demo_pack.sd_autoencoder import psnr_db, through
from workers.demo_pack.sd_parts import SIZE_PX
from workers.evaluation.demo_chats import follow_ups
from workers.evaluation.demo_vlm import Seer, auroc, differential, photos, strangers

MODELS = Path("models/demo")
BASE: tuple[str, ...] = tuple(c for c in CONDITIONS if c not in HELD_OUT)
# Seeds of fresh data start far above any training seed.
_FRESH = 1_000_000_000
Figures = dict[str, Any]


def measure_vlm(seed: int, count: int, chats: int, folder: Path | None) -> Figures:
    """Differential, follow-ups and the unusual score on fresh photos."""
    seer = Seer(MODELS / "vlm")
    known = photos(seed, count)
    asked = photos(seed + 100_000, chats)
    strange = strangers(seed, max(1, count // 8))
    known_scores, strange_scores = seer.unusual(list(known.images)), seer.unusual(strange)
    limit = seer.settings["unusual"]["threshold"]
    figures: Figures = differential(seer, known) | follow_ups(seer, asked, seed)
    figures |= {
        "ood_auroc": auroc(known_scores, strange_scores),
        "known_flagged": float((known_scores > limit).mean()),
        "strange_flagged": float((strange_scores > limit).mean()),
        "vlm_count": count,
        "followup_count": len(asked),
        "strange_count": len(strange),
    }
    if folder is not None:
        images = [np.asarray(Image.open(p).convert("RGB")) for p in sorted(folder.glob("*.jpg"))]
        figures["folder_flagged"] = float((seer.unusual(images) > limit).mean())
    return figures


def measure_sd(artist: Artist, judge: Judge, seed: int, each: int) -> Figures:
    """Autoencoder, base conditions and adapters."""
    artist.use(None)
    conditions = [condition for condition in BASE for _ in range(each)]
    drawn = artist.draw(conditions, seed)
    right = recognised(judge, drawn, conditions)
    by_condition = {
        c: float(r.mean()) for c, r in zip(BASE, np.split(right, len(BASE)), strict=True)
    }
    figures: Figures = {
        "psnr": psnr_db(artist.pipe.vae, _atlas(seed, 96)),
        "gen_recognised": float(right.mean()),
        "gen_worst_condition": min(by_condition.values()),
        "gen_by_condition": by_condition,
        "tone_in_band": float(tone_near(drawn).mean()),
        "lora_off_identical": _off_is_identical(artist, seed),
        "gen_count": len(conditions),
    }
    return figures | _measure_adapters(artist, judge, seed, each, float(right.mean()))


def _off_is_identical(artist: Artist, seed: int) -> bool:
    """Whether a pipeline with its adapters switched off draws the bytes of one without any."""
    artist.use(None)
    bare = Artist(MODELS / "sd").draw(BASE, seed)
    return bool((artist.draw(BASE, seed) == bare).all())


def _measure_adapters(
    artist: Artist, judge: Judge, seed: int, each: int, base_share: float
) -> Figures:
    """Held-out conditions with their adapter, and base conditions with it still switched on."""
    own: dict[str, float] = {}
    others = [c for c in BASE for _ in range(each)]
    before: list[float] = []
    drops: list[float] = []
    for name in artist.adapters:
        wanted = [name] * each
        artist.use(None)
        before.append(float(recognised(judge, artist.draw(wanted, seed), wanted).mean()))
        artist.use(name)
        own[name] = float(recognised(judge, artist.draw(wanted, seed), wanted).mean())
        # The same prompts and seeds as without the adapter, so that only the adapter differs.
        after = recognised(judge, artist.draw(others, seed), others)
        drops.append(base_share - float(after.mean()))
    return {
        "lora_recognised": min(own.values(), default=0.0),
        "lora_by_condition": own,
        "lora_before": float(np.mean(before)) if before else 0.0,
        "lora_base_drop": max(drops, default=0.0),
        "lora_count": each * len(own),
    }


def _atlas(seed: int, count: int, photo_like: bool = False) -> np.ndarray:  # noqa: FBT001, FBT002
    """Fresh renders (N, 96, 96, 3)."""
    spec = PoolSpec(
        name="", count=count, size_px=SIZE_PX, seed=seed, textbook=True, photo_like=photo_like
    )
    return np.stack([one(spec, seed + index)[0] for index in range(count)])


def measure_ceiling(judge: Judge, vae: AutoencoderKL, seed: int, count: int) -> Figures:
    """Share of fresh atlas renders that the judge reads rightly, as they are and decoded.

    No generated picture can be expected to be read better than a render after the autoencoder.
    """
    spec = PoolSpec(name="", count=count, size_px=SIZE_PX, seed=seed, textbook=True)
    pairs = [one(spec, seed + index) for index in range(count)]
    images = np.stack([image for image, _ in pairs])
    wanted = np.array([labels[0] for _, labels in pairs])
    right = verdicts(judge, images)[0] == wanted
    after = verdicts(judge, through(vae, images))[0] == wanted
    return {
        "judge_accuracy": float(right.mean()),
        "decoded_recognised": float(after.mean()),
        "decoded_by_condition": {
            name: float(after[wanted == kind].mean())
            for kind, name in enumerate(CONDITIONS)
            if (wanted == kind).any()
        },
        "judge_count": count,
    }


def main() -> None:
    """Print progress on stderr and the figures as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--photos", type=int, default=480)
    parser.add_argument("--chats", type=int, default=180, help="follow-ups, a multiple of six")
    parser.add_argument("--each", type=int, default=12, help="pictures per condition")
    parser.add_argument("--folder", type=Path, default=None, help="JPEG files from outside")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=("all", "vlm", "sd", "ceiling"), default="all")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    seed = _FRESH + args.seed * 1_000_000
    figures: Figures = {"seed": args.seed}
    if args.only in ("all", "vlm"):
        sys.stderr.write("vision-language model\n")
        figures |= measure_vlm(seed, args.photos, args.chats, args.folder)
    if args.only != "vlm":
        sys.stderr.write("diffusion model\n")
        judge = load_judge(MODELS / "judge" / "model.safetensors")
        artist = Artist(MODELS / "sd", MODELS / "lora")
        figures |= measure_ceiling(judge, artist.pipe.vae, seed + 200_000, 360)
        if args.only != "ceiling":
            figures |= measure_sd(artist, judge, seed, args.each)
    sys.stdout.write(json.dumps(_rounded(figures)) + "\n")


def _rounded(figures: Figures) -> Figures:
    """Round shares to four places, also inside tables."""
    return {
        key: _rounded(value)
        if isinstance(value, dict)
        else (round(value, 4) if isinstance(value, float) else value)
        for key, value in figures.items()
    }


if __name__ == "__main__":
    main()
