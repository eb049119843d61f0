"""What a model is shown of a case: all of it while it fits, then less, by rule.

The system prompt, turns with photos, assessments and the message to answer stay. Small talk goes,
oldest first. Only when those four alone are too long are texts cut, the longest first, and then
older photos left out, never the newest ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.domain.cases import Case, Turn
from core.domain.messages import BlobKey
from core.prompts import FIRST_QUESTION, spoken
from workers.vlms import Role

MARKS_TOKENS: Final = 12
"""Allowance for the marks that a chat template puts around each message."""
_SHORTEST_CHARS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of a dialogue, its photos still in the blob store."""

    role: Role
    text: str
    photos: tuple[BlobKey, ...] = ()
    stays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How much fits.

    Attributes:
        tokens: For the whole prompt, the answer's share already taken off.
        photo_tokens: What one photo costs.
        count: Counts the tokens of a text.
    """

    tokens: int
    photo_tokens: int
    count: Callable[[str], int]

    def cost(self, lines: Sequence[Line]) -> int:
        """Return how many tokens lines take."""
        return sum(
            self.count(line.text) + len(line.photos) * self.photo_tokens + MARKS_TOKENS
            for line in lines
        )


def dialogue(case: Case, turn_id: str, system: str, window: Window) -> tuple[Line, ...]:
    """Return what to show the model so that it answers a turn.

    Args:
        case: The case.
        turn_id: The turn to answer; later ones are left out.
        system: System prompt; empty for none.
        window: How much fits.

    Returns:
        Lines whose roles alternate after the system prompt, the last one the person's.
    """
    turns = _until(case.turns, turn_id)
    lines = [Line(role="system", text=system, stays=True)] if system else []
    lines += [_line(turn, stays=turn is turns[-1]) for turn in turns]
    return tuple(_fit(lines, window))


def _until(turns: Sequence[Turn], turn_id: str) -> Sequence[Turn]:
    ends = [index for index, turn in enumerate(turns) if turn.id == turn_id]
    return turns[: ends[-1] + 1] if ends else turns


def _line(turn: Turn, *, stays: bool) -> Line:
    said = turn.text or (FIRST_QUESTION if turn.photos else "")
    text = "\n".join(part for part in (spoken(turn.answers), said) if part)
    important = bool(turn.photos) or turn.assessment is not None
    photos = tuple(photo.blob for photo in turn.photos)
    return Line(role=turn.role, text=text, photos=photos, stays=stays or important)


def _fit(lines: list[Line], window: Window) -> list[Line]:
    kept = _without_small_talk(lines, window)
    kept = _with_shorter_texts(kept, window)
    kept = _with_fewer_photos(kept, window)
    return _joined(kept)


def _without_small_talk(lines: list[Line], window: Window) -> list[Line]:
    kept = list(lines)
    while window.cost(kept) > window.tokens:
        oldest = next((index for index, line in enumerate(kept) if not line.stays), None)
        if oldest is None:
            break
        gone = kept.pop(oldest)
        # A question takes its answer along: an answer alone would confuse model and template.
        if gone.role == "user" and kept[oldest].role == "assistant" and not kept[oldest].stays:
            kept.pop(oldest)
    return kept


def _with_shorter_texts(lines: list[Line], window: Window) -> list[Line]:
    """Halve the longest text, system prompt excepted, until it fits or none is long."""
    kept = list(lines)
    while window.cost(kept) > window.tokens:
        places = [index for index, line in enumerate(kept) if line.role != "system"]
        longest = max(places, key=lambda index: len(kept[index].text), default=None)
        if longest is None or len(kept[longest].text) <= _SHORTEST_CHARS:
            break
        text = kept[longest].text
        kept[longest] = replace(kept[longest], text=text[: max(_SHORTEST_CHARS, len(text) // 2)])
    return kept


def _with_fewer_photos(lines: list[Line], window: Window) -> list[Line]:
    kept = list(lines)
    while window.cost(kept) > window.tokens:
        with_photos = [index for index, line in enumerate(kept) if line.photos]
        if not with_photos or (len(with_photos) == 1 and len(kept[with_photos[0]].photos) == 1):
            break
        oldest = kept[with_photos[0]]
        kept[with_photos[0]] = replace(oldest, photos=oldest.photos[1:])
    return kept


def _joined(lines: list[Line]) -> list[Line]:
    """Join neighbours of one role: many chat templates insist that roles alternate."""
    joined: list[Line] = []
    for line in lines:
        if joined and joined[-1].role == line.role:
            last = joined.pop()
            text = "\n".join(part for part in (last.text, line.text) if part)
            line = replace(  # noqa: PLW2901 - the joined line takes its place
                line, text=text, photos=last.photos + line.photos
            )
        joined.append(line)
    return joined
