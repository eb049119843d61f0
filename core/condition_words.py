"""Say what the ontology knows about a condition in somebody's language.

English lives in the ontology itself; other languages hold the same texts in the catalogue, under
``condition-<id>``, ``group-<id>`` and ``condition-<id>-apart-<other>``. What a language lacks is
said in English.
"""

from core.domain.conditions import Condition, Group
from core.words import Register, Words


def condition_name(
    words: Words, locale: str, condition: Condition, *, register: Register = "lay"
) -> str:
    """Return the name to show: the medical one for clinicians, the lay one for everybody else."""
    if register == "clinician":
        return condition.medical_name
    return _said(words, locale, f"condition-{condition.id}", condition.lay_name)


def group_name(words: Words, locale: str, group: Group, *, register: Register = "lay") -> str:
    """Return the name of a family of conditions."""
    if register == "clinician":
        return group.medical_name
    return _said(words, locale, f"group-{group.id}", group.lay_name)


def tells_apart(words: Words, locale: str, condition: Condition, other_id: str) -> str | None:
    """Return what shows that it is this condition and not the other, or None."""
    for neighbour in condition.neighbours:
        if neighbour.condition_id == other_id:
            key = f"condition-{condition.id}-apart-{other_id}"
            return _said(words, locale, key, neighbour.tells_apart)
    return None


def _said(words: Words, locale: str, key: str, english: str) -> str:
    return words.text(locale, key) if words.has(locale, key) else english
