"""What speaks against a picture: each rule by itself."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.domain.cases import PictureSpec
from core.ontology import load_ontology
from core.provenance.fingerprint import look_of
from tests.workers.seeing_doubles import ColourEmbedder, ToldReader
from workers.demo_pack import render, sample_scene
from workers.retrieval import CaseIndex, IndexCard, KnownCase, unit
from workers.verifier import Fault, Reading
from workers.verifier.rules import PictureRules, sound

ONTOLOGY = load_ontology(Path(__file__).parents[3] / "config" / "conditions.toml")
SPEC = PictureSpec(condition_id="psoriasis", tone=3, site="arm", severity=2, seed=1)
CHECKLIST = ONTOLOGY.get("psoriasis").checklist
CARD = IndexCard(
    source="x", fingerprint="", embedder="colours", licence="", credit="", shown=False,
    synthetic=True,
)  # fmt: skip


def picture(seed: int = 1) -> Image.Image:
    """Return a rendered close-up."""
    scene = sample_scene(seed, conditions=("psoriasis",), textbook=True)
    return Image.fromarray(render(scene, 96).image)


def reading(**changes: object) -> Reading:
    """Return what a reader sees in a good picture, with changes."""
    good: dict[str, object] = {
        "shares": {"psoriasis": 0.9, "eczema": 0.1},
        "checklist": dict.fromkeys(CHECKLIST, 0.8),
        "tone": 3,
        "site": "arm",
    }
    return Reading(**(good | changes))  # type: ignore[arg-type]


def index(*pictures: Image.Image) -> CaseIndex:
    """Return an index of training pictures, not centred."""
    features = ColourEmbedder().embed(pictures)
    cases = tuple(
        KnownCase(number=i, condition_id="psoriasis", ita_deg=None, site="", look=look_of(one))
        for i, one in enumerate(pictures)
    )
    zeros, ones = np.zeros(27, np.float32), np.ones(27, np.float32)
    return CaseIndex(card=CARD, cases=cases, vectors=unit(features), centre=zeros, scale=ones)


def faults(told: Reading) -> tuple[Fault, ...]:
    """Return what speaks against a rendered picture that is read like this."""
    rules = PictureRules(reader=ToldReader(told), ontology=ONTOLOGY)
    return rules.verdict(picture(), SPEC).faults


def test_a_good_picture_passes() -> None:
    """Condition, statements, tone and site as asked for: nothing speaks against it."""
    verdict = PictureRules(reader=ToldReader(reading()), ontology=ONTOLOGY).verdict(picture(), SPEC)

    assert verdict.accepted
    assert verdict.share == 0.9


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (reading(shares={"psoriasis": 0.3, "eczema": 0.3, "acne": 0.4}), ("condition", "second")),
        (reading(shares={"psoriasis": 0.6, "eczema": 0.4}), ("second",)),
        (reading(checklist=dict.fromkeys(CHECKLIST, 0.2)), ("checklist",)),
        (reading(tone=5), ("tone",)),
        (reading(tone=4), ()),
        (reading(site="leg"), ("site",)),
        (reading(site=None, tone=None, checklist={}), ()),
        (reading(shares={"acne": 1.0}), ()),
    ],
)
def test_each_rule(told: Reading, expected: tuple[Fault, ...]) -> None:
    """A rule speaks when its property is wrong, and is silent where the reader cannot tell."""
    assert faults(told) == expected


def test_an_empty_picture_is_not_shown() -> None:
    """Blank and blurred-out pictures have no quality; a render has."""
    assert sound(picture())
    assert not sound(Image.new("RGB", (96, 96), (200, 150, 120)))
    slope = Image.fromarray(np.linspace(100, 160, 96).astype(np.uint8)[None].repeat(96, 0))
    assert not sound(slope)


def test_a_copy_of_a_training_picture_is_found() -> None:
    """The training picture itself, and a softened one, count as copies; another seed does not."""
    rules = PictureRules(
        reader=ToldReader(reading()),
        ontology=ONTOLOGY,
        embedder=ColourEmbedder(),
        trained_on=index(*[picture(seed) for seed in range(6)]),
    )
    softened = picture(2).resize((60, 60)).resize((96, 96))

    assert rules.verdict(picture(2), SPEC).faults == ("copy",)
    assert rules.verdict(softened, SPEC).faults == ("copy",)
    assert rules.verdict(picture(77), SPEC).accepted
