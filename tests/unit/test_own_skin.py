"""Who may have a condition drawn on their own photo, and who never may."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.conversation.own_skin import SITES, candidate
from core.domain.cases import Assessment, Case, CaseHead, CasePhoto, Likelihood, Turn
from core.domain.messages import BlobKey, CaseId, ChatRef, Person
from core.ontology import load_ontology

ONTOLOGY = load_ontology(Path(__file__).parents[2] / "config" / "conditions.toml")
HEAD = CaseHead(
    id=CaseId("c"),
    chat=ChatRef(platform="p", chat_id="1"),
    owner=Person(platform="p", user_id="1"),
    locale="en",
    register="lay",
    created_s=0.0,
)


def case(*shares: tuple[str, float], notes: tuple[str, ...] = (), unusual: bool = False) -> Case:
    """Return a case with one assessed photo."""
    photo = CasePhoto(blob=BlobKey("b"), width_px=9, height_px=9, notes=notes)
    asked = Turn(id="t1", role="user", text="?", at_s=0.0, photos=(photo,))
    differential = tuple(Likelihood(condition_id=name, share=share) for name, share in shares)
    found = Assessment(findings="f", differential=differential, unusual=unusual)
    return Case(
        head=HEAD,
        turns=(asked, Turn(id="t2", role="assistant", text="", at_s=1.0, assessment=found)),
    )


def test_a_harmless_leading_condition_may_be_drawn() -> None:
    """Psoriasis, with nothing dangerous near, may."""
    found = candidate(ONTOLOGY, case(("psoriasis", 0.9), ("eczema", 0.1)))

    assert found is not None
    assert found.id == "psoriasis"


@pytest.mark.parametrize("condition", [c.id for c in ONTOLOGY.all() if c.malignancy != "benign"])
def test_nothing_that_could_be_cancer_is_drawn(condition: str) -> None:
    """No malignant or premalignant condition of the ontology, leading or merely possible."""
    assert candidate(ONTOLOGY, case((condition, 1.0))) is None
    assert candidate(ONTOLOGY, case(("psoriasis", 0.9), (condition, 0.1))) is None


@pytest.mark.parametrize("note", ["face", "several-people", "child", "intimate", "dermoscopy"])
def test_the_photo_gate_has_a_say(note: str) -> None:
    """A photo with a face, several people, a child or private parts is not drawn on."""
    assert candidate(ONTOLOGY, case(("psoriasis", 1.0), notes=(note,))) is None


def test_without_a_photo_or_an_answer_there_is_nothing_to_draw_on() -> None:
    """No assessment, an unusual photo, a condition that is not drawn: no."""
    assessed = case(("psoriasis", 1.0))
    assert candidate(ONTOLOGY, Case(head=HEAD)) is None
    assert candidate(ONTOLOGY, case(("psoriasis", 1.0), unusual=True)) is None
    without = replace(assessed, turns=(replace(assessed.turns[0], photos=()), assessed.turns[1]))
    assert candidate(ONTOLOGY, without) is None
    hidden = next(c.id for c in ONTOLOGY.all() if not c.drawable and not c.escalates)
    assert candidate(ONTOLOGY, case((hidden, 0.9), ("psoriasis", 0.1))) is None


def test_conditions_of_private_places_are_not_drawn() -> None:
    """A condition that sits on faces or private parts only is not drawn on anybody."""
    private = {"face", "mouth", "groin", "genitals", "buttocks", "nail", "scalp"}
    for condition in ONTOLOGY.all():
        if condition.sites and set(condition.sites) <= private:
            assert candidate(ONTOLOGY, case((condition.id, 1.0))) is None


def test_only_six_places_may_be_drawn_on() -> None:
    """Neither head nor folds nor a place that was not named."""
    assert set(SITES) == {"trunk", "back", "arm", "hand", "leg", "foot"}
