"""Correct misspelt medical words, and nothing else.

Only a word that no lexicon knows is touched, and only when a vocabulary word sounds the same, or
has the same first letter and is one edit away (two edits for long words). Edits are insertion,
deletion, substitution and the swap of two neighbours (optimal string alignment; Source: Damerau,
1964). Small forms of Spanish words ("manchitas") are led back to the word itself.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_SHORTEST: Final = 5
_LONG: Final = 8
"""Words of this length and more may be two edits away."""


_SMALL = re.compile(r"(?P<stem>[a-z]{3,}?)(?P<link>e?c)?it(?P<ending>[oa]s?)")
_SOUNDS: Final = (
    (re.compile(r"gh(?=t|$)"), ""),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck|q(?:u(?=[ei]))?"), "k"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"c(?!h)"), "k"),
    (re.compile(r"sh|ch"), "x"),
    (re.compile(r"z"), "s"),
    (re.compile(r"ea|ee|ie|ei"), "i"),
    (re.compile(r"ll|y"), "i"),
    (re.compile(r"v"), "b"),
    (re.compile(r"j|g(?=[ei])"), "j"),
    (re.compile(r"(?<=.)h|^h(?=[aeiou])"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"(?<=..)e(?=s?$)|(?<=...)e(?=d$)"), ""),
)
"""Spellings that are read alike in English or Spanish."""


class Speller:
    """Maps misspelt words to the words of a vocabulary."""

    def __init__(self, *, vocabulary: frozenset[str], known: frozenset[str]) -> None:
        """Index the vocabulary by first letter.

        Args:
            vocabulary: Words to correct to.
            known: Real words that are never corrected.
        """
        self._known = known | vocabulary
        self._by_letter: dict[str, list[str]] = {}
        self._by_sound: dict[str, str] = {}
        self._vocabulary = vocabulary
        for word in sorted(vocabulary):
            self._by_letter.setdefault(word[0], []).append(word)
            self._by_sound.setdefault(_sound(word), word)
        self.correct = lru_cache(maxsize=4096)(self._correct)

    def _correct(self, word: str) -> str:
        if not word.isalpha() or word in self._vocabulary:
            return word
        plain = next((form for form in _full_forms(word) if form in self._vocabulary), None)
        if plain is not None or word in self._known:
            return plain or word
        if len(word) >= _SHORTEST - 1 and _sound(word) in self._by_sound:
            return self._by_sound[_sound(word)]
        best, best_edits = word, 3
        for candidate in self._by_letter.get(word[0], ()):
            limit = _allowed(word, candidate)
            if limit and abs(len(candidate) - len(word)) <= limit:
                edits = distance(word, candidate)
                if edits <= limit and edits < best_edits:
                    best, best_edits = candidate, edits
        return best


def _full_forms(word: str) -> Iterator[str]:
    """Yield what a Spanish diminutive may be the small form of: "manchitas" of "manchas"."""
    small = _SMALL.fullmatch(word)
    if small is None:
        return
    stem, ending = small["stem"], small["ending"]
    if stem.endswith("qu"):
        stem = f"{stem[:-2]}c"
    yield stem + ending
    yield stem + ending.replace("o", "e").replace("a", "e")
    yield stem + ("s" if ending.endswith("s") else "")


def _sound(word: str) -> str:
    """Return how a word is read, roughly: the same for "breathe" and "breeth"."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


def _allowed(word: str, candidate: str) -> int:
    if len(word) < _SHORTEST - 1 or len(candidate) < _SHORTEST:
        # Short words are too close to each other; only swapped letters count ("rahs").
        return 1 if sorted(word) == sorted(candidate) else 0
    return 2 if min(len(word), len(candidate)) >= _LONG else 1


def distance(one: str, other: str) -> int:
    """Return the number of edits between two words, a swap of neighbours counting as one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]
