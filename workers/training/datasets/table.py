"""Reads `metadata.csv`, `metadata.jsonl` or the folders' names, as the Hub's image folders have it.

Source: the "imagefolder" layout of Hugging Face datasets: a table beside the images whose column
`file_name` is a path relative to it; other columns are what is known of the picture.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from workers.training.datasets import Notes
from workers.training.errors import DataError, listed

ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
TABLES: Final = ("metadata.jsonl", "metadata.csv")
_CAPTIONS: Final = ("text", "caption")
_TONES: Final = ("very light", "light", "medium", "olive", "brown", "very dark")
_ROMAN: Final = ("i", "ii", "iii", "iv", "v", "vi")

Rows = dict[str, Notes]
"""Notes by the path of the picture relative to the folder, in the order of the table."""


def read_rows(folder: Path) -> Rows:
    """Return what is known of each picture of a folder.

    Raises:
        DataError: There is no such folder, it has no pictures, or its table and its pictures do not
            fit together; the message names the first few.
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}")
    there = sorted(_pictures(folder))
    if not there:
        endings = ", ".join(sorted(ENDINGS))
        raise DataError(f"{folder} has no pictures ({endings})")
    tables = [folder / name for name in TABLES if (folder / name).is_file()]
    if len(tables) > 1:
        raise DataError(f"{folder} has two tables, {tables[0].name} and {tables[1].name}; keep one")
    if not tables:
        return {name: Notes(condition=_parent(name)) for name in there}
    rows = _from_table(tables[0])
    _compare(tables[0], rows, there)
    return rows


def _pictures(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.suffix.lower() in ENDINGS and path.is_file():
            yield path.relative_to(folder).as_posix()


def _parent(name: str) -> str:
    """Return the folder that a picture lies in: its condition, where there is no table."""
    return name.split("/")[-2].lower().replace(" ", "-").replace("_", "-") if "/" in name else ""


def _compare(table: Path, rows: Rows, there: list[str]) -> None:
    missing = [name for name in rows if name not in set(there)]
    if missing:
        raise DataError(f"{table} names pictures that are not there: {listed(missing)}")
    unnamed = [name for name in there if name not in rows]
    if unnamed:
        raise DataError(
            f"{table} says nothing of {len(unnamed)} pictures: {listed(unnamed)}; add a row for "
            "each, or move them away"
        )


def _from_table(table: Path) -> Rows:
    lines = _jsonl(table) if table.suffix == ".jsonl" else _csv(table)
    rows: Rows = {}
    for place, values in lines:
        name = str(values.get("file_name") or "").strip()
        if not name:
            raise DataError(f"{place} has no file_name")
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise DataError(f"{place} points out of the folder: {name}")
        if name in rows:
            raise DataError(f"{place} names {name} a second time")
        rows[name] = _notes(name, values)
    return rows


def _text(table: Path) -> str:
    try:
        return table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{table} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise DataError(f"{table} cannot be read: {error.strerror}") from error


def _jsonl(table: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(_text(table).splitlines(), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{table} line {number} is not JSON: {error.msg}") from error
        if not isinstance(values, dict):
            raise DataError(f"{table} line {number} is not an object")
        yield f"{table} line {number}", values


def _csv(table: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(_text(table).splitlines(), strict=True)
    if "file_name" not in (reader.fieldnames or ()):
        columns = ", ".join(reader.fieldnames or ()) or "none"
        raise DataError(f"{table} has no column file_name; its columns are: {columns}")
    try:
        for row in reader:
            yield f"{table} line {reader.line_num}", dict(row)
    except csv.Error as error:
        raise DataError(f"{table} line {reader.line_num} cannot be read: {error}") from error


def _notes(name: str, values: dict[str, Any]) -> Notes:
    known = {key: str(value).strip() for key, value in values.items() if value not in (None, "")}
    condition = known.get("condition") or _parent(name)
    return Notes(
        condition=condition.lower().replace(" ", "-").replace("_", "-"),
        name=condition.replace("-", " ").replace("_", " "),
        caption=next((known[key] for key in _CAPTIONS if known.get(key)), None),
        tone=_tone(known.get("tone")),
        site=known.get("site"),
        severity=known.get("severity"),
    )


def _tone(value: str | None) -> str | None:
    """Put a Fitzpatrick type, 1 to 6 or I to VI, into words; leave other words as they are."""
    if value is None:
        return None
    if value.isdecimal() and int(value) in range(1, 7):
        return _TONES[int(value) - 1]
    return _TONES[_ROMAN.index(value.lower())] if value.lower() in _ROMAN else value
