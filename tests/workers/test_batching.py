"""One model thread, urgent work first, and batches that shrink until they fit."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.words import Words
from workers.batching import ModelThread, run_apart
from workers.errors import FAILED, NO_MEMORY, NOT_DRAWN, NOT_LEARNED, PHOTO_GONE, OutOfMemory


@given(
    requests=st.lists(st.integers(0, 20), max_size=12),
    fits=st.integers(1, 12),
    bad=st.sets(st.integers(0, 20)),
)
def test_every_request_gets_its_own_outcome(requests: list[int], fits: int, bad: set[int]) -> None:
    """Whatever the memory and whoever is at fault, good requests succeed and keep their order."""

    def run(batch: Sequence[int]) -> list[int | Exception]:
        if len(batch) > fits:
            raise OutOfMemory
        if bad.intersection(batch):
            raise ValueError
        return [number * 2 for number in batch]

    outcomes = run_apart(run, requests)

    assert [None if isinstance(o, Exception) else o for o in outcomes] == [
        None if number in bad else number * 2 for number in requests
    ]


async def test_errors_reach_whoever_asked() -> None:
    """An exception on the model thread is raised where the work was asked for."""

    def broken() -> None:
        raise KeyError("x")

    with ModelThread() as thread, pytest.raises(KeyError):
        await thread.run(broken, urgent=True)


async def test_urgent_work_overtakes_and_interrupts() -> None:
    """Urgent work is done between the steps of patient work, and before patient work that waits."""
    order: list[str] = []
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    with ModelThread() as thread:

        def patient() -> None:
            order.append("patient begins")
            loop.call_soon_threadsafe(begun.set)
            while "urgent" not in order:
                thread.let_urgent_pass()
            order.append("patient ends")

        async def ask_urgently() -> None:
            await begun.wait()
            await thread.run(lambda: order.append("urgent"), urgent=True)

        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(thread.run(patient, urgent=False))
            group.create_task(thread.run(lambda: order.append("next"), urgent=False))
            group.create_task(ask_urgently())

    assert order == ["patient begins", "urgent", "patient ends", "next"]


def test_every_failure_has_a_sentence() -> None:
    """The codes that the worker names are in the English catalogue."""
    words = Words(Path(__file__).parents[2] / "config" / "locales")

    codes = (FAILED, NO_MEMORY, PHOTO_GONE, NOT_DRAWN, NOT_LEARNED)
    assert all(words.text("en", code, name="acne") for code in codes)
