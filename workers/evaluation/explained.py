"""Draws the pictures of `docs/how-it-explains.md`: `python -m workers.evaluation.explained`.

Each is what the product itself shows for a render: outline, heat map, contrast pair.
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from core.contrasts import differences
from core.domain.cases import PictureSpec
from core.ontology import load_ontology
from core.prompts import FIRST_QUESTION
from core.words import Words
from workers.badge import badge
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import Scene, sample_scene
from workers.demo_pack.several import Placed, render_several
from workers.devices import Device
from workers.generators import Drawn, DrawRequest
from workers.heat import Question, heat_of
from workers.localizers import Localizer
from workers.localizers.heat_overlay import heated
from workers.localizers.looking import jpeg, look
from workers.models import build_generator, build_localizer, build_vlm, read_entry
from workers.pairing import pair_of

CONFIG: Final = Path("config")
OUT: Final = Path("docs/images")
_CPU: Final = Device(name="cpu")
_WIDEST_PX: Final = 760
_QUALITY: Final = 82


def outline(localizer: Localizer) -> Image.Image:
    """Four moles, one of them unlike the others."""
    scene = Scene(condition="plain-skin", tone=2, site="back", severity=2, seed=77, textbook=True)
    nevus = "melanocytic-nevus"
    placed = [
        Placed(condition=nevus, x=0.25, y=0.3),
        Placed(condition=nevus, x=0.7, y=0.22, zoom=0.5),
        Placed(condition="melanoma", x=0.62, y=0.68, zoom=0.55),
        Placed(condition=nevus, x=0.25, y=0.75, zoom=0.55),
    ]
    looked = look(jpeg(render_several(scene, placed, 512).image), localizer)
    if looked is None:
        raise RuntimeError("the localizer found nothing")
    return Image.open(io.BytesIO(looked.outline))


def heat(condition: str, against: str) -> Image.Image:
    """A render and, beside it, what in it speaks for its condition."""
    vlm = build_vlm(read_entry(CONFIG / "models.toml", "vlm", "demo"), _CPU)
    known = {one.condition_id: one for one in vlm.candidates}
    image = render(sample_scene(60_000_003, conditions=(condition,), tone=4), 384).image
    question = Question(
        photo=jpeg(image),
        words=FIRST_QUESTION,
        supports=known[condition],
        against=known[against],
    )
    found = heat_of(vlm, question)
    if found is None:
        raise RuntimeError("no part of the photo made a difference")
    return Image.fromarray(np.hstack([image, heated(image, found)]))


def pair(localizer: Localizer, names: tuple[str, str]) -> Image.Image:
    """Two conditions side by side, as the demo generator draws them."""
    generator = build_generator(read_entry(CONFIG / "models.toml", "generator", "demo"), _CPU)
    ontology, words = load_ontology(CONFIG / "conditions.toml"), Words(CONFIG / "locales")
    specs = [
        PictureSpec(condition_id=name, tone=3, site="arm", severity=2, seed=7) for name in names
    ]
    requests = [
        DrawRequest(
            spec=spec,
            prompt=generator.prompt(spec),
            stop=lambda: False,
            on_step=lambda _share: None,
        )
        for spec in specs
    ]
    left, right = _drawn(generator.draw(requests))
    told = differences(words, "en", (ontology.get(names[0]), ontology.get(names[1])))
    both = pair_of(left, right, [one.mark for one in told], localizer)
    return Image.open(io.BytesIO(badge(both.drawn, words.text("en", "pictures-badge")).png))


def _drawn(outcomes: Sequence[Drawn | Exception]) -> list[Drawn]:
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, Drawn)]


def main() -> None:
    """Write all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    localizer = build_localizer(read_entry(CONFIG / "models.toml", "localizer", "demo"), _CPU)
    pictures = {
        "outline": outline(localizer),
        "heat": heat("melanoma", "seborrheic-keratosis"),
        "pair": pair(localizer, ("melanocytic-nevus", "melanoma")),
    }
    for name, picture in pictures.items():
        small = picture.convert("RGB")
        small.thumbnail((_WIDEST_PX, _WIDEST_PX))
        small.save(args.out / f"explains-{name}.jpg", quality=_QUALITY)


if __name__ == "__main__":
    main()
