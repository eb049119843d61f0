"""What the ontology knows, in somebody's language."""

from pathlib import Path

from core.condition_words import condition_name, group_name, tells_apart
from core.ontology import load_ontology
from core.words import Words

CONFIG = Path(__file__).parents[2] / "config"
ONTOLOGY = load_ontology(CONFIG / "conditions.toml")
WORDS = Words(CONFIG / "locales")
SHINGLES = ONTOLOGY.get("herpes-zoster")


def test_names_follow_the_language_and_the_register() -> None:
    """Lay people read their own language, clinicians the medical name."""
    assert condition_name(WORDS, "en", SHINGLES) == "shingles"
    assert condition_name(WORDS, "es", SHINGLES) == "herpes zóster (culebrilla)"
    assert condition_name(WORDS, "es", SHINGLES, register="clinician") == "Herpes zoster"


def test_families_have_names_too() -> None:
    """The family that an unsure answer falls back to is named in the same way."""
    family = ONTOLOGY.parent("herpes-zoster")
    assert family is not None
    assert group_name(WORDS, "en", family) == "a viral infection"
    assert group_name(WORDS, "es", family) == "una infección por virus"
    assert group_name(WORDS, "en", family, register="clinician") == family.medical_name


def test_look_alikes_are_told_apart_in_the_language() -> None:
    """Between the conditions that the demo draws, every pair of look-alikes is translated."""
    english = tells_apart(WORDS, "en", SHINGLES, "eczema")
    spanish = tells_apart(WORDS, "es", SHINGLES, "eczema")
    assert english is not None
    assert english.startswith("A painful band")
    assert spanish is not None
    assert spanish.startswith("Una banda dolorosa")
    assert tells_apart(WORDS, "en", SHINGLES, "scar") is None


def test_what_is_not_translated_is_said_in_english() -> None:
    """A missing translation is no reason to say nothing."""
    wart = ONTOLOGY.get("common-wart")
    assert tells_apart(WORDS, "es", wart, "callus") == tells_apart(WORDS, "en", wart, "callus")
