"""Captions of the four styles, from what is known of a picture.

The styles are the choice that a researcher has: a rare token per condition as in DreamBooth
(N. Ruiz et al., CVPR 2023), the plain name, the name with attributes, or captions as written.
"""

from collections.abc import Sequence
from typing import Final, Literal

from workers.training.datasets import Dataset, Notes
from workers.training.errors import DataError

Style = Literal["token", "name", "attributes", "verbatim"]
_LETTERS: Final = ("vzqxwj", "xqkvzw", "qzwkxv")


def token_of(condition: str, conditions: Sequence[str]) -> str:
    """Return a three-letter word that means nothing, one per condition in sorted order."""
    number = sorted(set(conditions)).index(condition)
    places = (number // 36 % 6, number // 6 % 6, number % 6)
    return "".join(row[place] for row, place in zip(_LETTERS, places, strict=True))


def caption(notes: Notes, style: Style, conditions: Sequence[str]) -> str:
    """Return one picture's caption.

    Args:
        notes: What is known of it.
        style: How it is said.
        conditions: All conditions that are learned, which fixes the tokens.
    """
    name = notes.name or notes.condition.replace("-", " ")
    match style:
        case "token":
            return f"photo of {token_of(notes.condition, conditions)} skin"
        case "name":
            return f"photo of {name or 'skin'}"
        case "verbatim":
            return notes.caption or ""
        case "attributes":
            subject = " ".join(part for part in (notes.severity, name) if part)
            tone = f" on {notes.tone} skin" if notes.tone else ""
            return f"photo of {subject}{tone}" + (f", {notes.site}" if notes.site else "")


def captions_of(data: Dataset, style: Style, conditions: Sequence[str]) -> tuple[str, ...]:
    """Return the caption of every picture.

    Raises:
        DataError: Pictures lack what the style needs.
    """
    notes = data.notes
    if style == "verbatim":
        bare = sum(not note.caption for note in notes)
        if bare:
            raise DataError(
                f"{bare} of {len(notes)} pictures have no caption; add a column text or caption "
                "to metadata.csv or metadata.jsonl, or choose another caption style"
            )
    elif any(not note.condition for note in notes):
        bare = sum(not note.condition for note in notes)
        raise DataError(
            f"{bare} of {len(notes)} pictures have no condition, which caption style {style} "
            "needs; add a column condition, put them in folders by condition, or use verbatim"
        )
    return tuple(caption(note, style, conditions) for note in notes)
