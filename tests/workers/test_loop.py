"""The worker: every claimed job ends with one result, whatever happens on the way."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.domain.cases import PictureSpec, Turn
from core.domain.errors import RecordUnreadable
from core.domain.jobs import AnswerDone, JobFailed, JobStopped, Lease, RenderDone
from workers.answering import Answering
from workers.batching import ModelThread
from workers.desk import Desk
from workers.drawing import Drawing
from workers.errors import (
    FAILED,
    NO_MEMORY,
    NOT_DRAWN,
    NOT_LEARNED,
    PHOTO_GONE,
    OutOfMemory,
)
from workers.generators import Drawn, DrawRequest, Generator
from workers.generators.instant import InstantGenerator
from workers.live import Typist
from workers.loop import Worker
from workers.vlms import Answer, AnswerRequest, Candidate, VisionLanguageModel
from workers.vlms.instant import InstantVlm

CANDIDATES = (
    Candidate(condition_id="psoriasis", name="psoriasis"),
    Candidate(condition_id="eczema", name="eczema"),
)


@asynccontextmanager
async def running(
    world: Any,
    vlm: VisionLanguageModel | None = None,
    generator: Generator | None = None,
    until: int = 1,
) -> AsyncGenerator[Worker, None]:
    """Run a worker until it has handed in ``until`` results, then drain it."""
    with ModelThread() as thread:
        desk = Desk(cases=world, blobs=world, conversation=world, first_pause_s=0.001)
        typist = Typist(world, every_s=0.001)
        answering = Answering(
            vlm=vlm or InstantVlm(),
            desk=desk,
            thread=thread,
            typist=typist,
            candidates=CANDIDATES,
            system="Be kind.",
        )
        drawing = Drawing(
            generator=generator or InstantGenerator(),
            desk=desk,
            thread=thread,
            badge_word=lambda _locale, source: source,
        )
        worker = Worker(
            name="w",
            queue=world,
            desk=desk,
            typist=typist,
            crafts=(answering, drawing),
            claim_wait_s=0.001,
        )

        def drain_when_done() -> None:
            if len(world.results) >= until:
                worker.drain()

        world.on_resume = drain_when_done
        await worker.run()
        yield worker


async def serve(world: Any, *leases: Lease, until: int | None = None, **models: Any) -> None:
    """Run a worker over leases."""
    world.waiting += leases
    async with asyncio.timeout(20), running(world, until=until or len(leases), **models):
        pass


async def test_photo_is_answered_with_an_assessment(world: Any, answer_lease: Any) -> None:
    """A turn with a photo gets text and a differential over the candidates that sums to 1."""
    world.add_case("c1", world.photo_turn("t1"))

    await serve(world, answer_lease())

    result = world.outcome("j1")
    assert isinstance(result, AnswerDone)
    assert result.text == ("I have 1 photo(s) and 1 message(s) from you. You said: What is this?")
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


async def test_missing_photo_fails_that_job_only(world: Any, answer_lease: Any) -> None:
    """A job whose photo is gone says so; its neighbour in the batch is answered."""
    world.add_case("c1", world.photo_turn("t1"))
    world.add_case("c2", world.photo_turn("t2"))
    del world.files["photo-t1"]

    await serve(world, answer_lease("j1"), answer_lease("j2", case_id="c2", turn_id="t2"))

    assert world.outcome("j1") == JobFailed(code=PHOTO_GONE)
    assert isinstance(world.outcome("j2"), AnswerDone)


async def test_erased_case_fails_clearly(world: Any, answer_lease: Any, render_lease: Any) -> None:
    """Jobs of a case that is gone end with their own code."""
    await serve(world, answer_lease(), render_lease())

    assert world.outcome("j1") == JobFailed(code=FAILED)
    assert world.outcome("r1") == JobFailed(code=FAILED)


async def test_unreadable_record_fails_the_job(
    world: Any, answer_lease: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record of an unknown version fails its job and leaves the worker running."""

    async def unreadable(_case_id: str) -> None:
        raise RecordUnreadable("version 99")

    monkeypatch.setattr(world, "load", unreadable)

    await serve(world, answer_lease())

    assert world.outcome("j1") == JobFailed(code=FAILED)


async def test_exhausted_and_cancelled_jobs_are_not_run(
    world: Any, answer_lease: Any, render_lease: Any
) -> None:
    """A job delivered too often fails, one stopped before its claim is stopped; no model runs."""
    await serve(
        world,
        answer_lease("j1", exhausted=True),
        answer_lease("j2", cancelled=True),
        render_lease("r1", cancelled=True),
    )

    assert world.outcome("j1") == JobFailed(code=FAILED)
    assert world.outcome("j2") == JobStopped()
    assert world.outcome("r1") == JobStopped()


@dataclass(frozen=True, slots=True, kw_only=True)
class Apprentice(InstantGenerator):
    """Knows psoriasis, breaks on eczema, and has never heard of anything else."""

    def prompt(self, spec: PictureSpec) -> str:
        if spec.condition_id not in ("psoriasis", "eczema"):
            raise KeyError(spec.condition_id)
        return InstantGenerator.prompt(self, spec)

    def draw(self, requests: Sequence[DrawRequest]) -> list[Drawn | Exception]:
        drawn = InstantGenerator.draw(self, requests)
        wanted = [request.spec.condition_id for request in requests]
        return [
            ValueError("eczema") if condition_id == "eczema" else picture
            for condition_id, picture in zip(wanted, drawn, strict=True)
        ]


