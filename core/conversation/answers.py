"""How an answer is put together: findings, conditions, what that means, next step, limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.condition_words import group_name
from core.conversation.care import Care
from core.conversation.pictures import condition_name
from core.conversation.voice import Voice
from core.domain.cases import Assessment, Case
from core.domain.conditions import Condition, Group
from core.domain.messages import Command
from core.domain.replies import Block, Button, Heading, Paragraph, Possibility, Ranking
from core.ontology import Ontology

SHOWN: Final = 4
"""Conditions in a ranking; Google's study of ranked lists showed people up to three to five."""

LEAST_SHOWN: Final = 2
"""Even a sure answer stands beside its runner-up: a lone name reads like a diagnosis."""

SHOWN_SHARE: Final = 0.03
"""Less likely ones are left out after that."""

SURE_SHARE: Final = 0.5
"""From here on the leading condition may stand for itself; below, its family is named first."""

FAMILY_SHARE: Final = 0.7
"""How much of the differential the named family has to cover together. Source: our choice; the
calibrated shares of the leading conditions are added up until they reach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDesk:
    """Writes answers for one reader."""

    ontology: Ontology
    voice: Voice

    def assessed(
        self, assessment: Assessment, care: Care, notes: Sequence[str]
    ) -> tuple[Block, ...]:
        """Return the first answer to photos; ``notes`` are remarks of the photo gate."""
        say = self.voice
        blocks: list[Block] = []
        if assessment.findings:
            blocks.append(Heading(text=say.say("answer-see")))
            blocks.append(Paragraph(text=assessment.findings))
        if assessment.unusual:
            blocks.append(say.paragraph("notice-unusual"))
        if assessment.unstable:
            blocks.append(say.paragraph("answer-repeat-differs"))
        blocks.extend(self._family(assessment))
        ranking = self._ranking(assessment)
        if ranking.possibilities:
            blocks.append(Heading(text=say.say("answer-could-be")))
            blocks.append(ranking)
        else:
            blocks.append(say.paragraph("answer-none"))
        blocks.extend(self._contagious(assessment))
        blocks.append(care.card(say))
        blocks.extend(self._notes(notes))
        blocks.extend(self.limits(assessment.model))
        return tuple(blocks)

    def _notes(self, notes: Sequence[str]) -> list[Block]:
        """Return what makes the photos less than ideal, each remark once."""
        blocks: list[Block] = []
        for note in dict.fromkeys(notes):
            if note in {"ruler-ink", "dermoscopy"}:
                blocks.append(self.voice.paragraph(f"photo-{note}", quiet=True))
            else:
                reason = self.voice.say(f"photo-reason-{note}")
                blocks.append(self.voice.paragraph("photo-used-anyway", reason=reason, quiet=True))
        return blocks

    def replied(self, text: str, model: str, care: Care | None) -> tuple[Block, ...]:
        """Return the answer to a question."""
        blocks: list[Block] = [
            Paragraph(text=part.strip()) for part in text.split("\n\n") if part.strip()
        ]
        if care is not None:
            blocks.append(care.card(self.voice))
        if model.startswith("demo"):
            blocks.append(self.voice.paragraph("notice-demo", quiet=True))
        return tuple(blocks)

    def limits(self, model: str) -> list[Block]:
        """Return the small print under every assessment."""
        blocks: list[Block] = [self.voice.paragraph("limits-always", quiet=True)]
        if model.startswith("demo"):
            blocks.append(self.voice.paragraph("notice-demo", quiet=True))
        return blocks

    def _family(self, assessment: Assessment) -> list[Block]:
        """Return the family of the likeliest conditions, where they cannot be told apart."""
        group = family(self.ontology, assessment)
        if group is None:
            return []
        say = self.voice
        name = group_name(say.words, say.locale, group, register=say.register)
        return [say.paragraph("answer-group", group=name)]

    def _ranking(self, assessment: Assessment) -> Ranking:
        rows = []
        for place, likelihood in enumerate(assessment.differential):
            condition = self.ontology.get(likelihood.condition_id)
            likely = likelihood.share >= SHOWN_SHARE
            # Beyond the usual number only what a person should not miss.
            if place < LEAST_SHOWN or (likely and (place < SHOWN or condition.escalates)):
                share = None if assessment.unusual else likelihood.share
                rows.append(self._possibility(condition, share))
        return Ranking(possibilities=tuple(rows))

    def _possibility(self, condition: Condition, share: float | None) -> Possibility:
        """Return one row; without a share where the figure would mean nothing."""
        unknown = self.voice.say("likelihood-unknown")
        return Possibility(
            condition_id=condition.id,
            lay_name=condition_name(condition, self.voice),
            medical_name=condition.medical_name,
            likelihood=share or 0.0,
            words=unknown if share is None else self.voice.likelihood(share),
        )

    def _contagious(self, assessment: Assessment) -> list[Block]:
        if not assessment.differential:
            return []
        leading = self.ontology.get(assessment.differential[0].condition_id)
        return [self.voice.paragraph("answer-contagious")] if leading.contagious else []

    def questions(self, case: Case) -> tuple[tuple[str, str], ...]:
        """Return suggested questions as (number, text): numbers keep their meaning for ever."""
        assessment = case.last_assessment()
        if assessment is None or not assessment.differential:
            return ()
        ids = [likelihood.condition_id for likelihood in assessment.differential[:2]]
        name, *others = (condition_name(self.ontology.get(i), self.voice) for i in ids)
        asked = [("1", "ask-why", {}), ("2", "ask-what-is", {"name": name})]
        if others:
            asked.append(("3", "ask-differs", {"name": name, "other": others[0]}))
        asked.append(("4", "ask-care", {}))
        return tuple((number, self.voice.say(key, **args)) for number, key, args in asked)

    def question_buttons(self, case: Case) -> tuple[Button, ...]:
        """Return suggested questions as buttons."""
        return tuple(
            Button(label=text, command=Command(name="ask", argument=number))
            for number, text in self.questions(case)
        )

    def rating_buttons(self, turn_id: str) -> tuple[Button, ...]:
        """Return the two buttons for feedback on an answer."""
        return (
            self.voice.button("button-helpful", "rate", f"up.{turn_id}"),
            self.voice.button("button-not-helpful", "rate", f"down.{turn_id}"),
        )


def family(ontology: Ontology, assessment: Assessment) -> Group | None:
    """Return the smallest family of the likeliest conditions when none of them stands out.

    None when one stands out, when they have no family in common, and when the photo is unlike
    anything known: then even a family would be too much to say.
    """
    ranked = assessment.differential
    stands_out = not ranked or (ranked[0].share >= SURE_SHARE and not assessment.unstable)
    if assessment.unusual or stands_out:
        return None
    likely: list[str] = []
    covered = 0.0
    for likelihood in ranked:
        if covered >= FAMILY_SHARE and len(likely) > 1:
            break
        likely.append(likelihood.condition_id)
        covered += likelihood.share
    return ontology.common_parent(likely)


def drawable(ontology: Ontology, assessment: Assessment) -> list[Condition]:
    """Return the conditions of a differential that may be drawn, most likely first."""
    found = [ontology.get(likelihood.condition_id) for likelihood in assessment.differential]
    return [condition for condition in found if condition.drawable]
