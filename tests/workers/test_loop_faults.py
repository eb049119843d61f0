"""The worker in trouble: one job fails or waits, no other job notices, nothing is lost."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.domain.cases import PictureSpec, Turn
from core.domain.errors import RecordUnreadable
from core.domain.jobs import AnswerDone, JobFailed, JobStopped, RenderDone
from tests.workers.shift import serve
from workers.errors import (
    FAILED,
    NO_MEMORY,
    NOT_DRAWN,
    NOT_LEARNED,
    PHOTO_GONE,
    OutOfMemory,
)
from workers.generators import Drawn, DrawRequest
from workers.generators.instant import InstantGenerator
from workers.vlms import Answer, AnswerRequest
from workers.vlms.instant import InstantVlm


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
