"""How a process ends."""

import asyncio

import pytest

from config.running import run_process
from core.domain.errors import InfrastructureError, StoreUnavailable


async def _fail() -> None:
    raise StoreUnavailable("Redis does not answer.")


async def _nested() -> None:
    async with asyncio.TaskGroup() as outer:
        async with asyncio.TaskGroup() as inner:
            inner.create_task(_fail())
        outer.create_task(asyncio.sleep(0))


def test_the_operator_reads_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """However deep in groups of tasks an error lies, it is told in its own words."""
    assert run_process(_nested()) == 2
    assert capsys.readouterr().err == "Redis does not answer.\n"


def test_an_error_without_a_group_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    """A process may fail before it has any tasks."""

    async def fail() -> None:
        raise InfrastructureError("No token.")

    assert run_process(fail()) == 2
    assert capsys.readouterr().err == "No token.\n"


def test_who_ends_well_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit status is 0."""
    assert run_process(asyncio.sleep(0)) == 0
    assert capsys.readouterr().err == ""


def test_a_defect_is_not_dressed_up() -> None:
    """What is no operator's business keeps its traceback."""

    async def fail() -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        run_process(fail())
