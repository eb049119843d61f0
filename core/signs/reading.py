"""Find the signs that count in a conversation."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from core.signs.asserting import (
    Span,
    is_hypothetical,
    is_negated,
    is_past,
    is_resolved,
    subject,
)
from core.signs.folding import fold, language_of, spoken_in
from core.signs.lexicon import Assertion, SignPattern, lexicons

_LASTING: Final = frozenset(
    {"cancer-history", "diabetes", "weak-immunity", "a-spot", "foot", "newborn", "baby"}
)
"""Facts about a person: a date or an end does not undo them."""
_FAMILY: Final = frozenset({"cancer-history"})
"""Signs that count for the user even when a relative has them."""
_SLOW: Final = frozenset(
    {"changing-spot", "new-spot", "bleeding-spot", "uneven-spot", "odd-one-out", "large-spot",
     "nail-line", "not-healing", "it-changes", "it-bleeds", "it-uneven", "it-new"}
)  # fmt: skip
_CRITICAL: Final = frozenset(
    {"breathing", "face-swelling", "fainting", "purple", "non-blanching", "confusion", "blistering",
     "black-skin", "bleeding-heavy", "self-harm", "venom", "burn-severe", "named-emergency"}
)  # fmt: skip


REMEMBERED: Final = 512
"""Sentences whose signs are kept in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A sign that is affirmed, current and about a person.

    Attributes:
        sign: Name of the sign in the lexicons.
        subject: ``self`` for the user, ``other`` for anybody else.
    """

    sign: str
    subject: Literal["self", "other"]


def read_signs(turns: Sequence[str], locale: str = "en") -> frozenset[Mention]:
    """Return the signs in the user's turns.

    Args:
        turns: What the user wrote, oldest first; later turns never take back earlier ones.
        locale: Language of the user; decides only where a turn could be either language.
    """
    found: set[Mention] = set()
    carried = "self"
    for turn in turns:
        sentences = fold(turn, locale)
        language = language_of(" ".join(sentences).split(" "), locale)
        rules = _rules(language)
        for number, sentence in enumerate(sentences):
            following = sentences[number + 1] if number + 1 < len(sentences) else ""
            found.update(_mentions(sentence, following, language, carried))
            carried = _closing_subject(sentence, rules, carried)
    return frozenset(found)


@lru_cache(maxsize=REMEMBERED)
def _mentions(sentence: str, following: str, language: str, carried: str) -> frozenset[Mention]:
    """Read a sentence once: a case is judged again with every turn, refusals read it, too."""
    return frozenset(_read_sentence(sentence, following, _rules(language), carried))


def _read_sentence(
    sentence: str, following: str, rules: Assertion, carried: str
) -> Iterator[Mention]:
    words = tuple(sentence.split(" "))
    for lexicon in spoken_in(words):
        for pattern in lexicon.signs:
            for match in pattern.say.finditer(sentence):
                span = _span(words, sentence, match, following)
                who = "self" if pattern.sign in _FAMILY else subject(span, rules, carried)
                if who == "animal" and pattern.sign == "bite":
                    who = "self"  # the animal bites; somebody else is bitten
                if who != "animal" and _counts(pattern, sentence, span, rules):
                    yield Mention(sign=pattern.sign, subject="self" if who == "self" else "other")


def _span(words: tuple[str, ...], sentence: str, match: re.Match[str], following: str) -> Span:
    start = sentence.count(" ", 0, match.start())
    end = start + match[0].strip().count(" ") + 1
    return Span(words=words, start=start, end=end, following=following)


def _counts(pattern: SignPattern, sentence: str, span: Span, rules: Assertion) -> bool:
    if pattern.unless is not None and pattern.unless.search(sentence):
        return False
    critical = pattern.sign in _CRITICAL
    if is_negated(span, rules, denies_itself=pattern.denies_itself, critical=critical):
        return False
    if is_hypothetical(span, rules):
        return False
    if pattern.sign in _LASTING:
        return True
    slow = pattern.sign in _SLOW
    return not is_past(span, rules, keeps_months=slow) and (slow or not is_resolved(span, rules))


def _closing_subject(sentence: str, rules: Assertion, carried: str) -> str:
    words = tuple(sentence.split(" "))
    end = Span(words=words, start=len(words), end=len(words), following="")
    return subject(end, rules, carried)


def _rules(language: str) -> Assertion:
    return next(one.assertion for one in lexicons() if one.language == language)
