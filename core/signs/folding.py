"""Fold a message to plain words: lower case, no accents, no contractions, few misspellings.

A folded turn is a tuple of sentences; a sentence is words and commas joined by single spaces, with
a ``?`` at its end where it asks.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from core.signs.lexicon import Lexicon, bounded, lexicons
from core.signs.spelling import Speller

_CONTRACTIONS: Final = (
    (re.compile(r"\bcan'?t\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bain't\b"), "is not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"\b(he|she|it|that|there|what|who|here|where)'s\b"), r"\1 is"),
    (re.compile(r"'s\b"), ""),
)
_LONGEST_WORDS: Final = 80
_OVERLAP_WORDS: Final = 20
_DECIMAL_COMMA = re.compile(r"(\d),(\d)")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_SPACED_DASH = re.compile(r"\s+[-–—]+\s+|—")
_TOKEN = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?|[.!?;\n]+|[,:()]")
_SENTENCE_END = re.compile(r"[.!;\n]")


def fold(text: str, locale: str = "en") -> tuple[str, ...]:
    """Return the folded sentences of a message.

    Args:
        text: As typed, in any case, of any length.
        locale: Language of the user, for texts that could be either language.

    Returns:
        Sentences such as ``"i can not breathe , my lips are swollen"``.
    """
    tokens = _unfold(" ".join(_tokens(_plain(text))))
    spellers = _spellers(language_of(tokens.split(" "), locale))
    sentences = (part.strip(" ,:") for part in tokens.split("|"))
    pieces = (piece for sentence in sentences if sentence for piece in _pieces(sentence))
    return tuple(_correct(piece, spellers) for piece in pieces)


def language_of(words: Sequence[str], locale: str) -> str:
    """Return the language with most words of its own; the user's own wins a tie."""

    def weight(lexicon: Lexicon) -> tuple[int, bool, bool]:
        own = lexicon.assertion.function | lexicon.vocabulary
        hits = sum(word in own for word in words)
        return hits, lexicon.language == locale, lexicon.language == "en"

    return max(lexicons(), key=weight).language


def spoken_in(words: Sequence[str]) -> tuple[Lexicon, ...]:
    """Return the lexicons of the languages that a sentence may be in: all where nothing tells."""
    spoken = tuple(lexicon for lexicon, own in _own_words() if not own.isdisjoint(words))
    return spoken or lexicons()


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = folded.replace("’", "'").replace("‘", "'").replace("`", "'").replace("´", "'")
    folded = unicodedata.normalize("NFD", folded)
    folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    for pattern, plain in _CONTRACTIONS:
        folded = pattern.sub(plain, folded)
    folded = _SPACED_DASH.sub(" , ", folded)
    return _REPEATED.sub(r"\1\1", _DECIMAL_COMMA.sub(r"\1.\2", folded))


def _tokens(plain: str) -> list[str]:
    tokens = []
    for piece in _TOKEN.findall(plain):
        if "?" in piece:
            tokens += ["?", "|"]
        elif _SENTENCE_END.fullmatch(piece[0]):
            tokens.append("|")
        else:
            tokens.append("," if piece in "()" else piece)
    return tokens


def _pieces(sentence: str) -> list[str]:
    """Cut an endless sentence: time grows with the square of its length, meaning does not."""
    words = sentence.split(" ")
    if len(words) <= _LONGEST_WORDS:
        return [sentence]
    step = _LONGEST_WORDS - _OVERLAP_WORDS
    starts = range(0, len(words) - _OVERLAP_WORDS, step)
    return [" ".join(words[start : start + _LONGEST_WORDS]) for start in starts]


def _correct(sentence: str, spellers: tuple[Speller, ...]) -> str:
    words = sentence.split(" ")
    for speller in spellers:
        words = [speller.correct(word) for word in words]
    return _unfold(" ".join(words))


def _unfold(sentence: str) -> str:
    pattern, table = _folds()
    return pattern.sub(lambda match: table[match[0]], sentence)


@cache
def _own_words() -> tuple[tuple[Lexicon, frozenset[str]], ...]:
    """Return, for each language, the words that none of the others has."""
    words = {lexicon.language: _words(lexicon) for lexicon in lexicons()}
    return tuple(
        (one, words[one.language].difference(*(w for k, w in words.items() if k != one.language)))
        for one in lexicons()
    )


def _words(lexicon: Lexicon) -> frozenset[str]:
    rules = lexicon.assertion
    small = rules.function | rules.self_words | rules.negators | rules.carry | rules.open
    return small | rules.stop | rules.people | lexicon.vocabulary | lexicon.known


@cache
def _folds() -> tuple[re.Pattern[str], Mapping[str, str]]:
    table = {key: value for lexicon in lexicons() for key, value in lexicon.fold.items()}
    longest_first = sorted(table, key=len, reverse=True)
    return bounded("|".join(map(re.escape, longest_first))), table


@cache
def _spellers(language: str) -> tuple[Speller, ...]:
    """Return one speller per language, that of the text first: it gets the first say."""
    known = frozenset().union(
        *(lexicon.known | lexicon.vocabulary for lexicon in lexicons()),
    )
    own_first = sorted(lexicons(), key=lambda lexicon: lexicon.language != language)
    return tuple(Speller(vocabulary=lexicon.vocabulary, known=known) for lexicon in own_first)
