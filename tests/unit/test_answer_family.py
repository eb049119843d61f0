"""Backing off: where conditions cannot be told apart, their family is named, never too much."""

from pathlib import Path

from core.conversation.answers import AnswerDesk, family
from core.conversation.care import Care
from core.conversation.voice import Voice
from core.domain.cases import Assessment, Likelihood
from core.domain.replies import Paragraph
from core.ontology import load_ontology
from core.words import Words

CONFIG = Path(__file__).parents[2] / "config"
ONTOLOGY = load_ontology(CONFIG / "conditions.toml")
WORDS = Words(CONFIG / "locales")
CARE = Care(level="routine", reasons=("none",))


def _assessment(
    *shares: tuple[str, float], unusual: bool = False, unstable: bool = False
) -> Assessment:
    return Assessment(
        findings="Red.",
        differential=tuple(Likelihood(condition_id=one, share=share) for one, share in shares),
        unusual=unusual,
        unstable=unstable,
    )


def _said(assessment: Assessment, locale: str, register: str = "lay") -> list[str]:
    voice = Voice(words=WORDS, locale=locale, register=register)  # type: ignore[arg-type]
    blocks = AnswerDesk(ontology=ONTOLOGY, voice=voice).assessed(assessment, CARE, ())
    return [block.text for block in blocks if isinstance(block, Paragraph)]


UNSURE = (("tinea-corporis", 0.4), ("tinea-cruris", 0.35), ("psoriasis", 0.25))


def test_the_family_of_the_likeliest_is_named() -> None:
    """Two fungal infections that cannot be told apart are a fungal infection."""
    found = family(ONTOLOGY, _assessment(*UNSURE))
    assert found is not None
    assert found.id == "fungal"


def test_a_condition_that_stands_out_needs_no_family() -> None:
    """From one half on the leading condition speaks for itself, unless copies disagree."""
    sure = (("tinea-corporis", 0.6), ("tinea-cruris", 0.4))
    assert family(ONTOLOGY, _assessment(*sure)) is None
    assert family(ONTOLOGY, _assessment(*sure, unstable=True)) is not None


def test_nothing_in_common_is_not_forced_together() -> None:
    """A mole and a fungal infection have no family to fall back on."""
    apart = (("melanocytic-nevus", 0.4), ("tinea-corporis", 0.35), ("acne", 0.25))
    assert family(ONTOLOGY, _assessment(*apart)) is None


def test_a_strange_photo_has_no_family() -> None:
    """Where nothing is known, not even a family is claimed."""
    assert family(ONTOLOGY, _assessment(*UNSURE, unusual=True)) is None
    assert family(ONTOLOGY, _assessment()) is None


def test_the_answer_says_so_to_everybody() -> None:
    """The sentence stands in the answer, in each language and for clinicians."""
    assessment = _assessment(*UNSURE)
    english = "I cannot tell these apart well. It looks most like a fungal infection."
    assert english in _said(assessment, "en")
    assert any("infección por hongos" in text for text in _said(assessment, "es"))
    assert any("Mycosis" in text for text in _said(assessment, "en", "clinician"))


def test_no_family_sounds_harmless() -> None:
    """A family is a name and no comfort: it may hold something serious."""
    comforting = ("harmless", "benign", "inofensiv", "benign")
    for group in ONTOLOGY.groups():
        assert not any(word in group.lay_name for word in comforting), group.id
