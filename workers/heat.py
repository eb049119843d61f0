"""What in a photo speaks for one condition against another: cover a part, score again, compare.

A part whose covering makes the first condition less likely, against the second, speaks for it. The
model is only asked for scores, in the way in which it makes its differential, so this works for
every family and every backend. Parts are covered with the skin around them rather than with grey,
because grey would itself be something to see.

Source: occlusion maps, Zeiler and Fergus, ECCV 2014, arXiv 1311.2901; the pairwise question is that
of contrastive explanations.
"""

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from workers.vlms import Answer, AnswerRequest, Candidate, Message, VisionLanguageModel

Heat = NDArray[np.float64]

GRID: Final = 7
"""Parts per side whose effect is measured; 49 looks and one at the whole photo."""

_WIDE: Final = 1.5
"""Side of a cover in parts: covers overlap, so that an edge between two parts hides nothing."""

_AT_ONCE: Final = 7
"""Looks in one batch; answers may pass between two batches."""

_SOFT: Final = 0.2
_LEAST_SHARE: Final = 1e-290
"""Shares are doubles: far beyond any certainty their ratio still says which part mattered."""
_DECISIVE: Final = 0.35
"""Least change of the log odds that counts as an effect at all."""

_SIDE_PX: Final = 512
_JPEG_QUALITY: Final = 92


class LookStopped(Exception):
    """The person pressed Stop, or the job was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is weighed.

    Attributes:
        photo: Encoded photo.
        words: What is asked about it.
        supports: Condition that is weighed.
        against: Condition that it is weighed against.
    """

    photo: bytes
    words: str
    supports: Candidate
    against: Candidate


def heat_of(
    vlm: VisionLanguageModel,
    question: Question,
    *,
    stop: Callable[[], bool] = lambda: False,
    between: Callable[[], None] = lambda: None,
) -> Heat | None:
    """Return how much each part speaks for the condition, (GRID, GRID), 0 to 1 with a peak of 1.

    Args:
        vlm: Called on its own thread only.
        question: What is weighed.
        stop: Asked between batches.
        between: Called between batches, to let urgent work pass.

    Returns:
        None when no part makes a difference.

    Raises:
        LookStopped: ``stop`` said so.
    """
    with Image.open(io.BytesIO(question.photo)) as opened:
        photo = opened.convert("RGB")
    photo.thumbnail((_SIDE_PX, _SIDE_PX))
    whole, *covered = _all_odds(vlm, question, [photo, *_covers(photo)], stop, between)
    drops = np.array(covered).reshape(GRID, GRID)
    drops = np.maximum(whole - drops, 0)
    if not drops.max() > _DECISIVE:
        return None
    heat: Heat = drops / drops.max()
    return heat


def _all_odds(
    vlm: VisionLanguageModel,
    question: Question,
    looks: Sequence[Image.Image],
    stop: Callable[[], bool],
    between: Callable[[], None],
) -> list[float]:
    """Return the log odds of the pair for each look."""
    odds: list[float] = []
    for start in range(0, len(looks), _AT_ONCE):
        if stop():
            raise LookStopped
        requests = [_request(question, look, stop) for look in looks[start : start + _AT_ONCE]]
        odds += [_odds(answer, question) for answer in vlm.answer(requests)]
        between()
    return odds


def _request(question: Question, look: Image.Image, stop: Callable[[], bool]) -> AnswerRequest:
    target = io.BytesIO()
    look.save(target, "JPEG", quality=_JPEG_QUALITY)
    return AnswerRequest(
        # A name of its own: what the model keeps of cases must not be overwritten.
        case_id="look",
        dialogue=(Message(role="user", text=question.words, photos=(target.getvalue(),)),),
        candidates=(question.supports, question.against),
        stop=stop,
        on_text=_ignore,
        max_new_tokens=1,
    )


def _odds(answer: Answer | Exception, question: Question) -> float:
    if isinstance(answer, Exception):
        raise answer
    if answer.stopped and not answer.shares:
        raise LookStopped
    shares = dict(answer.shares)
    for_it = max(shares[question.supports.condition_id], _LEAST_SHARE)
    return math.log(for_it / max(shares[question.against.condition_id], _LEAST_SHARE))


def _covers(photo: Image.Image) -> Iterator[Image.Image]:
    """Yield the photo with one part after the other covered, row by row."""
    width, height = photo.size
    cell = width / GRID, height / GRID
    for row in range(GRID):
        for column in range(GRID):
            middle = (column + 0.5) * cell[0], (row + 0.5) * cell[1]
            yield _covered(photo, middle, (cell[0] * _WIDE, cell[1] * _WIDE))


def _covered(
    photo: Image.Image, middle: tuple[float, float], size: tuple[float, float]
) -> Image.Image:
    """Cover one part softly with the typical colour of what is around it."""
    pixels = np.asarray(photo, np.float32)
    y, x = np.mgrid[0 : photo.height, 0 : photo.width]
    off_x, off_y = np.abs(x - middle[0]) / (size[0] / 2), np.abs(y - middle[1]) / (size[1] / 2)
    distance = np.maximum(off_x, off_y)  # 1 at the cover's edge
    around = (distance > 1) & (distance < 2.2)
    colour = np.median(pixels[around if around.any() else distance > 1], axis=0)
    cover = Image.fromarray(((distance < 1) * 255).astype(np.uint8))
    soft = cover.filter(ImageFilter.GaussianBlur(_SOFT * min(size) / 2))
    strength = np.asarray(soft, np.float32)[..., None] / 255
    blended = pixels * (1 - strength) + colour * strength
    return Image.fromarray(blended.astype(np.uint8))


def _ignore(_text: str) -> None:
    """Nobody reads the words of a look."""
