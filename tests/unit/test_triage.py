"""Triage: what is written decides, models may only raise, and every card says why."""

import math
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.triage import LEVELS, IntakeAnswers, at_least
from core.ontology import Ontology, load_ontology
from core.triage import triage, triage_card
from core.triage_rules import MODEL_REASONS, NO_REASON, RULES
from core.words import Words

CONFIG = Path(__file__).parents[2] / "config"
DATA = Path(__file__).parents[2] / "workers" / "evaluation" / "cases"
CASES: list[dict[str, Any]] = [
    case
    for name in sorted(path.name for path in DATA.glob("red_flags*.toml"))
    for case in tomllib.loads((DATA / name).read_text(encoding="utf-8"))["case"]
]
ONTOLOGY: Ontology = load_ontology(CONFIG / "conditions.toml")
TEXTS = st.sampled_from([case["text"] for case in CASES])
ANSWERS = st.builds(
    IntakeAnswers,
    duration=st.sampled_from([None, "day", "month", "years"]),
    symptoms=st.frozensets(st.sampled_from(["itching", "bleeding", "growing"])),
    illness=st.frozensets(st.sampled_from(["fever", "mouth-sores", "shortness-of-breath"])),
)


@pytest.mark.parametrize("case", [c for c in CASES if c["level"] == "emergency"], ids=str)
def test_every_written_emergency_is_one(case: dict[str, Any]) -> None:
    """No emergency of the suite is missed: 100 % recall."""
    assert triage([case["text"]], locale=case["locale"]).level == "emergency"


def test_false_alarms_are_rare() -> None:
    """At most 5 % of the other cases are called more urgent than they are, in either language."""
    others = [case for case in CASES if case["level"] != "emergency"]
    raised = [
        case["text"]
        for case in others
        if LEVELS.index(triage([case["text"]], locale=case["locale"]).level)
        > LEVELS.index(case["level"])
    ]
    assert len(raised) <= 0.05 * len(others), raised


def test_no_spot_to_be_seen_goes_unseen() -> None:
    """Cases for today or soon are never called routine."""
    missed = [
        case["text"]
        for case in CASES
        if case["level"] in {"today", "soon"}
        and not at_least(triage([case["text"]], locale=case["locale"]).level, case["level"])
    ]
    assert missed == []


def test_the_suite_is_broad() -> None:
    """At least 150 cases, of every kind, in both languages."""
    kinds = Counter(case["kind"] for case in CASES)
    assert len(CASES) >= 150
    assert kinds.keys() >= {"positive", "negated", "misspelt", "colloquial", "other", "past"}
    assert min(Counter(case["locale"] for case in CASES).values()) >= 50


@settings(deadline=None, max_examples=60)
@given(
    text=TEXTS,
    answers=ANSWERS,
    mass=st.floats(allow_nan=True, min_value=None, max_value=None),
    leading=st.sampled_from([None, *ONTOLOGY.all()]),
)
def test_no_model_output_lowers_a_level(
    text: str, answers: IntakeAnswers, mass: float, leading: Any
) -> None:
    """Whatever the differential says, the level is at least that of words and answers alone."""
    plain = triage([text], answers)
    with_model = triage([text], answers, mass, leading)
    assert at_least(with_model.level, plain.level)


@settings(deadline=None, max_examples=40)
@given(first=TEXTS, later=TEXTS, answers=ANSWERS)
def test_what_comes_later_lowers_nothing(first: str, later: str, answers: IntakeAnswers) -> None:
    """An alarm stays: neither a later turn nor an answer takes it back."""
    assert at_least(triage([first, later], answers).level, triage([first]).level)


@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=300))
def test_any_text_is_triaged(text: str) -> None:
    """No text, in any script, breaks the triage; the same text gives the same answer."""
    found = triage([text])
    assert found == triage([text])
    assert found.reasons


