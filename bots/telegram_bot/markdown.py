"""Turns the little Markdown that language models write into spans; what is not well formed stays.

Understood: ``**bold**``, ``*italic*``, ``_italic_``, ```code```, headings and list bullets.
"""

import re
from typing import Final

from bots.telegram_bot.richtext import RichText, Span, Style

_MARKS: Final = re.compile(
    r"\*\*(?=\S)(?P<bold>[^*\n]+?)(?<=\S)\*\*"
    r"|(?<![\w*])\*(?=\S)(?P<star>[^*\n]+?)(?<=\S)\*(?![\w*])"
    r"|(?<![\w_])_(?=\S)(?P<under>[^_\n]+?)(?<=\S)_(?![\w_])"
    r"|`(?P<code>[^`\n]+)`"
)
_STYLES: Final[dict[str, Style]] = {
    "bold": "bold",
    "star": "italic",
    "under": "italic",
    "code": "code",
}
_HEADING: Final = re.compile(r"^#{1,6}\s+(?P<title>.*\S)\s*$")
_BULLET: Final = re.compile(r"^(?P<indent>\s*)[-*+]\s+(?=\S)")


def rich(text: str) -> RichText:
    """Return the text with its marks replaced by spans. Never fails."""
    whole = RichText("")
    for number, line in enumerate(text.split("\n")):
        whole = whole + RichText("\n") + _line(line) if number else _line(line)
    return whole


def _line(line: str) -> RichText:
    if heading := _HEADING.match(line):
        return RichText(_inline(heading["title"]).text).styled("bold")
    return _inline(_BULLET.sub(lambda bullet: f"{bullet['indent']}• ", line))


def _inline(line: str) -> RichText:
    plain, spans, position = "", [], 0
    for mark in _MARKS.finditer(line):
        plain += line[position : mark.start()]
        kind = mark.lastgroup or ""
        inner = mark[kind]
        spans.append(Span(start=len(plain), end=len(plain) + len(inner), style=_STYLES[kind]))
        plain += inner
        position = mark.end()
    return RichText(plain + line[position:], tuple(spans))
