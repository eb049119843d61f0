"""What speaks for an answer is found by covering parts; checked with a model that looks at one."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image

from workers.heat import GRID, LookStopped, Question, heat_of
from workers.localizers.heat_overlay import heated, smooth
from workers.vlms import Answer, AnswerRequest, Candidate

PAIR = (Candidate(condition_id="a", name="A"), Candidate(condition_id="b", name="B"))


@dataclass
class DarkReader:
    """Finds A as likely as there is darkness in the upper left of a photo."""

    name: str = "dark"
    window_tokens: int = 512
    photo_tokens: int = 1
    candidates: tuple[Candidate, ...] = PAIR
    weight: float = 1.0
    asked: list[AnswerRequest] = field(default_factory=list)

    def count_tokens(self, text: str) -> int:
        return len(text)

    def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        self.asked += requests
        return [self._answer(request) for request in requests]

    def _answer(self, request: AnswerRequest) -> Answer:
        (photo,) = request.dialogue[-1].photos
        pixels = np.asarray(Image.open(io.BytesIO(photo)).convert("L"), float)
        height, width = pixels.shape
        dark = self.weight * (255 - pixels[: height // 2, : width // 2]).mean() / 20
        share = 1 / (1 + np.exp(-dark))
        return Answer(
            text="", shares=(("a", share), ("b", 1 - share)), unusual=False, stopped=False, model=""
        )


def _photo(box: tuple[int, int, int, int] | None) -> bytes:
    image = Image.new("RGB", (140, 140), (205, 160, 135))
    if box:
        image.paste((60, 30, 20), box)
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def _question(box: tuple[int, int, int, int] | None = (20, 20, 50, 50)) -> Question:
    return Question(photo=_photo(box), words="?", supports=PAIR[0], against=PAIR[1])


def test_the_part_that_the_model_goes_by_is_hottest() -> None:
    """Heat lies on the dark spot that makes A likely, and nowhere far from it."""
    heat = heat_of(DarkReader(), _question())
    assert heat is not None
    assert heat.shape == (GRID, GRID)
    assert heat.max() == 1.0
    assert np.unravel_index(heat.argmax(), heat.shape) <= (2, 2)
    assert heat[4:, 4:].max() < 0.1


def test_a_model_that_goes_by_no_part_gives_no_map() -> None:
    """Where covering changes nothing, nothing is coloured."""
    assert heat_of(DarkReader(weight=0.0), _question()) is None


def test_each_look_is_one_scored_question_about_the_pair() -> None:
    """Fifty looks, each of one token, under a name that no case has; urgent work passes between."""
    reader, passes = DarkReader(), []
    heat_of(reader, _question(), between=lambda: passes.append(1))
    assert len(reader.asked) == GRID * GRID + 1
    assert {(one.case_id, one.max_new_tokens) for one in reader.asked} == {("look", 1)}
    assert len(passes) > 5


def test_a_look_can_be_stopped() -> None:
    """Stop ends it before the next batch."""
    reader = DarkReader()
    with pytest.raises(LookStopped):
        heat_of(reader, _question(), stop=lambda: True)
    assert reader.asked == []


def test_an_overlay_colours_what_is_hot_and_leaves_the_rest() -> None:
    """Cold parts keep their pixels; hot ones turn neither red nor darker than the skin shows."""
    skin = np.full((140, 140, 3), (205, 160, 135), np.uint8)
    heat = np.zeros((GRID, GRID))
    heat[1, 1] = 1.0
    drawn = heated(skin, heat)
    assert (drawn[90:, 90:] == skin[90:, 90:]).all()
    hot = drawn[30, 30].astype(int)
    assert hot[1] > hot[2]
    assert hot[1] > skin[30, 30, 1]
    assert smooth(heat, (140, 140)).max() > 0.8
