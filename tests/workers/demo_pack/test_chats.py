"""Follow-up answers are read back as what they are about."""

import pytest

from workers.demo_pack.dialogues import INTENTS, Subject, answer
from workers.evaluation.demo_chats import COMPARISON, Said, meaning, shares


def _reply(intent: str, other: str = "acne") -> str:
    subject = Subject(condition="psoriasis", tone=3, site="leg", severity=1)
    return answer(subject, intent, other)


@pytest.mark.parametrize("intent", INTENTS)
def test_taught_answers_are_recognised(intent: str) -> None:
    """Each taught answer is read as its own intent, condition and comparison."""
    other = "acne" if intent == COMPARISON else ""
    wanted = Said(intent=intent, condition="psoriasis", other=other)
    assert meaning(_reply(intent)) == wanted


def test_a_slip_of_words_is_forgiven() -> None:
    """Some other words in an answer do not change what it is about."""
    reply = _reply("next").replace("clinician", "doctor")
    assert meaning(reply) == Said(intent="next", condition="psoriasis", other="")


def test_a_comparison_with_the_wrong_condition_is_noticed() -> None:
    """An answer that describes a third condition is not taken for the right comparison."""
    found = meaning(_reply(COMPARISON, "vitiligo"))
    assert found == Said(intent=COMPARISON, condition="psoriasis", other="vitiligo")


def test_other_words_mean_nothing() -> None:
    """Words that nobody taught are read as no answer at all."""
    assert meaning("The weather is fine today.") is None


def test_shares_tell_intent_from_condition() -> None:
    """A right intent about the wrong condition counts for the intent alone."""
    wanted = [Said(intent=intent, condition="acne", other="") for intent in INTENTS]
    wrong = Said(intent=INTENTS[0], condition="eczema", other="")
    figures = shares(wanted, [wrong, None, *wanted[2:]])
    assert figures["followup_ok"] == pytest.approx(4 / 6)
    assert figures["followup_intent_ok"] == pytest.approx(5 / 6)
    assert figures["followup_condition_ok"] == pytest.approx(4 / 6)
    assert figures["followup_by_intent"][INTENTS[0]] == 0
