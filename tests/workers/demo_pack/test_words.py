"""What the demo models are taught to say and to be asked."""

import re
from random import Random

import pytest

from workers.demo_pack.dialogues import (
    CLINICIAN,
    INTENTS,
    SCORE_PREFIX,
    Subject,
    answer,
    dialogue,
    findings,
    likely,
    scored,
)
from workers.demo_pack.knowledge import FACTS
from workers.demo_pack.pool import OTHER
from workers.demo_pack.prompts import NAMES, prompt
from workers.demo_pack.questions import ASK, NICKNAMES
from workers.demo_pack.scene import CONDITIONS, PLAIN

DOSE = re.compile(
    r"\b\d+\s*(mg|ml|g|tablets?|times)\b|\b(cortisone|antibiotic|benzoyl)", re.IGNORECASE
)


def _subject(condition: str) -> Subject:
    return Subject(condition=condition, tone=2, site="arm", severity=2)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("intent", sorted(ASK))
def test_no_answer_names_a_drug_or_confirms(condition: str, intent: str) -> None:
    """No taught answer holds a dose, a drug, or a promise."""
    reply = answer(_subject(condition), intent, "eczema")
    assert not DOSE.search(reply)
    assert "confirmed" not in reply
    assert "harmless" not in reply


@pytest.mark.parametrize("condition", CONDITIONS)
def test_first_answer_has_findings_then_condition(condition: str) -> None:
    """The first paragraph describes, the second names the condition and its limits."""
    subject = _subject(condition)
    assert FACTS[condition].findings in findings(subject)
    assert NAMES[condition] not in findings(subject)
    assert NAMES[condition] in likely(subject)
    assert "no diagnosis" in likely(subject)


@pytest.mark.parametrize("condition", [PLAIN, OTHER])
def test_unknown_pictures_get_no_condition(condition: str) -> None:
    """Plain skin and strange pictures are answered without any condition's name."""
    subject = _subject(condition)
    words = f"{findings(subject)} {likely(subject)} {answer(subject, 'why', 'acne')}"
    assert not any(name in words for name in NAMES.values())


@pytest.mark.parametrize("intent", ["drug", "promise"])
def test_refusals_point_to_a_clinician(intent: str) -> None:
    """A request for drugs or for a promise is declined, and the way to help is named."""
    assert CLINICIAN in answer(_subject("melanoma"), intent, "acne")


def test_answers_differ_between_conditions_and_intents() -> None:
    """Each pair of intent and condition has its own answer."""
    replies = {answer(_subject(c), i, "acne") for c in CONDITIONS for i in INTENTS if i != "differ"}
    assert len(replies) == len(CONDITIONS) * (len(INTENTS) - 1)


def test_dialogues_alternate_and_start_with_a_photo() -> None:
    """After the instruction, user and assistant take turns, and photos come from the user."""
    for seed in range(100):
        turns = dialogue(Random(seed), [_subject("eczema"), _subject("acne")])
        roles = [turn.role for turn in turns if turn.role != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert sum(1 for turn in turns if turn.photos) == 2
        assert all(turn.role == "user" for turn in turns if turn.photos)


def test_scored_dialogue_learns_the_name_only() -> None:
    """The score prefix is given, not learned, so it never leaks into free answers."""
    last = scored(Random(1), _subject("psoriasis"))[-1]
    assert last.text[: last.silent] == SCORE_PREFIX
    assert last.text[last.silent :] == " psoriasis"


def test_every_condition_has_facts_and_nicknames() -> None:
    """Facts, names and nicknames cover the same twelve conditions."""
    assert set(FACTS) == set(NICKNAMES) == set(CONDITIONS)
    assert all(set(facts.alike) <= set(CONDITIONS) for facts in FACTS.values())


def test_prompt_is_a_fixed_function() -> None:
    """The prompt holds severity, condition, tone and site and nothing else."""
    assert prompt("acne", 6, "face", 3) == "photo of severe acne on very dark skin, face"


def test_prompt_refuses_an_unknown_condition() -> None:
    """No free text can reach the generator."""
    with pytest.raises(KeyError):
        prompt("a cat", 1, "arm", 1)
