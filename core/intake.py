"""The quick questions after a photo, as data that front ends show as buttons.

Modelled on the form of the SCIN study. Source: Ward et al., JAMA Netw Open 2024 (SCIN), columns
``condition_duration``, ``condition_symptoms_*``, ``other_symptoms_*`` and ``body_parts_*``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from core.domain.triage import BodySite, Duration, Illness, IntakeAnswers, Symptom

QuestionId = Literal["duration", "symptoms", "illness", "site"]
NONE_OF_THESE: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question.

    Attributes:
        id: Field of ``IntakeAnswers``; the catalogue asks it as ``intake-<id>``.
        options: Values to choose from; the catalogue names them ``intake-<id>-<option>``.
        multiple: Several options may be chosen.
    """

    id: QuestionId
    options: tuple[str, ...]
    multiple: bool

    @property
    def key(self) -> str:
        """Return the catalogue key of the question."""
        return f"intake-{self.id}"

    def option_key(self, option: str) -> str:
        """Return the catalogue key of one option."""
        return f"intake-{self.id}-{option}"


QUESTIONS: Final[tuple[Question, ...]] = (
    Question(id="duration", options=get_args(Duration), multiple=False),
    Question(id="symptoms", options=(*get_args(Symptom), NONE_OF_THESE), multiple=True),
    Question(id="illness", options=(*get_args(Illness), NONE_OF_THESE), multiple=True),
    Question(id="site", options=get_args(BodySite), multiple=False),
)


def answer(answers: IntakeAnswers, question_id: str, chosen: Iterable[str]) -> IntakeAnswers:
    """Return the answers with one question answered; an empty choice skips it.

    Args:
        answers: Answers so far.
        question_id: Id of a question.
        chosen: Options; "none" counts as no option.

    Raises:
        ValueError: No such question or option, or several options where one is allowed.
    """
    question = next((one for one in QUESTIONS if one.id == question_id), None)
    if question is None:
        raise ValueError(f"no question {question_id!r}")
    options = frozenset(chosen)
    if not options <= frozenset(question.options):
        raise ValueError(f"{question_id}: no option {sorted(options - {*question.options})}")
    values = options - {NONE_OF_THESE}
    if not question.multiple and len(values) > 1:
        raise ValueError(f"{question_id}: choose one option")
    fields: dict[str, Any] = {name: getattr(answers, name) for name in _FIELDS}
    fields[question.id] = values if question.multiple else next(iter(values), None)
    return IntakeAnswers(**cast("Any", fields))


_FIELDS: Final = ("duration", "symptoms", "illness", "site")
