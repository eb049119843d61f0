"""Which conditions a model without candidates of its own is asked about, for one case.

Scoring every condition of the ontology costs time and lets rare ones crowd the list. Chosen are
those that are often photographed, sit where the person says, and are felt as the person says; what
the person names and what must not be missed is always among them.

Source of the weights: our choice. The prior is the number of published data sets that have the
condition, a rough measure of how often it is seen.
"""

from collections.abc import Mapping
from typing import Final

from core.conversation.care import answers_of
from core.domain.cases import Case
from core.domain.conditions import Condition, Site
from core.domain.triage import BodySite, IntakeAnswers
from core.labels import Labels
from core.ontology import Ontology
from workers.vlms import Candidate

LONGEST: Final = 48
"""Conditions in a list, what is always in it left out."""

_SITES: Final[Mapping[BodySite, frozenset[Site]]] = {
    "head": frozenset({"scalp", "face", "mouth", "neck"}),
    "trunk": frozenset({"trunk"}),
    "back": frozenset({"back", "trunk"}),
    "arm": frozenset({"arm"}),
    "hand": frozenset({"hand", "nail"}),
    "leg": frozenset({"leg"}),
    "foot": frozenset({"foot", "nail"}),
    "folds": frozenset({"folds", "groin"}),
}
_FELT: Final = {
    "itching": ("itch",),
    "pain": ("pain", "tender", "sore"),
    "burning": ("burn", "smart"),
    "bleeding": ("bleed", "crust", "ulcer"),
    "growing": ("grow", "lump", "nodule"),
    "darkening": ("dark", "black", "brown"),
}


class Shortlist:
    """Chooses candidates for a case."""

    def __init__(self, ontology: Ontology, labels: Labels) -> None:
        """Count how many data sets have each condition.

        Args:
            ontology: All that can be chosen.
            labels: The data sets and what their labels mean.
        """
        self._ontology = ontology
        sets = [frozenset(labels.ids(dataset)) for dataset in labels.datasets()]
        self._prior = {one.id: sum(one.id in ids for ids in sets) for one in ontology.all()}

    def of(self, case: Case) -> tuple[Candidate, ...]:
        """Return the candidates for a case, in the order of the ontology."""
        answers = answers_of(case)
        named = {
            found.id
            for turn in case.turns
            if turn.role == "user" and (found := self._ontology.find(turn.text))
        }
        everything = self._ontology.all()
        ranked = sorted(everything, key=lambda one: -self._weight(one, answers))
        chosen = {one.id for one in ranked[:LONGEST]} | named
        chosen |= {one.id for one in everything if one.escalates and self._prior[one.id] > 1}
        return tuple(
            Candidate(condition_id=one.id, name=one.medical_name)
            for one in everything
            if one.id in chosen
        )

    def _weight(self, condition: Condition, answers: IntakeAnswers) -> float:
        told = " ".join(condition.findings).casefold()
        felt = sum(any(word in told for word in _FELT[one]) for one in answers.symptoms)
        return self._prior[condition.id] + felt + _fits(condition, answers.site)


def _fits(condition: Condition, site: BodySite | None) -> float:
    """Return 2 where a condition usually sits at the place, -2 where it does not, else 0."""
    wanted = _SITES.get(site) if site else None
    if wanted is None or not condition.sites:
        return 0.0
    return 2.0 if wanted & frozenset(condition.sites) else -2.0
