"""Writes the model cards: `python -m workers.demo_pack.cards --figures figures.json`.

The figures are the last line of `python -m workers.evaluation.demo`.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workers.demo_pack.prompts import NAMES
from workers.demo_pack.scene import HELD_OUT

MODELS = Path("models/demo")
Figures = Mapping[str, Any]
_LIMITS = (
    "It has seen drawn skin only and says nothing about real skin. It is not a medical device, "
    "gives no diagnosis, and must not be used to reassure or to treat anybody."
)
_SIZE = "Everything was trained on two shared CPU cores; no weights or pictures were downloaded."


def cards(figures: Figures) -> dict[str, str]:
    """Text of each card by its folder under `models/demo`."""
    texts = {"vlm": _vlm(figures), "sd": _sd(figures), "judge": _judge(figures)}
    for condition in HELD_OUT:
        texts[f"lora/{condition}"] = _adapter(figures, condition)
    return texts


def _card(title: str, sections: Mapping[str, str]) -> str:
    body = "".join(f"\n## {name}\n\n{text}\n" for name, text in sections.items())
    return f"---\ntags: [demo, synthetic, rendered-skin]\n---\n# {title}\n{body}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _vlm(figures: Figures) -> str:
    by_intent = ", ".join(
        f"{intent} {_percent(share)}" for intent, share in figures["followup_by_intent"].items()
    )
    measured = (
        f"On {figures['vlm_count']} unseen renders: top-1 {_percent(figures['vlm_top1'])}, top-3 "
        f"{_percent(figures['vlm_top3'])}, worst tone group over best {figures['tone_ratio']:.2f}, "
        f"calibration error {figures['ece']:.3f}. Follow-ups that fit intent, condition and "
        f"comparison: {_percent(figures['followup_ok'])} of {figures['followup_count']} "
        f"({by_intent}); right intent: {_percent(figures['followup_intent_ok'])}. Strange pictures "
        f"against renders: AUROC {figures['ood_auroc']:.3f} ({figures['strange_count']}: plain "
        "skin, photographs of things, and noise)."
    )
    return _card(
        "Demo vision-language model (LLaVA layout, 6.7 M parameters)",
        {
            "Data": "30,000 renders of `workers/demo_pack` (twelve conditions, plain skin, "
            f"pictures without skin), 12,000 more for templated dialogues. {_SIZE}",
            "Command": "`python -m workers.demo_pack.train_vlm` with several numbers of steps, "
            "then, with the tower and the tokenizer kept, `python -m workers.demo_pack.train_vlm "
            "--start models/demo/vlm --steps 700 --rate 8e-4`. A rebuild gives like but not "
            "equal weights.",
            "Seeds": "Renders from 1,000,000 (tower), 2,000,000 (dialogues) and 7,000,000 "
            "(calibration); weights 0, 1 and 2.",
            "Measured": measured,
            "Use": "`skingen.json` holds the score prefix, the temperature and the threshold of "
            "the unusual score. Loads offline with AutoProcessor and AutoModelForImageTextToText.",
            "Limits": _LIMITS,
        },
    )


def _sd(figures: Figures) -> str:
    rows = "".join(
        f"| {NAMES[condition]} | {_percent(share)} |\n"
        for condition, share in figures["gen_by_condition"].items()
    )
    measured = (
        f"The independent classifier (right on {_percent(figures['judge_accuracy'])} of unseen "
        f"atlas renders) recognises {_percent(figures['gen_recognised'])} of "
        f"{figures['gen_count']} pictures; skin within one Fitzpatrick type of the prompt: "
        f"{_percent(figures['tone_in_band'])}; autoencoder {figures['psnr']:.1f} dB.\n\n"
        f"| condition | recognised |\n|---|---|\n{rows}"
    )
    return _card(
        "Demo Stable Diffusion (96 pixels)",
        {
            "Data": "30,000 atlas renders of `workers/demo_pack`; the UNet saw nine conditions, "
            "the autoencoder all twelve. Its encoder is written down (principal components of "
            f"8 x 8 patches), only the decoder is trained. {_SIZE}",
            "Command": "`python -m workers.demo_pack.train_sd` (1,800 steps of the decoder, "
            "2,100 of the UNet; stopped and gone on from a checkpoint, so a rebuild gives like but "
            "not equal weights)",
            "Seeds": "Renders from 3,000,000; weights 0.",
            "Measured": measured,
            "Use": "Prompts come from `workers/demo_pack/prompts.py` only. `generator.toml` says "
            "which conditions are good enough to be shown.",
            "Limits": _LIMITS,
        },
    )


def _adapter(figures: Figures, condition: str) -> str:
    share = figures["lora_by_condition"].get(condition, 0.0)
    return _card(
        f"Adapter for {NAMES[condition]}",
        {
            "Data": f"About 2,500 atlas renders of {NAMES[condition]}, and base conditions in "
            "half of each batch, for which the target is what the model says without the adapter. "
            f"{_SIZE}",
            "Command": f"`python -m workers.demo_pack.train_lora --conditions {condition}`",
            "Seeds": "Renders from 3,000,000; weights by the condition's place in the list.",
            "Measured": f"Recognised with the adapter: {_percent(share)}; held-out conditions "
            f"without any adapter: {_percent(figures['lora_before'])}; most that base conditions "
            f"lose while an adapter is on: {_percent(figures['lora_base_drop'])}.",
            "Limits": _LIMITS,
        },
    )


def _judge(figures: Figures) -> str:
    return _card(
        "Independent classifier of the demo pack",
        {
            "Data": "12,000 renders, half atlas pictures, half photos, many of them made smaller "
            f"and back or compressed; never a generated picture. {_SIZE}",
            "Command": "`python -m workers.demo_pack.train_judge`",
            "Seeds": "Renders from 60,000,000; weights 29.",
            "Measured": f"Right on {_percent(figures['judge_accuracy'])} of 360 unseen atlas "
            "renders.",
            "Use": "Evaluation, and `generator.toml`. No training was begun after its first "
            "verdict, so it picked no checkpoint, no seed and no recipe.",
            "Limits": _LIMITS,
        },
    )


def main() -> None:
    """Read the figures and write all cards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=Path, required=True)
    args = parser.parse_args()
    figures = json.loads(args.figures.read_text().strip().splitlines()[-1])
    for folder, text in cards(figures).items():
        (MODELS / folder / "README.md").write_text(text)


if __name__ == "__main__":
    main()
