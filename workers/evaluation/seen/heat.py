"""Does the heat map lie on the lesion? Measured on fresh renders with the demo model.

The ratio is the map's mass inside the exact mask over the mask's share of the picture: 1 for a map
that is the same everywhere. A photo where no part makes a difference counts as 1. The map is that
of the model's own leading condition against its own runner-up, right or wrong.
"""

import io
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from core.prompts import FIRST_QUESTION
from workers.demo_pack.renderer import Render, render
from workers.demo_pack.scene import CONDITIONS, sample_scene
from workers.devices import Device
from workers.entries import ModelEntry
from workers.evaluation.seen import Score, fresh, scaled
from workers.heat import Question, heat_of
from workers.localizers.heat_overlay import smooth
from workers.models import build_vlm
from workers.vlms import Answer, AnswerRequest, Message, VisionLanguageModel

KEYS = ("heat_mass_ratio",)
USUAL: Final = 36
VLM: Final = Path("models/demo/vlm")
_SIZE_PX: Final = 256


def score(seed: int, scale: float) -> Score:
    """Mean ratio over renders of all conditions."""
    entry = ModelEntry(kind="vlm", name="demo", backend="transformers_vlm", folder=VLM.absolute())
    vlm = build_vlm(entry, Device(name="cpu"))
    count = scaled(USUAL, scale)
    ratios = [mass_ratio(vlm, _picture(seed, number)) for number in range(count)]
    found = [ratio for ratio in ratios if ratio is not None]
    return Score(
        figures={"heat_mass_ratio": round(float(np.mean([ratio or 1.0 for ratio in ratios])), 2)},
        counts={"heat_mass_ratio": count},
        details={
            "median": round(float(np.median(found)), 2) if found else None,
            "below_2": sum(ratio < 2 for ratio in found),
            "undecided": count - len(found),
        },
    )


def mass_ratio(vlm: VisionLanguageModel, picture: Render) -> float | None:
    """Return the ratio for one render; None when no part makes a difference."""
    target = io.BytesIO()
    Image.fromarray(picture.image).save(target, "JPEG", quality=92)
    (answer,) = vlm.answer([_assessment(vlm, target.getvalue())])
    if not isinstance(answer, Answer):
        raise answer
    known = {one.condition_id: one for one in vlm.candidates}
    leading, other = (known[condition] for condition, _ in answer.shares[:2])
    question = Question(
        photo=target.getvalue(), words=FIRST_QUESTION, supports=leading, against=other
    )
    heat = heat_of(vlm, question)
    if heat is None:
        return None
    values = smooth(heat, picture.mask.shape)
    return float(values[picture.mask].sum() / values.sum() / picture.mask.mean())


def _assessment(vlm: VisionLanguageModel, photo: bytes) -> AnswerRequest:
    return AnswerRequest(
        case_id="assessed",
        dialogue=(Message(role="user", text=FIRST_QUESTION, photos=(photo,)),),
        candidates=vlm.candidates,
        stop=lambda: False,
        on_text=lambda _text: None,
        max_new_tokens=1,
    )


def _picture(seed: int, number: int) -> Render:
    condition = CONDITIONS[number % len(CONDITIONS)]
    return render(sample_scene(fresh(seed, number), conditions=(condition,)), _SIZE_PX)
