"""The words of each language: patterns for signs, and words that deny, date or suppose.

One TOML file per language lies beside this module; its form is explained at the top of ``en.toml``.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

LANGUAGES: Final = ("en", "es")

_GAP = re.compile(r"~(\d+) ")
_EITHER_WAY = re.compile(r"(?P<one>.+) ~(?P<gap>\d+)~ (?P<other>.+)")
_LONG_GAP: Final = 5
"""From this length on a gap may cross a comma: the two ends are then far apart anyway."""
_WORD = re.compile(r"<([a-z]+)>")
_BREAKS: Final = r"(?!(?:but|however|although|except|pero|aunque|sino|salvo) )"
_PHRASES: Final = frozenset({"after_no", "after_yes", "past", "resolved", "hypothetical", "real"})
_ORDERED: Final = frozenset({"pseudo", "report"})
_DENIES = re.compile(r"\b(?:not|no|never|without|non|un|ni|nunca|sin|stopped|fail|fails)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignPattern:
    """One way to say one sign.

    Attributes:
        sign: Name of the sign.
        say: Matches a mention in a folded sentence.
        unless: Drops the mention when it is found anywhere in the sentence, or None.
        denies_itself: True where the wording holds its own "not" ("can not breathe").
    """

    sign: str
    say: re.Pattern[str]
    unless: re.Pattern[str] | None
    denies_itself: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """Words of one language that deny, date, suppose or say who it is about."""

    negators: frozenset[str]
    pseudo: tuple[str, ...]
    carry: frozenset[str]
    believe: frozenset[str]
    stop: frozenset[str]
    open: frozenset[str]
    both: frozenset[str]
    either: frozenset[str]
    after_no: re.Pattern[str]
    after_yes: re.Pattern[str]
    past: re.Pattern[str]
    onset: frozenset[str]
    present_verbs: frozenset[str]
    past_verbs: frozenset[str]
    resolved: re.Pattern[str]
    resolved_block: frozenset[str]
    hypothetical: re.Pattern[str]
    conditional: frozenset[str]
    irrealis: frozenset[str]
    self_words: frozenset[str]
    report: tuple[str, ...]
    being: frozenset[str]
    people: frozenset[str]
    pronouns: frozenset[str]
    animals: frozenset[str]
    function: frozenset[str]
    segment: frozenset[str]
    fillers: frozenset[str]
    leads: frozenset[str]
    realis: frozenset[str]
    real: re.Pattern[str]
    nobody: frozenset[str]
    asking: frozenset[str]
    own: frozenset[str]
    modal: frozenset[str]
    pointing: frozenset[str]
    owners: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Everything known of one language."""

    language: str
    signs: tuple[SignPattern, ...]
    refusals: tuple[SignPattern, ...]
    drawable: re.Pattern[str]
    drawn: re.Pattern[str]
    assertion: Assertion
    fold: Mapping[str, str]
    vocabulary: frozenset[str]
    known: frozenset[str]


@cache
def lexicons() -> tuple[Lexicon, ...]:
    """Return the lexicon of every language, read once."""
    return tuple(_read(language) for language in LANGUAGES)


def bounded(pattern: str) -> re.Pattern[str]:
    """Compile a pattern so that it matches whole words of a folded sentence."""
    return re.compile(rf"(?<![^ ])(?:{pattern})(?![^ ])")


def _read(language: str) -> Lexicon:
    text = files("core.signs").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    parsed = tomllib.loads(text)
    return Lexicon(
        language=language,
        signs=tuple(_patterns(parsed["signs"], parsed["words"])),
        refusals=tuple(_patterns(parsed["refusals"], parsed["words"])),
        drawable=bounded(_expand("<pictureword>", parsed["words"])),
        drawn=bounded(_expand("(?:<draw>)", parsed["words"])),
        assertion=_assertion(parsed["assertion"]),
        fold=parsed["fold"],
        vocabulary=frozenset(parsed["spelling"]["vocabulary"]),
        known=frozenset(re.findall(r"[a-z]{4,}", text)) | frozenset(parsed["spelling"]["real"]),
    )


def _patterns(signs: Mapping[str, Any], words: Mapping[str, str]) -> list[SignPattern]:
    found = []
    for sign, entry in signs.items():
        unless = entry.get("unless")
        block = bounded("|".join(_expand(one, words) for one in unless)) if unless else None
        found += [
            SignPattern(
                sign=sign,
                say=bounded(_expand(one, words)),
                unless=block,
                denies_itself=bool(_DENIES.search(one.replace("<hard>", ""))),
            )
            for one in entry["say"]
        ]
    return found


def _expand(pattern: str, words: Mapping[str, str]) -> str:
    def gap(match: re.Match[str]) -> str:
        limit = int(match[1])
        other = "[^ |]+" if limit >= _LONG_GAP else "[^ |,]+"
        return rf"(?:{_BREAKS}{other} ){{0,{limit}}}"

    either = _EITHER_WAY.fullmatch(pattern)
    if either:
        one, limit, other = either["one"], either["gap"], either["other"]
        pattern = f"(?:{one}) ~{limit} (?:{other})|(?:{other}) ~{limit} (?:{one})"
    while _WORD.search(pattern):
        pattern = _WORD.sub(lambda match: words[match[1]], pattern)
    return _GAP.sub(gap, pattern)


def _assertion(entry: Mapping[str, Any]) -> Assertion:
    renamed = {"and": "both", "or": "either", "self": "self_words"}
    read = {renamed.get(key, key): value for key, value in entry.items()}
    fields = {
        name: bounded("|".join(_expand(phrase, {}) for phrase in value))
        if name in _PHRASES
        else tuple(value)
        if name in _ORDERED
        else frozenset(value)
        for name, value in read.items()
    }
    return Assertion(**cast("Any", fields))
