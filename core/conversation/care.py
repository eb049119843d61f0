"""The next step in a conversation: `core.triage` applied to a case, and its card."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.conversation.voice import Voice
from core.domain.cases import Assessment, Case
from core.domain.conditions import Condition
from core.domain.replies import Level, NextStep
from core.intake import QUESTIONS, answer
from core.ontology import Ontology
from core.triage import IntakeAnswers, Triage, triage

CRISIS: Final = "self-harm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What a person should do next.

    Attributes:
        level: How soon.
        reasons: Ids of the rules that said so.
        advice: Catalogue keys of general advice for the leading condition.
        about_other: The signs are about somebody else than the writer.
    """

    level: Level
    reasons: tuple[str, ...]
    advice: tuple[str, ...] = ()
    about_other: bool = False

    def card(self, voice: Voice) -> NextStep:
        """Return the card."""
        lines = [voice.say(f"triage-{self.level}-do")]
        if CRISIS in self.reasons:
            lines.append(voice.say("triage-crisis-do"))
        if self.about_other:
            lines.append(voice.say("triage-other-person"))
        lines += [voice.say(key) for key in self.advice]
        # The title of a routine card says already that nothing was found.
        shown = () if self.level == "routine" else self.reasons
        return NextStep(
            level=self.level,
            title=voice.say(f"triage-{self.level}-title"),
            text="\n".join(lines),
            reasons=tuple(voice.say(f"triage-reason-{reason}") for reason in shown),
        )


def alarm(text: str, locale: str) -> Care | None:
    """Return an emergency that somebody's words alone make, or None."""
    if not text:
        return None
    found = triage([text], locale=locale)
    return _care(found) if found.level == "emergency" else None


def care_for(ontology: Ontology, case: Case, assessment: Assessment | None) -> Care:
    """Return the next step for a case: what was written, answered and assessed, together."""
    leading = _leading(ontology, assessment)
    found = triage(
        [turn.text for turn in case.turns if turn.role == "user" and turn.text],
        answers_of(case),
        escalating_share(ontology, assessment),
        leading,
        case.head.locale,
    )
    if leading is None or found.level == "emergency":
        return _care(found)
    advice = (*leading.self_care[:3], *leading.see_doctor[:2])
    return _care(found, advice)


def worth_repeating(care: Care) -> bool:
    """Return whether a card belongs under every further answer, too."""
    return care.level in {"emergency", "today"}


def _care(found: Triage, advice: Sequence[str] = ()) -> Care:
    return Care(
        level=found.level,
        reasons=found.reasons,
        advice=tuple(advice),
        about_other=found.about_other,
    )


def _leading(ontology: Ontology, assessment: Assessment | None) -> Condition | None:
    if assessment is None or not assessment.differential:
        return None
    return ontology.get(assessment.differential[0].condition_id)


def escalating_share(ontology: Ontology, assessment: Assessment | None) -> float:
    """Return the share of the differential that is malignant or premalignant, 0 to 1."""
    if assessment is None:
        return 0.0
    return sum(
        likelihood.share
        for likelihood in assessment.differential
        if ontology.get(likelihood.condition_id).escalates
    )


def answers_of(case: Case) -> IntakeAnswers:
    """Return the intake answers of a case; options that are no longer known are left out."""
    answers = IntakeAnswers()
    for question in QUESTIONS:
        given = [
            said.partition("=")[2]
            for turn in case.turns
            for said in turn.answers
            if said.partition("=")[0] == question.id
        ]
        known = [option for option in given if option in question.options]
        # The newest answer to a question counts where only one is allowed.
        answers = answer(answers, question.id, known if question.multiple else known[-1:])
    return answers
