"""Writes the experiment's report: one HTML file that needs nothing else."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from statistics import mean
from typing import Final

from workers.demo_pack.prompts import NAMES
from workers.demo_pack.renderer import render
from workers.demo_pack.scene import HELD_OUT, sample_scene
from workers.demo_pack.sheets import sheet
from workers.training.figures import Result, Standing, balanced, effects, standings
from workers.training.files import replace, storage
from workers.training.grid import Plan
from workers.training.plots import Row, dot_plot
from workers.training.report_words import LIMITS, PAPER, STYLE, conclusion, method
from workers.training.scoring import as_jpeg

_SHOWN: Final = 6
_RENDER_SEED: Final = 2_100_000_000


def write_report(
    path: Path, plan: Plan, bases: Sequence[Result], results: Sequence[Result], *, planned: int
) -> None:
    """Write the report of the cells that are finished.

    Raises:
        StorageError: It cannot be written; finished cells are kept.
    """
    with storage(f"the report {path}", "finished cells are kept"):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, page(plan, bases, results, planned=planned).encode())


def page(plan: Plan, bases: Sequence[Result], results: Sequence[Result], *, planned: int) -> str:
    """Return the whole page."""
    rows = standings(results)
    parts = [
        "<h1>Which LoRA strategy draws new skin conditions best?</h1>",
        conclusion(rows, bases, results, planned),
        "<h2>Every strategy</h2>",
        _ranking(rows, bases),
        _table(rows),
        "<h2>What each choice does</h2>",
        _choices(balanced(results)),
        "<h2>What it looks like</h2>",
        _gallery(rows, bases),
        "<h2>How it was made</h2>",
        method(plan, bases, results, planned),
        "<h2>Next to SkinGEN</h2>",
        PAPER,
        "<h2>Limits</h2>",
        LIMITS,
    ]
    head = f'<meta charset="utf-8"><title>LoRA strategies</title>{STYLE}'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    body = f"<main>{''.join(parts)}</main>"
    return f'<!doctype html><html lang="en"><head>{head}{view}</head><body>{body}</body></html>\n'


def _ranking(rows: Sequence[Standing], bases: Sequence[Result]) -> str:
    floor = mean(base["recognised"] for base in bases)
    plot = dot_plot(
        "Share of recognised pictures of each strategy, one dot per seed",
        [
            Row(name=row.strategy.name, values=row.recognised, note=f"{mean(row.recognised):.0%}")
            for row in rows
        ],
        marks=[("no adapter", floor)],
    )
    return (
        f"<figure>{plot}<figcaption>Share of pictures of the held-out conditions that the "
        "independent classifier recognises; one dot per seed (filled: first seed), best mean first."
        "</figcaption></figure>"
    )


def _choices(results: Sequence[Result]) -> str:
    figures = []
    for key, words in (("recognised", "recognised"), ("certainty", "certainty of the classifier")):
        rows = [
            Row(name=name, values=values, note=f"{mean(values):.0%}")
            for name, values in effects(results, key)
        ]
        if rows:
            caption = f"Mean {words} over all cells with this choice; one dot per seed."
            plot = dot_plot(caption, rows)
            figures.append(f"<figure>{plot}<figcaption>{caption}</figcaption></figure>")
    return "".join(figures) or "<p>Too few cells are finished for this.</p>"


def _table(rows: Sequence[Standing]) -> str:
    names = [NAMES[condition] for condition in HELD_OUT]
    heads = ["strategy", "recognised", "certainty", *names, "base kept"]
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(_table_row(row) for row in rows)
    return (
        f"<div class=wide><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _table_row(row: Standing) -> str:
    cells = [
        _with_spread(row.recognised),
        _with_spread(row.certainty),
        *(f"{row.by_condition[condition]:.0%}" for condition in HELD_OUT),
        _with_spread(row.base),
    ]
    name = escape(row.strategy.name)
    return f"<tr><th>{name}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _with_spread(values: Sequence[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.0%}"
    return f"{mean(values):.0%} <small>{min(values):.0%}–{max(values):.0%}</small>"


def _gallery(rows: Sequence[Standing], bases: Sequence[Result]) -> str:
    strips = [("renders that it should look like", _renders())]
    strips += [("base without adapter", bases[0]["sample"])]
    strips += [
        (f"{row.strategy.name}: {mean(row.recognised):.0%}", row.samples[0])
        for row in (*rows[:_SHOWN], *rows[_SHOWN:][-2:])
    ]
    names = ", ".join(NAMES[condition] for condition in HELD_OUT)
    figures = "".join(_strip(name, data) for name, data in strips)
    return (
        f"<p>Two pictures each of {names}, same prompts and noise in every row; the first rows are "
        f"the best strategies, the last two the worst. Every picture is synthetic.</p>{figures}"
    )


def _strip(name: str, data: str) -> str:
    source = base64.b64encode(bytes.fromhex(data)).decode()
    words = escape(f"Synthetic pictures: {name}")
    image = f'<img alt="{words}" src="data:image/jpeg;base64,{source}">'
    return f"<figure class=strip>{image}<figcaption>{escape(name)}</figcaption></figure>"


def _renders() -> str:
    pictures = [
        render(
            sample_scene(_RENDER_SEED + number, conditions=(condition,), textbook=True), 96
        ).image
        for condition in HELD_OUT
        for number in range(2)
    ]
    return as_jpeg(sheet(pictures, len(pictures)))
