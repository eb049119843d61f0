"""The worker: every claimed job ends with one result."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from core.domain.cases import Turn
from core.domain.jobs import AnswerDone, JobStopped, RenderDone
from tests.workers.shift import serve
from workers.generators import Drawn, DrawRequest
from workers.generators.instant import InstantGenerator
from workers.vlms import Answer, AnswerRequest
from workers.vlms.instant import InstantVlm


async def test_photo_is_answered_with_an_assessment(world: Any, answer_lease: Any) -> None:
    """A turn with a photo gets text and a differential over the candidates that sums to 1."""
    world.add_case("c1", world.photo_turn("t1"))

    await serve(world, answer_lease())

    result = world.outcome("j1")
    assert isinstance(result, AnswerDone)
    assert result.text.startswith("I have 1 photo(s) and 1 message(s) from you. Photo ")
    assert result.text.endswith("You said: What is this?")
    assert result.assessment is not None
    shares = {item.condition_id: item.share for item in result.assessment.differential}
    assert set(shares) == {"psoriasis", "eczema"}
    assert sum(shares.values()) == pytest.approx(1)


async def test_follow_up_is_answered_without_a_new_assessment(
    world: Any, answer_lease: Any
) -> None:
    """A turn without a photo gets words only."""
    follow_up = Turn(id="t2", role="user", text="Does it itch?", at_s=0)
    said = Turn(id="t1a", role="assistant", text="It may be eczema.", at_s=0)
    world.add_case("c1", world.photo_turn("t1"), said, follow_up)

    await serve(world, answer_lease(turn_id="t2"))

    result = world.outcome("j1")
    assert isinstance(result, AnswerDone)
    assert result.assessment is None
    assert result.text.endswith("You said: Does it itch?")


async def test_pictures_are_stored_with_their_badge(world: Any, render_lease: Any) -> None:
    """A render job ends with one stored PNG per picture, its source in the metadata."""
    world.add_case("c1", world.photo_turn("t1"))

    await serve(world, render_lease())

    result = world.outcome("r1")
    assert isinstance(result, RenderDone)
    assert [picture.spec.condition_id for picture in result.pictures] == ["psoriasis", "eczema"]
    for picture in result.pictures:
        assert world.files[picture.blob].startswith(b"\x89PNG")
        assert b"algorithmicMedia" in world.files[picture.blob]


async def test_stop_ends_a_drawing(world: Any, render_lease: Any) -> None:
    """A drawing stopped on the way stores no picture."""
    world.add_case("c1", world.photo_turn("t1"))
    before = dict(world.files)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Interrupted(InstantGenerator):
        def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
            world.holds["r1"].is_cancelled = True
            return InstantGenerator.draw(self, requests)

    await serve(world, render_lease(), generator=Interrupted())

    assert world.outcome("r1") == JobStopped()
    assert world.files == before


async def test_stop_keeps_what_was_written(world: Any, answer_lease: Any) -> None:
    """A job stopped in mid-answer ends as stopped, with the words so far."""
    world.add_case("c1", world.photo_turn("t1"))

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Interrupted(InstantVlm):
        def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
            (request,) = requests
            request.on_text("It looks")
            world.holds["j1"].is_cancelled = True
            assert request.stop()
            stopped = Answer(
                text="It looks", shares=(), unusual=False, stopped=True, model=self.name
            )
            return [stopped]

    await serve(world, answer_lease(), vlm=Interrupted())

    assert world.outcome("j1") == JobStopped(text="It looks")


async def test_text_passes_between_the_steps_of_a_picture(
    world: Any, answer_lease: Any, render_lease: Any
) -> None:
    """An answer asked for while a picture is drawn is handed in before that picture."""
    world.add_case("c1", world.photo_turn("t1"))
    answer = answer_lease()

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Painter(InstantGenerator):
        def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
            world.waiting.append(answer)
            while not world.results:
                time.sleep(0.001)
                requests[0].on_step(0.5)
            return InstantGenerator.draw(self, requests)

    await serve(world, render_lease(), until=2, generator=Painter())

    assert [lease.job.id for lease, _ in world.results] == ["j1", "r1"]


async def test_live_text_is_published_while_it_is_written(world: Any, answer_lease: Any) -> None:
    """What is written reaches the slot of the answer before the answer does."""
    world.add_case("c1", world.photo_turn("t1"))

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Writer(InstantVlm):
        def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
            requests[0].on_text("It looks")
            while not world.told:
                time.sleep(0.001)
            return InstantVlm.answer(self, requests)

    await serve(world, answer_lease(), vlm=Writer())

    assert world.told[0].slot == "t1.answer"
    assert world.told[0].text == "It looks"


async def test_drawings_in_the_making_are_told(world: Any, render_lease: Any) -> None:
    """How far drawings are, and a rough picture, reach their slot before they are done."""
    world.add_case("c1", world.photo_turn("t1"))

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Slow(InstantGenerator):
        def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
            for request in requests:
                request.on_step(0.5)
                assert request.on_preview is not None
                request.on_preview(Image.new("RGB", (16, 16), (200, 150, 120)))
            while not world.told:
                time.sleep(0.001)
            return InstantGenerator.draw(self, requests)

    await serve(world, render_lease(conditions=("psoriasis",)), generator=Slow())

    live = world.told[0]
    assert (live.slot, live.text, live.share) == ("r1.pictures", "50%", 0.5)
    assert live.picture
    assert isinstance(world.outcome("r1"), RenderDone)


async def test_each_batch_writes_one_line(
    world: Any, answer_lease: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A batch logs one canonical line with its counts."""
    world.add_case("c1", world.photo_turn("t1"))

    with caplog.at_level(logging.INFO, logger="workers.loop"):
        await serve(world, answer_lease())

    (line,) = [record for record in caplog.records if record.message == "batch"]
    assert (line.jobs, line.model, line.answer_done) == (1, "vlm", 1)  # type: ignore[attr-defined]


async def test_slow_store_does_not_stop_the_models(
    world: Any, answer_lease: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one result waits to be stored, the next job is claimed and answered."""
    world.add_case("c1", world.photo_turn("t1"))
    second_done = asyncio.Event()
    resume = world.resume

    async def slow(lease: Any, result: Any, **facts: int) -> bool:
        if lease.job.id == "j1":
            world.waiting.append(answer_lease("j2"))
            await second_done.wait()
        stored: bool = await resume(lease, result, **facts)
        second_done.set()
        return stored

    monkeypatch.setattr(world, "resume", slow)

    await serve(world, answer_lease("j1"), until=2)

    assert [lease.job.id for lease, _ in world.results] == ["j2", "j1"]
