"""The quick questions: few, skippable, and with words in every language."""

from pathlib import Path

import pytest

from core.domain.triage import IntakeAnswers
from core.intake import QUESTIONS, answer
from core.words import Words

WORDS = Words(Path(__file__).parents[2] / "config" / "locales")


def test_there_are_at_most_four_questions() -> None:
    """Nobody is held up by a form."""
    assert len(QUESTIONS) <= 4


def test_every_question_and_option_has_words() -> None:
    """Buttons can be shown in each language."""
    for locale in WORDS.locales():
        for question in QUESTIONS:
            assert WORDS.has(locale, question.key)
            for option in question.options:
                assert WORDS.has(locale, question.option_key(option))


def test_answers_are_collected() -> None:
    """One choice, several choices, none and a skip all end up in the answers."""
    answers = answer(IntakeAnswers(), "duration", ["week"])
    answers = answer(answers, "symptoms", ["itching", "bleeding"])
    answers = answer(answers, "illness", ["none"])
    answers = answer(answers, "site", [])
    assert answers == IntakeAnswers(duration="week", symptoms=frozenset({"itching", "bleeding"}))


@pytest.mark.parametrize(
    ("question", "chosen"),
    [("mood", ["good"]), ("duration", ["eternity"]), ("duration", ["day", "week"])],
)
def test_a_wrong_answer_is_refused(question: str, chosen: list[str]) -> None:
    """A forged button cannot put anything else into a case."""
    with pytest.raises(ValueError, match=question):
        answer(IntakeAnswers(), question, chosen)
