"""Lays a `Reply` out as Telegram messages. Pure: sends nothing, knows no chat.

A plan is a row of parts. *Carriers* are single messages, text or one file; each begins its life as
a short text that is edited into shape, so that repeating any step changes nothing. *Albums* are the
one thing that Telegram cannot edit into being.
"""

from dataclasses import dataclass
from typing import Final, assert_never

from bots.telegram_bot.markdown import rich
from bots.telegram_bot.richtext import RichText, joined
from bots.telegram_bot.splitting import CAPTION_LIMIT, pages
from core.domain.replies import (
    Download,
    Gallery,
    Heading,
    Level,
    NextStep,
    Paragraph,
    Picture,
    Possibility,
    Ranking,
    Reply,
)

MAX_ALBUM: Final = 10
"""Source: https://core.telegram.org/bots/api#sendmediagroup, which takes 2 to 10 items."""

_SIGNS: Final[dict[Level, str]] = {"emergency": "🚨 ", "today": "⚠️ ", "soon": "", "routine": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One message: a text, or one file with a caption of at most 1,024 units.

    Attributes:
        text: Text or caption.
        file: The file; None for a text.
    """

    text: RichText
    file: Picture | Download | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """Two to ten pictures in one bubble, each with its caption of at most 1,024 units."""

    pictures: tuple[Picture, ...]
    captions: tuple[RichText, ...]


Part = Carrier | Album


def plan(reply: Reply, *, placed: bool = False) -> tuple[Part, ...]:
    """Lay out a reply.

    Args:
        reply: What to show; without any block the plan is empty.
        placed: True when a placeholder stands already, which then must carry something.
    """
    parts: list[Part] = []
    words: list[RichText] = []
    for block in reply.blocks:
        if isinstance(block, Gallery | Download):
            parts += _texts(words) + _files(block)
            words = []
        else:
            words.append(_words(block))
    parts += _texts(words)
    lonely = not any(isinstance(part, Carrier) for part in parts)
    if parts and lonely and (placed or reply.buttons):
        parts += _texts([_captions(parts)])
    return tuple(parts)


def _texts(words: list[RichText]) -> list[Part]:
    return [Carrier(text=page) for page in pages(joined(words, "\n\n"))]


def _files(block: Gallery | Download) -> list[Part]:
    if isinstance(block, Download):
        return _file(block)
    parts: list[Part] = []
    for start in range(0, len(block.pictures), MAX_ALBUM):
        group = block.pictures[start : start + MAX_ALBUM]
        parts += _album(group) if len(group) > 1 else _file(group[0])
    return parts


def _album(pictures: tuple[Picture, ...]) -> list[Part]:
    whole = [pages(RichText(p.caption), CAPTION_LIMIT) or (RichText(""),) for p in pictures]
    rest = [page for caption in whole for page in caption[1:]]
    return [Album(pictures=pictures, captions=tuple(c[0] for c in whole)), *_texts(rest)]


def _file(file: Picture | Download) -> list[Part]:
    """Return the file with as much of its caption as fits, and the rest as texts below it."""
    first, *rest = pages(rich(file.caption), CAPTION_LIMIT) or (RichText(""),)
    return [Carrier(text=first, file=file), *_texts(list(rest))]


def _captions(parts: list[Part]) -> RichText:
    pictures = [picture for part in parts if isinstance(part, Album) for picture in part.pictures]
    lines = [f"{number}. {picture.caption}" for number, picture in enumerate(pictures, 1)]
    return RichText("\n".join(lines))


def _words(block: Heading | Paragraph | Ranking | NextStep) -> RichText:
    match block:
        case Heading():
            return RichText(block.text.strip()).styled("bold")
        case Paragraph(quiet=True):
            return rich(block.text).styled("italic")
        case Paragraph():
            return rich(block.text)
        case Ranking():
            rows = enumerate(block.possibilities, 1)
            return joined([_possibility(number, row) for number, row in rows], "\n")
        case NextStep():
            return _next_step(block)
        case _:
            assert_never(block)


def _possibility(number: int, row: Possibility) -> RichText:
    other = row.medical_name if row.medical_name.casefold() != row.lay_name.casefold() else ""
    name = RichText(f"{number}. ") + RichText(row.lay_name).styled("bold")
    name = name + RichText(f" ({other})" if other else "")
    return joined([name + RichText(f": {row.words}"), RichText(row.about)], "\n")


def _next_step(block: NextStep) -> RichText:
    title = RichText(_SIGNS[block.level] + block.title).styled("bold")
    reasons = "\n".join(f"• {reason}" for reason in block.reasons)
    return joined([title, rich(block.text), RichText(reasons)], "\n").styled("blockquote")
