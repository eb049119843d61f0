"""Stability: honest changes of a photo, assessed beside it, and what follows from them."""

import io

import pytest
from PIL import Image, ImageChops

from tests.e2e.stage import skin_photo
from workers.stability import CHANGES, changed, checks, unstable
from workers.vlms import Answer, AnswerRequest, Candidate, Message

REQUEST = AnswerRequest(
    case_id="c1",
    dialogue=(
        Message(role="system", text="s"),
        Message(role="user", text="?", photos=(skin_photo(),)),
    ),
    candidates=(Candidate(condition_id="acne", name="acne"),),
    stop=lambda: False,
    on_text=lambda _text: None,
    max_new_tokens=100,
)


def _answer(*shares: tuple[str, float]) -> Answer:
    return Answer(text="t", shares=shares, unusual=False, stopped=False, model="m")


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_a_copy_differs_and_shows_the_same_skin(number: int) -> None:
    """Each copy has other pixels, and stays close to the original in colour."""
    photo = skin_photo()
    copy = Image.open(io.BytesIO(changed(photo, number))).convert("RGB")
    original = Image.open(io.BytesIO(photo)).convert("RGB").resize(copy.size)

    difference = ImageChops.difference(copy, original)
    assert difference.getbbox() is not None
    mean = sum(value * count for value, count in enumerate(difference.convert("L").histogram()))
    assert mean / (copy.width * copy.height) < 40


def test_checks_ask_for_scores_only_and_leave_the_case_alone() -> None:
    """A check writes one token, tells nobody, and has a name of its own."""
    copies = checks(REQUEST, 2)

    assert [copy.max_new_tokens for copy in copies] == [1, 1]
    assert {copy.case_id for copy in copies}.isdisjoint({"c1"})
    assert all(copy.dialogue[1].photos != REQUEST.dialogue[1].photos for copy in copies)


def test_plain_questions_are_not_checked() -> None:
    """Without candidates there is nothing to compare."""
    plain = AnswerRequest(
        case_id="c1",
        dialogue=REQUEST.dialogue,
        candidates=(),
        stop=lambda: False,
        on_text=lambda _text: None,
        max_new_tokens=1,
    )

    assert checks(plain, 4) == []


def test_another_leader_is_unstable() -> None:
    """A copy that is read as another condition makes the answer unstable."""
    assert unstable(_answer(("a", 0.6), ("b", 0.4)), [_answer(("b", 0.6), ("a", 0.4))])


def test_a_leader_that_collapses_is_unstable() -> None:
    """A leader that keeps first place and loses most of its share is unsteady, too."""
    assert unstable(_answer(("a", 0.99), ("b", 0.01)), [_answer(("a", 0.5), ("b", 0.5))])


def test_agreement_is_stable_and_failures_say_nothing() -> None:
    """Copies that agree, and checks that failed, leave the answer as it is."""
    answer = _answer(("a", 0.9), ("b", 0.1))

    assert not unstable(answer, [_answer(("a", 0.8), ("b", 0.2)), RuntimeError()])
