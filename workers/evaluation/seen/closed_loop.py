"""The closed loop: how many pictures pass, and are those that are shown recognised more often?

The judge is the demo pack's independent classifier: another network than the loop's reader, with
other seeds; it takes no part in the loop.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from core.domain.cases import PictureSpec
from core.ontology import load_ontology
from workers.demo_pack.judge import load_judge, verdicts
from workers.demo_pack.scene import CONDITIONS, SITES
from workers.devices import choose
from workers.evaluation.seen import Score, fresh, scaled
from workers.generators import Drawn, DrawRequest, Generator, chooser
from workers.models import build_generator, read_entry
from workers.redrawing import REDRAWS, redraw_seed
from workers.retrieval.embedding import build_embedder
from workers.retrieval.files import load_index
from workers.verifier.heads import load_heads
from workers.verifier.rules import PictureRules

KEYS: Final = ("accepted", "recognised_before", "recognised_after", "copies_found")
MODELS: Final = Path("models/demo")
_MODELS_FILE: Final = Path("config/models.toml")
_USUAL: Final = 96
_JUDGED_PX: Final = 96
_STEPS: Final = 16
_GUIDANCE: Final = 2.5


def score(seed: int, scale: float) -> Score:
    """Draw every condition with the diffusion model alone, then through the loop.

    The demo pack serves from it only what it draws well; that choice is left out here, since it is
    what the loop would make by itself.
    """
    generator, rules = diffusion(), verifier()
    faults: Counter[str] = Counter()
    first: list[tuple[str, Image.Image]] = []
    shown: list[tuple[str, Image.Image]] = []
    tries = accepted = copies = 0
    for spec in _specs(seed, scaled(_USUAL, scale)):
        for attempt in range(REDRAWS + 1):
            picture = draw(generator, replace(spec, seed=redraw_seed(spec.seed, attempt)))
            verdict = rules.verdict(picture, spec)
            tries += 1
            accepted += verdict.accepted
            faults.update(verdict.faults)
            if attempt == 0:
                first.append((spec.condition_id, picture))
            if verdict.accepted:
                shown.append((spec.condition_id, picture))
                copies += rules.copied(picture)
                break
    return Score(
        figures={
            "accepted": round(accepted / tries, 4),
            "recognised_before": recognised(first),
            "recognised_after": recognised(shown),
            "copies_found": float(faults["copy"]),
        },
        counts={
            "accepted": tries,
            "recognised_before": len(first),
            "recognised_after": len(shown),
            "copies_found": tries,
        },
        details={
            "faults": dict(faults),
            "never_good": Counter(name for name, _ in first) - Counter(name for name, _ in shown),
            "copies_shown": copies,
        },
    )


def diffusion() -> Generator:
    """Return the demo pack's diffusion model with all its adapters, whatever is served of them."""
    entry = read_entry(_MODELS_FILE, "generator", "demo")
    adapters = {path.name: str(path) for path in sorted((MODELS / "lora").iterdir())}
    options = {"prompt": f"{chooser.__name__}:demo_prompt", "steps": _STEPS, "guidance": _GUIDANCE}
    own = replace(entry, backend="diffusers_sd", adapters=adapters, options=options)
    return build_generator(own, choose("auto"))


def verifier() -> PictureRules:
    """Return the demo pack's check of drawn pictures."""
    entry = read_entry(_MODELS_FILE, "embedder", "demo")
    embedder = build_embedder(entry, choose("auto"))
    return PictureRules(
        reader=load_heads(MODELS / "verifier", embedder),
        ontology=load_ontology(Path("config/conditions.toml")),
        embedder=embedder,
        trained_on=load_index(MODELS / "trained_on", embedder.name),
    )


def _specs(seed: int, count: int) -> list[PictureSpec]:
    return [
        PictureSpec(
            condition_id=CONDITIONS[number % len(CONDITIONS)],
            tone=number // 2 % 6 + 1,
            site=SITES[number // 3 % 6],
            severity=number // 5 % 3 + 1,
            seed=fresh(seed, 6000 + number) & 0x7FFFFFFF,
        )
        for number in range(count)
    ]


def draw(generator: Generator, spec: PictureSpec) -> Image.Image:
    """Draw one bare picture.

    Raises:
        TypeError: It could not be drawn.
    """
    request = DrawRequest(
        spec=spec,
        prompt=generator.prompt(spec),
        stop=lambda: False,
        on_step=lambda _share: None,
    )
    (drawn,) = generator.draw([request])
    if not isinstance(drawn, Drawn):
        raise TypeError(f"{spec.condition_id} could not be drawn") from drawn
    return drawn.image


def recognised(pictures: list[tuple[str, Image.Image]]) -> float:
    """Return the share of pictures that the independent judge reads as what they should be."""
    judge = load_judge(MODELS / "judge" / "model.safetensors")
    size = (_JUDGED_PX, _JUDGED_PX)
    pixels = np.stack(
        [np.asarray(one.convert("RGB").resize(size, Image.Resampling.BOX)) for _, one in pictures]
    )
    kinds, _ = verdicts(judge, pixels)
    wanted = np.array([CONDITIONS.index(name) for name, _ in pictures])
    return round(float((kinds == wanted).mean()), 4)
