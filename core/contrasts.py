"""Which alternative a condition is shown beside, and what tells the two apart.

The differences are the ontology's own sentences. Each has a part about the condition and a part,
after a semicolon, about its look-alike; each part becomes one numbered difference.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core import condition_words
from core.domain.cases import Assessment
from core.domain.conditions import Condition
from core.domain.contrast import Feature, Mark
from core.ontology import Ontology
from core.words import Words

MOST: Final = 3
"""More arrows than that are not read."""

WORTH_SHOWING: Final = 0.01
"""Least share of a serious alternative that is worth setting beside the leading condition."""

# The first that matches counts: what is plainest to see stands first. English, as the ontology is.
_SEEN_AS: Final[Mapping[Feature, re.Pattern[str]]] = {
    "middle": re.compile(r"\bclearer middle\b"),
    "pale": re.compile(r"\b(silvery|pearly|milk-white|white|paler|shiny|blisters?)\b"),
    "yellow": re.compile(r"\b(honey|yellow|crust(s|ed)?)\b"),
    "several": re.compile(r"\b(separate|several welts|groups|bumps|welts)\b"),
    "edge": re.compile(r"\b(border|edges?|ring)\b"),
    "shape": re.compile(r"\b(shape|asymmetric|uneven)\b"),
    "dark": re.compile(r"\b(brown|black|dark)\b"),
    "red": re.compile(r"\b(red|pink|vessels)\b"),
    "surface": re.compile(r"\b(colou?r|smooth|rough|waxy|stuck on|scal[ey]|scaly|dull|even)\b"),
}
# A word that says that something is missing cannot be pointed at.
_MISSING: Final = re.compile(r"\b(no|without|not)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One numbered difference.

    Attributes:
        mark: Number, picture and feature.
        condition_id: Condition that it is a sign of.
        text: What it is, in the reader's language.
    """

    mark: Mark
    condition_id: str
    text: str


def alternative(ontology: Ontology, assessment: Assessment) -> Condition | None:
    """Return what the leading condition should be seen beside; None when there is nothing.

    The likeliest serious one comes first, because it must not be missed; then the likeliest of the
    leading condition's look-alikes, then simply the runner-up.
    """
    ranked = [ontology.get(one.condition_id) for one in assessment.differential]
    if not ranked:
        return None
    leading, others = ranked[0], [one for one in ranked[1:] if one.drawable]
    shares = {one.condition_id: one.share for one in assessment.differential}
    serious = [one for one in others if one.escalates and shares[one.id] >= WORTH_SHOWING]
    alike = {neighbour.condition_id for neighbour in leading.neighbours}
    similar = [one for one in others if one.id in alike]
    order = [*similar, *others] if leading.escalates else [*serious, *similar, *others]
    return order[0] if order else None


def differences(
    words: Words, locale: str, pair: tuple[Condition, Condition]
) -> tuple[Difference, ...]:
    """Return two or three differences between a left and a right condition; none if none is known.

    Args:
        words: The catalogue.
        locale: Language of the reader.
        pair: The conditions, left and right.
    """
    ahead, back = _parts(words, locale, *pair), _parts(words, locale, pair[1], pair[0])
    # Own sentences first: a condition's own entry describes it better than its look-alike's.
    told = [(0, ahead[:1]), (1, back[:1] or ahead[1:2]), (0, back[1:2] if not ahead else [])]
    told += [(1, ahead[1:2] if back else [])]
    found: list[Difference] = []
    for place, part in told:
        for text, feature in part:
            if not _known(found, place, feature) and len(found) < MOST:
                found.append(_difference(len(found) + 1, place, pair, text, feature))
    return tuple(found)


def _difference(
    number: int, place: int, pair: Sequence[Condition], text: str, feature: Feature | None
) -> Difference:
    mark = Mark(number=number, picture=1 if place else 0, feature=feature)
    return Difference(mark=mark, condition_id=pair[place].id, text=text)


def _known(found: Sequence[Difference], place: int, feature: Feature | None) -> bool:
    """Return whether an arrow of that kind points into that picture already."""
    return any((one.mark.picture, one.mark.feature) == (place, feature) for one in found)


def _parts(
    words: Words, locale: str, condition: Condition, other: Condition
) -> list[tuple[str, Feature | None]]:
    """Return what an entry says of a condition and of its look-alike, with what to point at."""
    english = next(
        (one.tells_apart for one in condition.neighbours if one.condition_id == other.id), ""
    )
    text = condition_words.tells_apart(words, locale, condition, other.id)
    if not english or text is None:
        return []
    signs = [feature_of(part) for part in _split(english)]
    texts = _split(text)
    # A translation that is divided otherwise is kept whole, under the first sign.
    return list(zip(texts, signs, strict=True)) if len(texts) == len(signs) else [(text, signs[0])]


def feature_of(sentence: str) -> Feature | None:
    """Return what of an English sentence can be seen in a picture; None for nothing."""
    plain = sentence.lower()
    for feature, pattern in _SEEN_AS.items():
        match = pattern.search(plain)
        if match and not _MISSING.search(plain[max(0, match.start() - 12) : match.start()]):
            return feature
    return None


def _split(sentence: str) -> list[str]:
    parts = [part.strip().rstrip(".") for part in sentence.split(";")]
    return [f"{part[0].upper()}{part[1:]}." for part in parts if part]
