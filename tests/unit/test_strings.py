"""No sentence for people is written in code: all of them come from the catalogue."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN = {
    "Paragraph": {"text"},
    "Heading": {"text"},
    "Button": {"label"},
    "NextStep": {"title", "text", "reasons"},
    "Picture": {"caption", "alt"},
    "Download": {"caption"},
    "Possibility": {"words", "about"},
}
"""Fields of replies that a person reads."""

FOLDERS = ("core", "bots", "workers")


def _words(node: ast.expr) -> Iterator[str]:
    """Yield literal text inside an expression, without the keys given to the catalogue."""
    if isinstance(node, ast.Call):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _words(child)


def _literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        for keyword in node.keywords:
            if keyword.arg in SHOWN.get(node.func.id, set()):
                for text in _words(keyword.value):
                    if any(character.isalpha() for character in text):
                        yield node.lineno, text


def test_replies_hold_no_literal_words() -> None:
    """What a reply shows is made of catalogue sentences, names of the ontology and data."""
    found = [
        (str(path.relative_to(ROOT)), *literal)
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for literal in _literals(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert found == []


def test_the_search_finds_a_literal() -> None:
    """The check itself can fail."""
    tree = ast.parse("Paragraph(text=f'Hello {name}')\nButton(label='Go' if x else y)")

    assert [text for _, text in _literals(tree)] == ["Hello ", "Go"]
