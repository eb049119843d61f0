"""Cuts long texts into messages, at the best place there is, and loses nothing but white space."""

import re
from typing import Final

from bots.telegram_bot.richtext import MAX_ENTITIES, RichText, width

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
"""Source: https://core.telegram.org/bots/api#sendmessage and #sendphoto."""

_ENDS: Final = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?…。！？][\"'”’»)\]]*\s+|[。！？]"),
    re.compile(r"\s+"),
)
"""Where to cut, best first: paragraphs, lines, sentences, words."""

_JOINERS: Final = "\u200d\ufe0f"


def pages(text: RichText, limit: int = TEXT_LIMIT) -> tuple[RichText, ...]:
    """Split into pages of at most ``limit`` UTF-16 code units; empty pages are left out."""
    found: list[RichText] = []
    start = 0
    while start < len(text.text):
        end = _end_of_page(text, start, limit)
        page = text.cut(start, end)
        if page.text:
            found.append(page)
        start = end
    return tuple(found)


def _end_of_page(text: RichText, start: int, limit: int) -> int:
    hard = _fitting(text, start, limit)
    if hard == len(text.text):
        return hard
    piece = text.text[start:hard]
    # A page is worth a better cut only if it stays reasonably full.
    for pattern, least in zip(_ENDS, (0.5, 0.5, 0.25, 0.0), strict=True):
        ends = [match.end() for match in pattern.finditer(piece)]
        if ends and ends[-1] > least * len(piece):
            return start + ends[-1]
    return start + _whole_characters(text.text, start, hard)


def _fitting(text: RichText, start: int, limit: int) -> int:
    """Return the largest end so that the page fits in units and in entities."""
    used, end = 0, start
    while end < len(text.text) and used + width(text.text[end]) <= limit:
        used += width(text.text[end])
        end += 1
    shown = [span.start for span in text.spans if span.end > start and span.start < end]
    return end if len(shown) <= MAX_ENTITIES else max(shown[MAX_ENTITIES], start + 1)


def _whole_characters(text: str, start: int, hard: int) -> int:
    """Step back from the middle of an emoji sequence, unless all of the page is one."""
    end = hard
    while end > start and (text[end] in _JOINERS or text[end - 1] in _JOINERS):
        end -= 1
    return (end if end > start else hard) - start
