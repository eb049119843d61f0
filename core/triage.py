"""Decide by rule how soon somebody should act. Deterministic; no model is asked.

What the user wrote and chose sets the level. A model's differential can only raise it: a rule that
fired is never silenced by a harmless-looking answer.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from core.domain.conditions import Condition
from core.domain.triage import LEVELS, IntakeAnswers, Level, Triage
from core.signs import Mention, read_signs
from core.triage_rules import NO_REASON, RULES, Rule
from core.words import Register, Words

__all__ = ["IntakeAnswers", "Level", "Triage", "triage", "triage_card"]

MALIGNANT_THRESHOLD: Final = 0.1
"""Share of the differential on (pre)malignant conditions from which somebody should look soon.

Low on purpose: a missed melanoma costs more than a visit. Source: research notes, section 5.2
(escalate at 0.05 to 0.1 even when not first).
"""
_SELF: Final = "self"


def triage(
    text_turns: Sequence[str],
    answers: IntakeAnswers | None = None,
    malignant_mass: float = 0.0,
    leading: Condition | None = None,
    locale: str = "en",
) -> Triage:
    """Return the next step and the rules behind it.

    Args:
        text_turns: What the user wrote in this case, oldest first.
        answers: What the user chose with buttons, or None.
        malignant_mass: Probability of all malignant and premalignant conditions together, 0 to 1;
            anything that is not a number counts as high.
        leading: The likeliest condition, or None.
        locale: Language of the user.

    Returns:
        The highest level of any rule that fired, with those rules as reasons.
    """
    signs = read_signs(text_turns, locale) | _chosen(answers)
    fired = [(rule, who) for rule in RULES for who in _people(signs) if _fires(rule, who, signs)]
    reasons = [(rule.level, rule.id) for rule, _ in fired] + _model(malignant_mass, leading)
    level = max((level for level, _ in reasons), key=LEVELS.index, default=LEVELS[0])
    ids = tuple(dict.fromkeys(reason for at, reason in reasons if at == level))
    people = {who for rule, who in fired if rule.level == level}
    about_other = bool(people) and _SELF not in people
    return Triage(level=level, reasons=ids or (NO_REASON,), about_other=about_other)


def triage_card(words: Words, locale: str, found: Triage, *, register: Register = "lay") -> str:
    """Return the card for a triage: what to do, and why it is shown.

    Args:
        words: The catalogue.
        locale: Language of the card.
        found: Result of ``triage``.
        register: Register of the card.
    """
    reasons = words.text(locale, f"triage-reason-{found.reasons[0]}", register=register)
    for reason in found.reasons[1:]:
        second = words.text(locale, f"triage-reason-{reason}", register=register)
        reasons = words.text(locale, "triage-join", first=reasons, second=second)
    keys = [f"triage-{found.level}-title", f"triage-{found.level}-do"]
    if "self-harm" in found.reasons:
        keys.append("triage-crisis-do")
    if found.about_other:
        keys.append("triage-other-person")
    lines = [words.text(locale, key, register=register) for key in keys]
    return "\n".join((*lines, words.text(locale, "triage-why", reasons=reasons)))


def _chosen(answers: IntakeAnswers | None) -> frozenset[Mention]:
    """Return the chosen answers as signs of the user; a photo of skin stands behind them."""
    if answers is None:
        return frozenset()
    chosen = {f"answer-{one}" for one in (*answers.symptoms, *answers.illness)}
    if answers.illness & {"fever", "chills"}:
        chosen.add("fever")
    if answers.illness or answers.symptoms or answers.duration or answers.site:
        chosen.add("rash")
    return frozenset(Mention(sign=sign, subject="self") for sign in chosen)


def _people(signs: Iterable[Mention]) -> tuple[str, ...]:
    return tuple(sorted({mention.subject for mention in signs}))


def _fires(rule: Rule, who: str, signs: Iterable[Mention]) -> bool:
    if rule.whose == ("other" if who == _SELF else "user"):
        return False
    own = {mention.sign for mention in signs if mention.subject == who}
    return not rule.without & own and all(need & own for need in rule.needs)


def _model(malignant_mass: float, leading: Condition | None) -> list[tuple[Level, str]]:
    reasons: list[tuple[Level, str]] = []
    if leading is not None and leading.urgency != "routine":
        reasons.append((leading.urgency, f"model-{leading.urgency}"))
    if math.isnan(malignant_mass) or malignant_mass >= MALIGNANT_THRESHOLD:
        reasons.append(("soon", "model-malignant"))
    return reasons
