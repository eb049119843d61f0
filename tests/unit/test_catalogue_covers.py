"""Every code that the program may say has a sentence in the catalogue."""

from pathlib import Path

import pytest

from core.conversation.results import OTHERWISE
from core.intake import QUESTIONS
from core.photos import REASONS
from core.photos.photo import NOTES
from core.words import Words

WORDS = Words(Path(__file__).resolve().parents[2] / "config" / "locales")
KEYS = [
    *(f"photo-{reason}" for reason in REASONS),
    *(f"photo-reason-{note}" for note in NOTES),
    *OTHERWISE.values(),
    *(question.option_key(option) for question in QUESTIONS for option in question.options),
]


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("key", KEYS)
def test_every_code_has_a_sentence(locale: str, key: str) -> None:
    """The sentence exists in each language and needs no arguments."""
    assert WORDS.has(locale, key)
    assert WORDS.text(locale, key)
