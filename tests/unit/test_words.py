"""The catalogue: every sentence, in every language, with the same arguments."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from core.words import CatalogueInvalid, MessageMissing, Words

LOCALES = Path(__file__).parents[2] / "config" / "locales"


class _Variables(Visitor):  # type: ignore[misc]
    """Collects the names of the variables of a message."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802
        self.names.add(node.id.name)


def _messages(locale: str) -> Iterator[tuple[str, frozenset[str]]]:
    for path in sorted((LOCALES / locale).glob("*.ftl")):
        for entry in FluentParser().parse(path.read_text(encoding="utf-8")).body:
            if isinstance(entry, ast.Message):
                variables = _Variables()
                variables.visit(entry)
                yield entry.id.name, frozenset(variables.names)


@pytest.fixture(scope="module")
def words() -> Words:
    """Return the catalogue of the project."""
    return Words(LOCALES)


def test_every_language_has_every_sentence_with_the_same_arguments(words: Words) -> None:
    """What English says, every language says, with the same placeables."""
    english = dict(_messages("en"))
    for locale in words.locales():
        other = dict(_messages(locale))
        assert english.keys() - other.keys() == set(), locale
        assert {key: other[key] for key in english} == english, locale


def test_no_key_is_defined_twice(words: Words) -> None:
    """A key belongs to one file; a second definition would be ignored in silence."""
    for locale in words.locales():
        keys = [key for key, _ in _messages(locale)]
        assert len(keys) == len(set(keys)), locale


def test_every_sentence_can_be_said(words: Words) -> None:
    """With a value for each argument every message formats, in every language."""
    for locale in words.locales():
        for key, names in _messages(locale):
            for value in (0, 1, 7):
                said = words.text(locale, key, **dict.fromkeys(names, value))
                assert said.strip(), key
                assert "{" not in said, key


def test_numbers_choose_the_plural(words: Words) -> None:
    """One day is not "1 days"."""
    assert "for 1 day and" in words.text("en", "consent-data", days=1)
    assert "for 30 days and" in words.text("en", "consent-data", days=30)
    assert "durante 1 día y" in words.text("es", "consent-data", days=1)


def test_an_unknown_language_reads_english(words: Words) -> None:
    """A language that is not in the catalogue falls back, key by key."""
    assert words.text("xx", "thinking") == words.text("en", "thinking")


def test_a_missing_key_falls_back_to_english(tmp_path: Path) -> None:
    """A half-translated language still answers."""
    for locale, content in (("en", "a = one\nb = two\n"), ("xx", "a = uno\n")):
        (tmp_path / locale).mkdir()
        (tmp_path / locale / "all.ftl").write_text(content, encoding="utf-8")
    words = Words(tmp_path)
    assert words.locales() == ("en", "xx")
    assert (words.text("xx", "a"), words.text("xx", "b")) == ("uno", "two")


def test_a_key_that_nobody_has_is_an_error(words: Words) -> None:
    """A typo in a key is found at once, not sent to a person."""
    with pytest.raises(MessageMissing, match="no-such-key"):
        words.text("en", "no-such-key")


def test_a_missing_argument_is_an_error(words: Words) -> None:
    """A sentence never shows the name of a variable instead of its value."""
    with pytest.raises(MessageMissing, match="consent-data"):
        words.text("en", "consent-data")


def test_a_clinician_reads_the_clinical_words(words: Words) -> None:
    """The clinical register replaces a sentence where there is one and keeps it elsewhere."""
    assert words.text("en", "answer-see", register="clinician") == "Findings"
    assert words.text("es", "answer-see", register="clinician") == "Hallazgos"
    assert words.text("en", "thinking", register="clinician") == words.text("en", "thinking")


def test_a_platform_language_tag_is_matched(words: Words) -> None:
    """The tag es-MX reads Spanish; a language nobody translated reads English."""
    assert [words.match(tag) for tag in ("es-MX", "ES_ar", "pt-BR", "", None)] == [
        "es",
        "es",
        "en",
        "en",
        "en",
    ]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """A sentence that Fluent cannot read stops the start, with file and place."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "chat.ftl").write_text("good = yes\nbad = { $x\n", encoding="utf-8")
    with pytest.raises(CatalogueInvalid, match=r"en/chat\.ftl.*bad"):
        Words(tmp_path).text("en", "good")


def test_sentences_are_plain_and_short(words: Words) -> None:
    """No sentence shouts, blinks or runs on: under 30 words, no emoji, no double exclamation."""
    for locale in words.locales():
        for key, names in _messages(locale):
            said = words.text(locale, key, **dict.fromkeys(names, 2))
            assert all(ord(letter) < 0x2600 for letter in said), key
            assert "!!" not in said, key
            sentences = said.replace("?", ".").replace(":", ".").replace(";", ".").split(".")
            assert max(len(sentence.split()) for sentence in sentences) <= 32, key
