"""Refusals: a kind no where it is due, and never to an ordinary question."""

import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ontology import load_ontology
from core.refusals import Kind, refusal
from core.words import Words

CONFIG = Path(__file__).parents[2] / "config"
ONTOLOGY = load_ontology(CONFIG / "conditions.toml")
DATA = CONFIG.parent / "workers" / "evaluation" / "cases"
CASES: list[dict[str, Any]] = [
    case
    for path in sorted(DATA.glob("refusals*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}: {case['text']}")
def test_each_request_gets_its_answer(case: dict[str, Any]) -> None:
    """Requests are refused for the right reason; ordinary messages are not refused."""
    found = refusal(case["text"], case["locale"], ONTOLOGY)
    assert (found.kind if found else "none") == case["kind"]


def test_the_suite_is_broad() -> None:
    """At least 60 refused requests of every kind, and as many ordinary messages."""
    refused = [case["kind"] for case in CASES if case["kind"] != "none"]
    assert len(refused) >= 60
    assert set(refused) == set(get_args(Kind))
    assert len(CASES) - len(refused) >= 60


def test_every_refusal_has_words() -> None:
    """Each kind has a sentence in each language."""
    words = Words(CONFIG / "locales")
    for locale in words.locales():
        for kind in get_args(Kind):
            assert words.has(locale, f"refusal-{kind}"), (locale, kind)


@pytest.mark.parametrize("condition", ONTOLOGY.all(), ids=lambda condition: condition.id)
def test_every_condition_may_be_asked_for(condition: Any) -> None:
    """A picture of any known condition, by name, is not refused here."""
    for name in (condition.lay_name, condition.medical_name):
        if condition.drawable:
            assert refusal(f"Show me a picture of {name}.", "en", ONTOLOGY) is None
        assert refusal(f"What is {name}?", "en", ONTOLOGY) is None
        assert refusal(f"How does it differ from {name}?", "en", ONTOLOGY) is None


@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    """No text, in any script, breaks the rules."""
    assert refusal(text) == refusal(text)
