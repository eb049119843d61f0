"""Blocks as terminal text."""

import math
import textwrap
from collections.abc import Sequence
from typing import Final, assert_never

from core.domain.replies import (
    Block,
    Button,
    Download,
    Gallery,
    Heading,
    NextStep,
    Paragraph,
    Possibility,
    Ranking,
)

WIDTH: Final = 88
BAR: Final = 20
MARKS: Final = {"emergency": "!!!", "today": "!! ", "soon": "!  ", "routine": "   "}


def lines_of(blocks: Sequence[Block], *, without: str = "") -> list[str]:
    """Return blocks as lines.

    Args:
        blocks: What to show.
        without: A text that the reader has seen already, as it was streamed.
    """
    lines: list[str] = []
    for index, block in enumerate(blocks):
        if _was_read(block, without):
            continue
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if isinstance(block, Heading) and following is not None and _was_read(following, without):
            continue
        lines += _lines(block)
    return lines


def _was_read(block: Block, streamed: str) -> bool:
    return isinstance(block, Paragraph) and bool(streamed) and block.text.strip() in streamed


def _lines(block: Block) -> list[str]:
    match block:
        case Heading():
            return ["", block.text.upper()]
        case Paragraph():
            return [line for text in block.text.split("\n") for line in _wrap(text)]
        case Ranking():
            return [_row(row) for row in block.possibilities]
        case NextStep():
            mark = MARKS[block.level]
            body = [f"  {line}" for text in block.text.split("\n") for line in _wrap(text, 2)]
            reasons = [f"  - {reason}" for reason in block.reasons]
            return ["", f"{mark} {block.title}".strip(), *body, *reasons]
        case Gallery() | Download():
            return []
        case _:
            assert_never(block)


def _row(row: Possibility) -> str:
    same = row.lay_name.casefold() == row.medical_name.casefold()
    name = row.lay_name if same else f"{row.lay_name} ({row.medical_name})"
    bar = "#" * math.ceil(row.likelihood * BAR)
    return f"  {bar:<{BAR}} {name}: {row.words}"


def _wrap(text: str, indent: int = 0) -> list[str]:
    return textwrap.wrap(text, WIDTH - indent) or [""]


def buttons_of(buttons: Sequence[Button], *, first: int = 1) -> list[str]:
    """Return buttons as numbered lines."""
    return [f"  [{number}] {button.label}" for number, button in enumerate(buttons, first)]
