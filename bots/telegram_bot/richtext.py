"""Formatted text as Telegram counts it: plain characters plus spans, never markup.

A message sent with entities cannot fail to parse, whatever the words are. Telegram measures texts
and entities in UTF-16 code units, so a letter outside the basic plane counts twice.
Source: https://core.telegram.org/api/entities#entity-length
"""

from dataclasses import dataclass
from typing import Literal

from telegram import MessageEntity

Style = Literal["bold", "italic", "code", "blockquote"]
MAX_ENTITIES = 100
"""Telegram ignores entities beyond this number."""


def width(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One style over the characters ``start`` to ``end`` (exclusive; Python indices)."""

    start: int
    end: int
    style: Style


@dataclass(frozen=True, slots=True)
class RichText:
    """A text and its spans, sorted by start."""

    text: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: "RichText") -> "RichText":
        """Join two texts; spans of the second move along."""
        moved = tuple(_moved(span, len(self.text)) for span in other.spans)
        return RichText(self.text + other.text, self.spans + moved)

    def styled(self, style: Style) -> "RichText":
        """Return the same text with one more style over all of it."""
        if not self.text.strip():
            return self
        return RichText(self.text, (Span(start=0, end=len(self.text), style=style), *self.spans))

    def cut(self, start: int, end: int) -> "RichText":
        """Return a part without white space at its ends; spans are cut to fit."""
        raw = self.text[start:end]
        start += len(raw) - len(raw.lstrip())
        text = raw.strip()
        kept = (_clipped(span, start, start + len(text)) for span in self.spans)
        return RichText(text, tuple(span for span in kept if span is not None))

    def entities(self) -> list[MessageEntity]:
        """Return the spans as the Bot API wants them."""
        return [
            MessageEntity(
                type=span.style,
                offset=width(self.text[: span.start]),
                length=width(self.text[span.start : span.end]),
            )
            for span in self.spans[:MAX_ENTITIES]
        ]


def joined(parts: list[RichText], separator: str) -> RichText:
    """Join texts, leaving out empty ones."""
    whole = RichText("")
    for part in parts:
        if not part.text:
            continue
        whole = whole + RichText(separator) + part if whole.text else part
    return whole


def _moved(span: Span, by: int) -> Span:
    return Span(start=span.start + by, end=span.end + by, style=span.style)


def _clipped(span: Span, start: int, end: int) -> Span | None:
    low, high = max(span.start, start), min(span.end, end)
    return Span(start=low - start, end=high - start, style=span.style) if low < high else None
