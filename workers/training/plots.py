"""Small plots as SVG text: no library, no scripts, readable in light and dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _RIGHT, _ROW = 720, 250, 90, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a dot plot.

    Attributes:
        name: What is shown at the left.
        values: One dot each, from 0 to 1.
        note: What is shown at the right.
    """

    name: str
    values: Sequence[float]
    note: str = ""


def dot_plot(title: str, rows: Sequence[Row], *, marks: Sequence[tuple[str, float]] = ()) -> str:
    """Draw rows of dots from 0 to 100 %, joined by a line from lowest to highest.

    Args:
        title: Read out in place of the picture.
        rows: From top to bottom.
        marks: Upright lines with their names.
    """
    height = 34 + _ROW * len(rows) + 22
    body = "".join(_axis(share / 4, height) for share in range(5))
    body += "".join(_mark(name, value, height) for name, value in marks)
    body += "".join(_row(number, row) for number, row in enumerate(rows))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">{body}</svg>'
    )


def _x(value: float) -> float:
    return round(_LEFT + value * (_WIDTH - _LEFT - _RIGHT), 1)


def _axis(value: float, height: int) -> str:
    x = _x(value)
    return (
        f'<line class="grid" x1="{x}" x2="{x}" y1="28" y2="{height - 22}"/>'
        f'<text class="small" x="{x}" y="{height - 6}" text-anchor="middle">{value:.0%}</text>'
    )


def _mark(name: str, value: float, height: int) -> str:
    x = _x(value)
    return (
        f'<line class="mark" x1="{x}" x2="{x}" y1="22" y2="{height - 22}"/>'
        f'<text class="small" x="{x}" y="14" text-anchor="middle">{escape(name)}</text>'
    )


def _row(number: int, row: Row) -> str:
    y = 34 + _ROW * number + _ROW // 2
    low, high = _x(min(row.values)), _x(max(row.values))
    dots = "".join(
        f'<circle class="dot{i % 2}" cx="{_x(value)}" cy="{y}" r="5"/>'
        for i, value in enumerate(row.values)
    )
    return (
        f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(row.name)}</text>'
        f'<line class="span" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>{dots}'
        f'<text class="small" x="{_WIDTH - _RIGHT + 14}" y="{y + 4}">{escape(row.note)}</text>'
    )
