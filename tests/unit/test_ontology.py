"""The ontology: what is in it, how it is found, and what is said when it is wrong."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from core.ontology import Ontology, OntologyInvalid, load_ontology
from core.words import Words

CONFIG = Path(__file__).parents[2] / "config"
DEMO = (
    "melanocytic-nevus",
    "melanoma",
    "basal-cell-carcinoma",
    "seborrheic-keratosis",
    "psoriasis",
    "eczema",
    "acne",
    "vitiligo",
    "tinea-corporis",
    "urticaria",
    "herpes-zoster",
    "impetigo",
)
ENTRY: dict[str, Any] = {
    "lay_name": "wart",
    "medical_name": "Verruca vulgaris",
    "findings": ["a rough bump"],
    "malignancy": "benign",
    "urgency": "routine",
    "see_doctor": ["see-not-better"],
    "checklist": ["a rough bump"],
    "source": "a book",
}


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    """Return the ontology of the project."""
    return load_ontology(CONFIG / "conditions.toml")


def _load(**changes: Any) -> Ontology:
    entry = {**copy.deepcopy(ENTRY), **changes}
    return load_ontology(
        {"conditions": {"wart": {k: v for k, v in entry.items() if v is not None}}}
    )


def test_the_demo_conditions_are_complete(ontology: Ontology) -> None:
    """Each condition of the demo models can be described, told apart, advised on and drawn."""
    for condition in ontology.candidates(DEMO):
        assert condition.drawable, condition.id
        assert len(condition.findings) >= 3, condition.id
        assert len(condition.checklist) >= 4, condition.id
        assert len(condition.neighbours) >= 2, condition.id
        assert condition.self_care, condition.id
        assert ontology.parent(condition.id) is not None, condition.id


def test_every_advice_has_a_sentence(ontology: Ontology) -> None:
    """Advice keys of the ontology exist in every language of the catalogue."""
    words = Words(CONFIG / "locales")
    for condition in ontology.all():
        for key in (*condition.self_care, *condition.see_doctor):
            for locale in words.locales():
                assert words.has(locale, key), (condition.id, key, locale)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Psoriasis", "psoriasis"),
        ("psoriasys", "psoriasis"),
        ("ring worms", "tinea-corporis"),
        ("show me ringworm please", "tinea-corporis"),
        ("BCC", "basal-cell-carcinoma"),
        ("vitilligo", "vitiligo"),
        ("Shingles?", "herpes-zoster"),
        ("moles", "melanocytic-nevus"),
        ("a lunar", "melanocytic-nevus"),
        ("tiña", "tinea-corporis"),
        ("melanocytic-nevus", "melanocytic-nevus"),
    ],
)
def test_a_condition_is_found_by_any_of_its_names(
    ontology: Ontology, typed: str, expected: str
) -> None:
    """Lay and medical names, synonyms, plurals, accents, misspellings, in a sentence: all work."""
    found = ontology.find(typed)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize("typed", ["", "?", "unicorn pox", "the weather", "acn"])
def test_an_unknown_name_finds_nothing(ontology: Ontology, typed: str) -> None:
    """A guess is never made for a name that is not close to any."""
    assert ontology.find(typed) is None


def test_near_names_are_suggested(ontology: Ontology) -> None:
    """For a name that is too far off, the nearest conditions are offered."""
    assert "urticaria" in [condition.id for condition in ontology.suggestions("urtica")]


def test_unsure_answers_back_off_to_the_family(ontology: Ontology) -> None:
    """Conditions that cannot be told apart share a family with a name."""
    parent = ontology.common_parent(["psoriasis", "eczema"])
    assert parent is not None
    assert parent.id == "inflammatory"
    assert ontology.common_parent(["psoriasis", "melanoma"]) is None
    assert ontology.common_parent([]) is None


def test_a_family_knows_its_members(ontology: Ontology) -> None:
    """Members of sub-families count."""
    ids = [condition.id for condition in ontology.members("growth")]
    assert {"melanoma", "basal-cell-carcinoma"} <= set(ids)
    assert "psoriasis" not in ids


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lay_name": None}, "lay_name"),
        ({"source": ""}, "source"),
        ({"findings": "a bump"}, "findings"),
        ({"findings": ["a", ""]}, "findings"),
        ({"findings": ["a", "a"]}, "findings"),
        ({"urgency": "someday"}, "urgency"),
        ({"malignancy": "malignant"}, "urgency"),
        ({"sites": ["moon"]}, "sites"),
        ({"icd11": "melanoma"}, "icd11"),
        ({"checklist": None}, "checklist"),
        ({"self_care": ["rub it"]}, "self_care"),
        ({"neighbours": {"wart": "x"}}, "neighbours"),
        ({"neighbours": {"gone": "x"}}, "neighbours"),
        ({"neighbours": {"gone": ""}}, "neighbours"),
        ({"group": "gone"}, "group"),
        ({"contagious": "yes"}, "contagious"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_entry_is_named_with_its_field(changes: dict[str, Any], field: str) -> None:
    """The person who edits the file learns which entry and which field to correct."""
    with pytest.raises(OntologyInvalid) as caught:
        _load(**changes)
    assert (caught.value.entry, caught.value.field) == ("wart", field)
    assert str(caught.value).startswith(f"wart: {field}: ")


def test_two_conditions_cannot_share_a_name() -> None:
    """A name that means two things would make /reference a lottery."""
    conditions = {"wart": ENTRY, "callus": {**ENTRY, "lay_name": "Warts", "medical_name": "Tyloma"}}
    with pytest.raises(OntologyInvalid, match="callus: synonyms"):
        load_ontology({"conditions": conditions})


def test_groups_cannot_form_a_circle() -> None:
    """Backing off to the parent always ends."""
    groups = {
        "a": {"lay_name": "a", "medical_name": "a", "parent": "b"},
        "b": {"lay_name": "b", "medical_name": "b", "parent": "a"},
    }
    with pytest.raises(OntologyInvalid, match="parent"):
        load_ontology({"groups": groups, "conditions": {"wart": ENTRY}})


@pytest.mark.parametrize(
    "groups",
    [{"a": {"lay_name": "a"}}, {"a": {"lay_name": "a", "medical_name": "b", "x": 1}}, {"A b": {}}],
)
def test_a_wrong_group_is_named(groups: dict[str, Any]) -> None:
    """Groups are checked like conditions."""
    with pytest.raises(OntologyInvalid):
        load_ontology({"groups": groups, "conditions": {"wart": ENTRY}})


@pytest.mark.parametrize(
    "content", ["not [toml", "", "conditions = 3", "[conditions]\nwart = 3", "\x00"]
)
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    """A file that is not an ontology is refused with a sentence."""
    path = tmp_path / "conditions.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(OntologyInvalid):
        load_ontology(path)


def test_ids_in_the_file_are_sorted_by_nobody(ontology: Ontology) -> None:
    """The order of the file is kept, so that candidate lists are reproducible."""
    parsed = tomllib.loads((CONFIG / "conditions.toml").read_text(encoding="utf-8"))
    assert [condition.id for condition in ontology.all()] == list(parsed["conditions"])


def test_a_checklist_says_what_a_picture_must_show() -> None:
    """Statements about pictures: at least three, none of them a finding repeated or felt."""
    unseen = ("fever", "itch", "pain", "tender", "weeks", "month", "years", "since", "after")
    for condition in load_ontology(CONFIG / "conditions.toml").all():
        if condition.drawable:
            assert len(condition.checklist) >= 3, condition.id
            assert not set(condition.checklist) <= set(condition.findings), condition.id
            words = set(" ".join(condition.checklist).split())
            assert not words.intersection(unseen), condition.id
