"""Every code that the program may say has a sentence in the catalogue."""

from pathlib import Path

import pytest

from core.conversation.intake import QUESTIONS
from core.conversation.results import OTHERWISE
from core.photos import REASONS
from core.words import Words

WORDS = Words(Path(__file__).resolve().parents[2] / "config" / "locales")
KEYS = [
    *(f"photo-{reason}" for reason in REASONS),
    *OTHERWISE.values(),
    *(f"intake-{q}-{option}" for q, options in QUESTIONS.items() for option in options),
]


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("key", KEYS)
def test_every_code_has_a_sentence(locale: str, key: str) -> None:
    """The sentence exists in each language and needs no arguments."""
    assert WORDS.has(locale, key)
    assert WORDS.text(locale, key)
