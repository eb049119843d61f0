"""Draws the blocks of a `Reply` in Block Kit, within Slack's limits.

Knows no network. Each kind of block has a rich form and a plain one, for workspaces whose Slack
refuses a newer block; `pages` puts the result on as many messages as the limits ask for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, assert_never

from bots.slack_bot import buttons, mrkdwn
from core.domain.messages import BlobKey
from core.domain.replies import (
    Block,
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

SECTION_LIMIT: Final = 3000
"""Source: docs.slack.dev, section and context blocks: text of at most 3,000 characters."""
HEADER_LIMIT: Final = 150
ALT_LIMIT: Final = 2000
TEXT_LIMIT: Final = 4000
"""Source: docs.slack.dev, chat.postMessage: text beyond 4,000 characters is cut or refused."""
BLOCKS_LIMIT: Final = 50
MESSAGE_LIMIT: Final = 12_000
"""Characters in all blocks of one message; Slack refuses more than about 13,000."""

_NOTHING: Final = "–"
_ALERTS: Final[dict[Level, str]] = {
    "emergency": "error",
    "today": "warning",
    "soon": "warning",
    "routine": "info",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The content of one Slack message.

    Attributes:
        text: What notifications and screen readers say; all there is when ``blocks`` is empty.
        blocks: Block Kit, at most 50.
    """

    text: str
    blocks: list[dict[str, Any]]


def pages(
    reply: Reply, files: Mapping[BlobKey, str], *, thread: str, rich: bool = True
) -> list[Page]:
    """Draw a reply, without its downloads.

    Args:
        reply: What to show.
        files: Slack's file id of each picture; a picture without one is shown as its caption.
        thread: Where the buttons belong.
        rich: False to use only sections, images and actions.

    Returns:
        At least one page; the buttons are on the last one.
    """
    drawn = [piece for block in reply.blocks for piece in _draw(block, files, rich=rich)]
    stacks = _stack(drawn + buttons.rows(reply.buttons, thread))
    text = spoken(reply.blocks)
    return [Page(text=text if not n else "…", blocks=stack) for n, stack in enumerate(stacks)]


def spoken(blocks: Iterable[Block], limit: int = TEXT_LIMIT) -> str:
    """Say blocks in words alone, escaped; never empty."""
    pieces = mrkdwn.split(words(blocks), limit - 1)
    return pieces[0] + ("…" if len(pieces) > 1 else "") if pieces else "…"


def words(blocks: Iterable[Block]) -> str:
    """Say blocks in words alone, raw and as long as they are."""
    return "\n".join(line for block in blocks for line in _lines(block))


def live(text: str, row: Sequence[dict[str, Any]]) -> Page:
    """Draw an answer in the making: its end, when it is too long for one message."""
    pieces = _sections(text)[-3:]
    return Page(text="…", blocks=[*pieces, *row])


def _draw(block: Block, files: Mapping[BlobKey, str], *, rich: bool) -> list[dict[str, Any]]:
    match block:
        case Heading():
            return [_heading(block.text)]
        case Paragraph():
            return _small(block.text) if block.quiet else _sections(block.text)
        case Ranking():
            return _ranking(block, rich=rich)
        case NextStep():
            return _next_step(block, rich=rich)
        case Gallery():
            return [_picture(picture, files) for picture in block.pictures]
        case Download():
            return []
        case _:
            assert_never(block)


def _heading(text: str) -> dict[str, Any]:
    return {"type": "header", "text": _plain(text, HEADER_LIMIT)}


def _plain(text: str, limit: int) -> dict[str, Any]:
    text = text.strip() or _NOTHING
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return {"type": "plain_text", "text": short, "emoji": False}


def _escaped(text: str, limit: int = SECTION_LIMIT) -> str:
    """Return the first piece of a text; Slack takes no empty ones."""
    return next(iter(mrkdwn.split(text, limit)), _NOTHING)


def _section(piece: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": piece, "verbatim": True}}


def _sections(text: str) -> list[dict[str, Any]]:
    return [_section(piece) for piece in mrkdwn.split(text, SECTION_LIMIT)]


def _small(text: str) -> list[dict[str, Any]]:
    return [_context(piece) for piece in mrkdwn.split(text, SECTION_LIMIT)]


def _context(piece: str) -> dict[str, Any]:
    element = {"type": "mrkdwn", "text": piece, "verbatim": True}
    return {"type": "context", "elements": [element]}


def _ranking(block: Ranking, *, rich: bool) -> list[dict[str, Any]]:
    if not rich:
        return _sections("\n".join(_lines(block)))
    rows = [
        [
            _cell(f"{n}. {p.lay_name}"),
            _cell(p.medical_name),
            _cell(p.words or f"{p.likelihood:.0%}"),
        ]
        for n, p in enumerate(block.possibilities, start=1)
    ]
    about = [f"{p.lay_name}: {p.about}" for p in block.possibilities if p.about]
    return [{"type": "table", "rows": rows}, *_sections("\n".join(about))] if rows else []


def _cell(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text.strip() or _NOTHING}


def _likely(possibility: Possibility) -> str:
    return possibility.words or f"{possibility.likelihood:.0%}"


def _next_step(block: NextStep, *, rich: bool) -> list[dict[str, Any]]:
    title = _bold(block.title)
    below = "\n".join([block.text, *(f"• {reason}" for reason in block.reasons)])
    if not rich:
        return [_section(title), *_sections(below)]
    text = {"type": "mrkdwn", "text": title}
    return [{"type": "alert", "level": _ALERTS[block.level], "text": text}, *_sections(below)]


def _bold(text: str) -> str:
    return f"*{_escaped(text.replace('*', '∗'), HEADER_LIMIT)}*"


def _picture(picture: Picture, files: Mapping[BlobKey, str]) -> dict[str, Any]:
    file_id = files.get(picture.blob)
    if not file_id:
        return _context(_escaped(picture.caption.strip() or picture.alt))
    title = _plain(picture.caption, ALT_LIMIT)
    return {
        "type": "image",
        "slack_file": {"id": file_id},
        "alt_text": _plain(picture.alt.strip() or picture.caption, ALT_LIMIT)["text"],
        **({"title": title} if picture.caption.strip() else {}),
    }


def _lines(block: Block) -> list[str]:
    match block:
        case Heading() | Paragraph():
            return [block.text]
        case Ranking():
            return [
                f"{n}. {p.lay_name} ({p.medical_name}): {_likely(p)}"
                + (f"\n{p.about}" if p.about else "")
                for n, p in enumerate(block.possibilities, start=1)
            ]
        case NextStep():
            return [block.title, block.text, *(f"• {reason}" for reason in block.reasons)]
        case Gallery():
            return [picture.caption or picture.alt for picture in block.pictures]
        case Download():
            return [block.caption]
        case _:
            assert_never(block)


def _stack(drawn: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Fill messages block by block; a table may stand only once in each."""
    stacks: list[list[dict[str, Any]]] = [[]]
    room = MESSAGE_LIMIT
    for block in drawn:
        size = sum(map(len, _texts(block)))
        tables = block["type"] == "table" and any(b["type"] == "table" for b in stacks[-1])
        if stacks[-1] and (len(stacks[-1]) >= BLOCKS_LIMIT or size > room or tables):
            stacks.append([])
            room = MESSAGE_LIMIT
        stacks[-1].append(block)
        room -= size
    return stacks


def _texts(value: Any) -> Iterable[str]:  # any JSON
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from [inner] if key == "text" and isinstance(inner, str) else _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
