"""Decide whether a mention counts: affirmed, current, real, and whose it is.

In the manner of NegEx and ConText: trigger words open a scope that runs to the next clause.
Source: Chapman et al. 2001 (NegEx) and Harkema et al. 2009 (ConText), both J Biomed Inform.
"""

import re
from dataclasses import dataclass
from typing import Final

from core.signs.lexicon import Assertion

_RESOLVED_REACH: Final = 14
"""Words between a sign and "it is gone": further away it is about something else."""
_MONTHS = re.compile(r"month|mes|last (?:year|summer|winter|spring|autumn|fall)")
_SURELY_SUPPOSED: Final = frozenset({"what if", "in case", "unless", "por si", "en caso de"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a mention stands in the words of its sentence; ``end`` is exclusive."""

    words: tuple[str, ...]
    start: int
    end: int
    following: str
    """The next sentence, where people often take back what they wrote."""


@dataclass(frozen=True, slots=True)
class _Scope:
    trigger: int
    strict_end: int
    loose_end: int


def is_negated(span: Span, rules: Assertion, *, denies_itself: bool, critical: bool) -> bool:
    """Return whether the mention is denied ("no fever, chills or rash").

    Args:
        span: The mention.
        rules: Words of the language.
        denies_itself: The wording holds its own "not"; only a "not" before it counts.
        critical: A denial reaches across "and" only for signs that are not critical, because
            "no fever and swollen lips" must keep the lips.
    """
    if rules.after_yes.search(" ".join(span.words[span.end :])):
        return False
    for scope in _scopes(span.words, rules):
        end = scope.strict_end if critical else scope.loose_end
        if scope.trigger < span.start and span.start < end:
            return True
        inside = span.start < scope.trigger < span.end - 1
        if inside and not denies_itself and span.end - 1 < end:
            return True
    return rules.after_no.match(" ".join(span.words[span.end :])) is not None


def _scopes(words: tuple[str, ...], rules: Assertion) -> list[_Scope]:
    return [_scope(words, i, rules) for i, word in enumerate(words) if word in rules.negators]


def _scope(words: tuple[str, ...], trigger: int, rules: Assertion) -> _Scope:
    start = trigger + 1
    if _is_pseudo(words, start, rules):
        return _Scope(trigger, start, start)
    i = _skip_carried(words, start, rules)
    strict_end = 0
    as_subject = words[trigger] in rules.nobody
    while i < len(words) and not _closes(words, i, rules, as_subject=as_subject):
        if words[i] in rules.both and not strict_end:
            strict_end = i
        i += 1
    return _Scope(trigger, strict_end or i, i)


def _is_pseudo(words: tuple[str, ...], start: int, rules: Assertion) -> bool:
    """Return whether the denial is of something else: "not only", "no idea", "not sleeping"."""
    near = (" ".join(words[start : start + 4]) + " ", " ".join(words[start + 1 : start + 5]) + " ")
    plain = any(near[0].startswith(phrase + " ") for phrase in rules.pseudo)
    carried = start < len(words) and words[start] in rules.carry
    return plain or (carried and any(near[1].startswith(p + " ") for p in rules.pseudo))


def _skip_carried(words: tuple[str, ...], start: int, rules: Assertion) -> int:
    doubting = start < len(words) and words[start] in rules.believe
    carried = rules.carry | (rules.believe | rules.open if doubting else frozenset())
    i = start
    while i < len(words) and words[i] in carried:
        i += 1
    return i


def _closes(words: tuple[str, ...], i: int, rules: Assertion, *, as_subject: bool) -> bool:
    word = words[i]
    if word == ",":
        return not _list_goes_on(words, i + 1, rules)
    opens = word in rules.open and not as_subject
    return opens or word in ":?" or word in rules.stop or word in rules.negators


def _list_goes_on(words: tuple[str, ...], start: int, rules: Assertion) -> bool:
    """Return whether an "or" follows in the same enumeration: "no fever, chills or rash"."""
    for word in words[start:]:
        if word in rules.either:
            return True
        if word in rules.stop or word in rules.open:
            return False
    return False


def is_past(span: Span, rules: Assertion, *, keeps_months: bool) -> bool:
    """Return whether the mention is dated to a time that is over ("as a child I had hives").

    Args:
        span: The mention.
        rules: Words of the language.
        keeps_months: Months and the last year do not count as past (spots change slowly).
    """
    first, last = _segment(span, rules)
    segment = " ".join(span.words[first:last])
    marker = rules.past.search(segment)
    if marker is None or (keeps_months and _MONTHS.search(marker[0])):
        return False
    if any(word in rules.onset for word in span.words[first:last]):
        return False
    for word in reversed(span.words[first : span.end]):
        if word in rules.past_verbs:
            return True
        if word in rules.present_verbs:
            return False
    return True


def _segment(span: Span, rules: Assertion) -> tuple[int, int]:
    first = max((i + 1 for i in range(span.start) if span.words[i] in rules.segment), default=0)
    after = (i for i in range(span.end, len(span.words)) if span.words[i] in rules.segment)
    return first, next(after, len(span.words))


def is_resolved(span: Span, rules: Assertion) -> bool:
    """Return whether the sign is said to be over ("my lips swelled up but it is gone now")."""
    rest = list(span.words[span.end :])
    reach = " ".join((*rest, *span.following.split(" ")[:_RESOLVED_REACH]))
    for match in rules.resolved.finditer(reach):
        between = reach[: match.start()].split()
        if len(between) > _RESOLVED_REACH or any(
            word in rules.resolved_block for word in between[-2:]
        ):
            continue
        led_by_pronoun = match[0].split(" ")[0] in rules.self_words | rules.leads
        if led_by_pronoun or all(word in rules.fillers for word in between):
            return True
    return False


def is_hypothetical(span: Span, rules: Assertion) -> bool:
    """Return whether the mention is only supposed, feared or asked about in general."""
    first, _ = _segment(span, rules)
    before = span.words[first : span.start]
    for i, word in enumerate(before):
        if word in rules.conditional:
            between = span.words[first + i + 1 : span.end]
            supposed = any(other in rules.irrealis for other in between)
            if supposed or (word != "when" and not any(other in rules.realis for other in between)):
                return True
    if _asks_in_general(span, rules):
        return True
    text = " ".join(before) + " "
    marker = rules.hypothetical.search(text)
    if marker is None:
        return False
    if marker[0] in _SURELY_SUPPOSED:
        return True
    since = text[marker.end() :] + " ".join(span.words[span.start : span.end])
    return rules.real.search(since) is None


def _asks_in_general(span: Span, rules: Assertion) -> bool:
    """Return whether this is a question about nobody: "Can shingles make you blind?"."""
    upto = span.words[: span.end]
    asks = span.words[0] in rules.asking or bool(rules.modal.intersection(upto))
    if span.words[-1] != "?" or not asks:
        return False
    return not (rules.own.intersection(upto) or rules.pointing.intersection(upto[1:3]))


def subject(span: Span, rules: Assertion, carried: str) -> str:
    """Return whose sign it is: ``self``, the word for a person, or ``animal``.

    Args:
        span: The mention.
        rules: Words of the language.
        carried: Subject of the sentences before, for a mention that names nobody.
    """
    for i in range(span.end - 1, -1, -1):
        found = _subject_at(span.words, i, rules, carried)
        if found:
            return found
    for i in range(span.end, min(span.end + 7, len(span.words))):
        if span.words[i] in rules.people:
            return span.words[i]
    return carried


def _is_own_role(words: tuple[str, ...], i: int, rules: Assertion) -> bool:
    """Return whether somebody says what they are: "I am a transplant patient"."""
    starts = range(max(i - 5, 0), i)
    return any(" ".join(words[k : k + size]) in rules.being for k in starts for size in (1, 2))


def _subject_at(words: tuple[str, ...], i: int, rules: Assertion, carried: str) -> str:
    word = words[i]
    if word in rules.animals and words[max(i - 1, 0)] in rules.owners:
        return "animal"
    if word in rules.people:
        return "self" if _is_own_role(words, i, rules) else word
    if word in rules.pronouns:
        earlier = (w for w in reversed(words[:i]) if w in rules.people or w in rules.animals)
        person = next(earlier, carried if carried != "self" else "someone")
        return "animal" if person in rules.animals else person
    if word in rules.self_words:
        ahead = " ".join(words[i + 1 : i + 4]) + " "
        reports = any(ahead.startswith(phrase + " ") for phrase in rules.report)
        owns_other = i + 1 < len(words) and words[i + 1] in rules.people | rules.animals
        return "" if reports or owns_other else "self"
    return ""