def test_a_very_long_message_is_triaged() -> None:
    """An alarm at the end of 20,000 characters is found."""
    text = "my skin is dry and I use a cream. " * 590 + "I can't breathe."
    assert triage([text]).level == "emergency"


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        (IntakeAnswers(), "routine"),
        (IntakeAnswers(illness=frozenset({"shortness-of-breath"})), "emergency"),
        (IntakeAnswers(illness=frozenset({"mouth-sores", "fever"})), "emergency"),
        (IntakeAnswers(illness=frozenset({"fever"})), "today"),
        (IntakeAnswers(illness=frozenset({"fatigue"})), "routine"),
        (IntakeAnswers(symptoms=frozenset({"bleeding"})), "soon"),
        (IntakeAnswers(symptoms=frozenset({"darkening"})), "soon"),
        (IntakeAnswers(symptoms=frozenset({"itching"}), duration="years", site="arm"), "routine"),
    ],
)
def test_answers_alone_can_raise_the_level(answers: IntakeAnswers, level: str) -> None:
    """Buttons feed the same rules as words."""
    assert triage([], answers).level == level


def test_words_and_answers_add_up() -> None:
    """Fever by button and a spreading rash in words make the emergency that neither is alone."""
    fever = IntakeAnswers(illness=frozenset({"fever"}))
    assert triage(["The rash is spreading quickly up my leg."], fever).level == "emergency"


def test_signs_of_two_people_are_not_mixed() -> None:
    """A fever of somebody else does not make my rash an emergency."""
    apart = triage(["My roommate has a fever.", "I have a rash that spreads quickly."])
    together = triage(["I have a fever.", "I have a rash that spreads quickly."])
    assert (apart.level, together.level) == ("today", "emergency")


def test_an_emergency_of_somebody_else_says_so() -> None:
    """The card asks to pass it on when another person is in danger."""
    assert triage(["My wife can't breathe."]).about_other
    assert not triage(["I can't breathe."]).about_other


@pytest.mark.parametrize("mass", [0.1, 0.5, 1.0, math.nan, math.inf])
def test_a_little_malignant_mass_is_enough(mass: float) -> None:
    """A serious condition that is possible, not only the likeliest, is to be seen soon."""
    found = triage([], None, mass, ONTOLOGY.get("melanocytic-nevus"))
    assert (found.level, found.reasons) == ("soon", ("model-malignant",))


def test_the_leading_condition_can_raise() -> None:
    """Shingles as the likeliest condition is for today even when nothing was written."""
    assert triage([], None, 0.0, ONTOLOGY.get("herpes-zoster")).reasons == ("model-today",)


def test_every_rule_can_say_why() -> None:
    """Each reason has a sentence in each language, and no sentence is without a rule."""
    words = Words(CONFIG / "locales")
    ids = {rule.id for rule in RULES} | {*MODEL_REASONS, NO_REASON}
    for locale in words.locales():
        path = CONFIG / "locales" / locale / "triage.ftl"
        lines = path.read_text(encoding="utf-8").splitlines()
        prefix = "triage-reason-"
        said = {line.split(" = ")[0].removeprefix(prefix) for line in lines if prefix in line}
        assert said == ids, locale


def test_a_card_says_what_to_do_and_why() -> None:
    """The card names the level, the next step and each reason, in the user's language."""
    words = Words(CONFIG / "locales")
    card = triage_card(words, "en", triage(["My wife can't breathe and her face is swollen."]))
    assert card.splitlines()[0] == "Get help now"
    assert "112" in card
    assert "trouble with breathing or swallowing; you mentioned swelling of the face" in card
    assert "pass it on" in card
    calm = triage_card(words, "es", triage(["Tengo la piel seca."], locale="es"))
    assert "señal de alarma conocida" in calm


def test_a_crisis_card_offers_people_to_talk_to() -> None:
    """Somebody who does not want to live reads more than an emergency number."""
    words = Words(CONFIG / "locales")
    card = triage_card(words, "en", triage(["I don't want to live anymore."]))
    assert "crisis line" in card
