"""The closed loop: what is not good is drawn again, and what never gets good is not shown."""

import pytest
from PIL import Image

from core.domain.cases import PictureSpec
from core.ports import Hold
from tests.workers.conftest import FakeHold
from tests.workers.seeing_doubles import BAD, GOOD, ToldVerifier
from workers.batching import ModelThread
from workers.errors import NotGoodEnough
from workers.generators import DrawingStopped, Drawn
from workers.redrawing import REDRAWS, Redrawing, redraw_seed
from workers.verifier import Verdict


def spec(seed: int = 5, condition: str = "psoriasis") -> PictureSpec:
    """Return a spec."""
    return PictureSpec(condition_id=condition, tone=3, site="arm", severity=2, seed=seed)


async def flat(_place: int, _spec: PictureSpec, _hold: Hold) -> Drawn | Exception:
    """Draw a flat picture."""
    return Drawn(image=Image.new("RGB", (8, 8)), source="generated", model="m")


def loop(thread: ModelThread, *verdicts: Verdict) -> tuple[Redrawing, ToldVerifier]:
    """Return a loop whose verifier says these, then accepts."""
    verifier = ToldVerifier([*verdicts])
    return Redrawing(draw=flat, thread=thread, verifier=verifier), verifier


async def test_a_good_picture_keeps_its_seed() -> None:
    """What passes at once is drawn once."""
    with ModelThread() as thread:
        drawing, verifier = loop(thread, GOOD)
        ((shown, picture),) = await drawing.each([spec()], FakeHold())

    assert (shown, len(verifier.asked)) == (spec(), 1)
    assert isinstance(picture, Drawn)


async def test_a_bad_picture_is_drawn_again_with_another_seed() -> None:
    """The seed that is reported is the one of the picture that passed."""
    with ModelThread() as thread:
        drawing, verifier = loop(thread, BAD, BAD, GOOD)
        ((shown, picture),) = await drawing.each([spec()], FakeHold())

    assert shown.seed == redraw_seed(5, 2)
    assert len({asked.seed for asked in verifier.asked}) == 3
    assert isinstance(picture, Drawn)
    assert drawing.tally == {"drawn": 3, "condition": 2, "accepted": 1}


async def test_after_three_redraws_there_is_no_picture() -> None:
    """A picture is drawn four times at most."""
    with ModelThread() as thread:
        drawing, verifier = loop(thread, *[BAD] * 9)
        ((_, picture),) = await drawing.each([spec()], FakeHold())

    assert isinstance(picture, NotGoodEnough)
    assert len(verifier.asked) == REDRAWS + 1


async def test_pictures_that_are_compared_keep_one_seed() -> None:
    """When one of two is not good, both are drawn anew on the same skin."""
    with ModelThread() as thread:
        drawing, verifier = loop(thread, GOOD, BAD, GOOD, GOOD)
        outcomes = await drawing.together([spec(), spec(condition="eczema")], FakeHold())

    assert {shown.seed for shown, _ in outcomes} == {redraw_seed(5, 1)}
    assert len(verifier.asked) == 4


@pytest.mark.parametrize("failure", [DrawingStopped(), KeyError("unknown")])
async def test_failures_are_not_drawn_again(failure: Exception) -> None:
    """A stopped or an unknown picture is not a bad one: nobody looks at it twice."""
    calls = []

    async def fails(_place: int, wanted: PictureSpec, _hold: Hold) -> Drawn | Exception:
        calls.append(wanted)
        return failure

    with ModelThread() as thread:
        drawing = Redrawing(draw=fails, thread=thread, verifier=ToldVerifier())
        ((_, outcome),) = await drawing.each([spec()], FakeHold())

    assert (outcome, len(calls)) == (failure, 1)
