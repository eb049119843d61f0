"""A frontend that starts while the store is away waits for it."""

import pytest

from bots import waiting
from bots.waiting import when_stored
from core.domain.errors import StoreUnavailable


async def test_what_reads_the_store_is_done_again_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only a store that is away is waited for."""
    monkeypatch.setattr(waiting, "PAUSE_S", 0.0)
    answers = iter([StoreUnavailable("away"), StoreUnavailable("still away"), "here"])

    async def read() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await when_stored(read) == "here"


async def test_what_waiting_does_not_mend_is_raised() -> None:
    """Anything else goes to the operator at once."""

    async def read() -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        await when_stored(read)
