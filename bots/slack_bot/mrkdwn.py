"""Slack's text format: escaping, reading and splitting."""

import re
from typing import Final

_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LINK: Final = re.compile(r"<(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
_BREAKS: Final = ("\n\n", "\n", ". ", " ")


def escape(text: str) -> str:
    """Escape the three characters that Slack reads as control characters.

    Source: docs.slack.dev, "Formatting message text": only ``&``, ``<`` and ``>`` are escaped.
    """
    for char, code in _ESCAPES.items():  # The ampersand comes first.
        text = text.replace(char, code)
    return text


def plain(text: str, *, bot_user: str) -> str:
    """Turn what a person wrote in Slack into plain words.

    Mentions of the bot vanish, those of others become ``@`` without a name, links become their
    labels.
    """

    def read(match: re.Match[str]) -> str:
        target, label = match["target"], match["label"]
        if target.startswith("@"):
            return "" if target == f"@{bot_user}" else "@"
        return label or target.removeprefix("mailto:").lstrip("#!")

    return unescape(_LINK.sub(read, text)).strip()


def unescape(text: str) -> str:
    """Undo `escape`."""
    for char, code in reversed(_ESCAPES.items()):
        text = text.replace(code, char)
    return text


def split(text: str, limit: int) -> list[str]:
    """Cut escaped text into pieces of at most ``limit`` characters, where a reader would pause.

    Takes raw text and returns escaped pieces, so that no piece ends inside ``&amp;``.
    """
    pieces, rest = [], text.strip()
    if rest and len(whole := escape(rest)) <= limit:
        return [whole]
    while rest:
        head = _head(rest, limit)
        pieces.append(escape(head.strip()))
        rest = rest[len(head) :].lstrip()
    return pieces


def _head(text: str, limit: int) -> str:
    size = end = 0
    while end < len(text) and size + len(_ESCAPES.get(text[end], " ")) <= limit:
        size += len(_ESCAPES.get(text[end], " "))
        end += 1
    if end == len(text):
        return text
    for mark in _BREAKS:
        cut = text.rfind(mark, end // 2, end)
        if cut > 0:
            return text[: cut + len(mark)]
    return text[:end]