@pytest.mark.parametrize(
    ("conditions", "outcome"),
    [
        (("psoriasis", "eczema", "scurvy"), ["psoriasis"]),
        (("eczema",), JobFailed(code=NOT_DRAWN)),
        (("scurvy", "rickets"), JobFailed(code=NOT_LEARNED)),
    ],
)
async def test_failed_pictures_are_left_out(
    world: Any, render_lease: Any, conditions: tuple[str, ...], outcome: Any
) -> None:
    """The pictures that succeed are shown; if none does, the sentence says why."""
    world.add_case("c1", world.photo_turn("t1"))

    await serve(world, render_lease(conditions=conditions), generator=Apprentice())

    result = world.outcome("r1")
    if isinstance(result, RenderDone):
        assert [picture.spec.condition_id for picture in result.pictures] == outcome
    else:
        assert result == outcome


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


async def test_silent_model_fails_the_job(world: Any, answer_lease: Any) -> None:
    """A reply without a word is a failure, not an empty message."""
    world.add_case("c1", Turn(id="t1", role="user", text="Hello", at_s=0))

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Silent(InstantVlm):
        def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
            empty = Answer(text="", shares=(), unusual=False, stopped=False, model=self.name)
            return [empty for _ in requests]

    await serve(world, answer_lease(), vlm=Silent())

    assert world.outcome("j1") == JobFailed(code=FAILED)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallVlm(InstantVlm):
    """Has memory for one photo turn at a time, and none for cases called ``huge``."""

    sizes: list[int] = field(default_factory=list)

    def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        self.sizes.append(len(requests))
        if len(requests) > 1 or requests[0].case_id == "huge":
            raise OutOfMemory("cpu")
        return InstantVlm.answer(self, requests)


async def test_out_of_memory_halves_the_batch_and_fails_only_what_never_fits(
    world: Any, answer_lease: Any
) -> None:
    """Jobs that fit alone are answered; the one that does not says that memory ran out."""
    leases = []
    for case_id in ("a", "huge", "b"):
        world.add_case(case_id, world.photo_turn("t1"))
        leases.append(answer_lease(f"j-{case_id}", case_id=case_id))
    vlm = SmallVlm()

    await serve(world, *leases, vlm=vlm)

    assert isinstance(world.outcome("j-a"), AnswerDone)
    assert isinstance(world.outcome("j-b"), AnswerDone)
    assert world.outcome("j-huge") == JobFailed(code=NO_MEMORY)
    assert vlm.sizes == [3, 1, 2, 1, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchyVlm(InstantVlm):
    """Breaks on one case, with the person's words in the message of the error."""

    def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        for request in requests:
            if request.case_id == "bad":
                raise ValueError(request.dialogue[-1].text)
        return InstantVlm.answer(self, requests)


async def test_model_error_fails_one_job_and_logs_no_words(
    world: Any, answer_lease: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The job at fault fails, its neighbours are answered, and the log has no one's words in it."""
    world.add_case("bad", world.photo_turn("t1", text="my secret rash"))
    world.add_case("good", world.photo_turn("t1"))

    with caplog.at_level(logging.DEBUG):
        await serve(
            world,
            answer_lease("j1", case_id="bad"),
            answer_lease("j2", case_id="good"),
            vlm=TouchyVlm(),
        )

    assert world.outcome("j1") == JobFailed(code=FAILED)
    assert isinstance(world.outcome("j2"), AnswerDone)
    assert "secret" not in "".join(str(vars(record)) for record in caplog.records)


async def test_outage_in_mid_job_loses_nothing(world: Any, answer_lease: Any) -> None:
    """While Redis is away the worker keeps the result and hands it in once Redis is back."""
    world.add_case("c1", world.photo_turn("t1"))
    world.refusals = 6

    await serve(world, answer_lease())

    assert world.refused == 6
    assert isinstance(world.outcome("j1"), AnswerDone)


async def test_lost_lease_hands_nothing_in(world: Any, answer_lease: Any) -> None:
    """A worker that lost its lease leaves the job to its new owner."""
    world.add_case("c1", world.photo_turn("t1"))
    world.add_case("c2", world.photo_turn("t1"))

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Slow(InstantVlm):
        def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
            world.holds["j1"].is_lost = True
            return InstantVlm.answer(self, requests)

    await serve(world, answer_lease("j1"), answer_lease("j2", case_id="c2"), vlm=Slow(), until=1)

    assert [lease.job.id for lease, _ in world.results] == ["j2"]


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


async def test_each_batch_writes_one_line(
    world: Any, answer_lease: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A batch logs one canonical line with its counts."""
    world.add_case("c1", world.photo_turn("t1"))

    with caplog.at_level(logging.INFO, logger="workers.loop"):
        await serve(world, answer_lease())

    (line,) = [record for record in caplog.records if record.message == "batch"]
    assert (line.jobs, line.model, line.answer_done) == (1, "vlm", 1)  # type: ignore[attr-defined]
