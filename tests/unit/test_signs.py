"""Reading signs: folding, spelling, and what makes a mention count."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.signs import read_signs
from core.signs.folding import fold
from core.signs.spelling import Speller, distance


def _signs(text: str, locale: str = "en") -> set[str]:
    return {mention.sign for mention in read_signs([text], locale)}


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("I can’t BREATHE!!! Help", ("i can not breathe", "help")),
        ("My  lips\nare swolen", ("my lips", "are swollen")),
        ("38,5 °C fiebre", ("38.5 c fiebre",)),
        ("It's red - and hot?", ("it is red , and hot ?",)),
        ("feverrrr", ("fever",)),
        ("", ()),
        ("🙂", ()),
    ],
)
def test_text_is_folded(typed: str, folded: tuple[str, ...]) -> None:
    """Case, accents, contractions, marks and misspellings are evened out."""
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("brething", "breathing"),
        ("purpel", "purple"),
        ("blistring", "blistering"),
        ("rahs", "rash"),
        ("brush", "brush"),
        ("delicious", "delicious"),
        ("edges", "edges"),
    ],
)
def test_only_misspelt_medical_words_are_corrected(typed: str, meant: str) -> None:
    """A real word is left alone even when a medical word is close."""
    assert fold(f"the {typed} is bad") == (f"the {meant} is bad",)


@settings(deadline=None)
@given(st.text(alphabet="abcd", max_size=6), st.text(alphabet="abcd", max_size=6))
def test_distance_is_symmetric(one: str, other: str) -> None:
    """The number of edits does not depend on the direction, and is zero only for equal words."""
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)


def test_the_nearest_word_wins() -> None:
    """Of two candidates the one with fewer edits is meant."""
    speller = Speller(vocabulary=frozenset({"swelling", "swallowing"}), known=frozenset())
    assert speller.correct("sweling") == "swelling"


@pytest.mark.parametrize(
    "text",
    [
        "No fever.",
        "No chills, cough or fever.",
        "I don't have any fever.",
        "I don't think I have a fever.",
        "Fever: no.",
        "I never had a fever with it.",
        "Last year I had a fever.",
        "I had a fever but it's gone now.",
        "What if I get a fever?",
        "Can eczema cause a fever?",
        "My dog has a fever.",
        "Sin fiebre.",
        "No tengo tos ni fiebre.",
    ],
)
def test_a_fever_that_is_not_there_does_not_count(text: str) -> None:
    """Denied, past, resolved, supposed, and animals' fevers are no fevers."""
    assert "fever" not in _signs(text)


@pytest.mark.parametrize(
    "text",
    [
        "No cough but fever.",
        "I don't sleep because of the fever.",
        "It is not only a fever.",
        "No relief, the fever stays.",
        "I have had a fever since the rash started years ago.",
        "I had a fever last year and now I have a fever again.",
        "What should I do, I have a fever?",
        "No sé qué hacer, tengo fiebre.",
    ],
)
def test_a_fever_that_is_there_counts(text: str) -> None:
    """A "not" that belongs to something else denies nothing."""
    assert "fever" in _signs(text)


def test_whose_sign_it_is() -> None:
    """The subject is taken from the words around the mention and carries on."""
    mine = read_signs(["I have a fever."])
    hers = read_signs(["My daughter has a rash. She has a fever."])
    assert {m.subject for m in mine if m.sign == "fever"} == {"self"}
    assert {m.subject for m in hers if m.sign == "fever"} == {"other"}
