"""Text in the making: the newest of each slot, a few times a second, never at any cost."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.domain.errors import StoreUnavailable
from core.domain.replies import Live
from workers.live import Typist


class Ears:
    """Hears what is published, unless it is told to be deaf."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.heard: list[Live] = []
        self.deaf = False
        self.news = asyncio.Event()

    async def publish(self, live: Live) -> None:
        if self.deaf:
            raise StoreUnavailable("Redis did not answer")
        self.heard.append(live)
        self.news.set()

    def listen(self, platform: str) -> AsyncIterator[Live]:
        raise NotImplementedError


async def published(typist: Typist, ears: Ears) -> list[str]:
    """Run the typist until it has published something."""
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        typing = group.create_task(typist.run())
        await ears.news.wait()
        typing.cancel()
    return [live.text for live in ears.heard]


async def test_only_the_newest_text_is_published(answer_lease: Any) -> None:
    """What was overtaken before its turn is never sent."""
    ears = Ears()
    typist = Typist(ears, every_s=0.001)
    write = typist.writer(answer_lease().job)
    for text in ("It", "It looks", "It looks like"):
        write(text)

    assert await published(typist, ears) == ["It looks like"]


async def test_forgotten_text_stays_unsaid(answer_lease: Any) -> None:
    """Once the answer is done, its text in the making is dropped."""
    ears = Ears()
    typist = Typist(ears, every_s=0.001)
    old, other = answer_lease("j1", turn_id="t1").job, answer_lease("j2", turn_id="t2").job
    typist.writer(old)("old")
    typist.writer(other)("other")
    typist.forget(old)

    assert await published(typist, ears) == ["other"]


async def test_outage_costs_text_and_nothing_else(
    answer_lease: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While Redis is away texts are dropped; afterwards they are told again."""
    ears = Ears()
    typist = Typist(ears, every_s=0.001)
    write = typist.writer(answer_lease().job)
    ears.deaf = True
    write("lost")
    async with asyncio.TaskGroup() as group:
        typing = group.create_task(typist.run())
        await asyncio.sleep(0.05)
        monkeypatch.setattr(ears, "deaf", False)
        write("told")
        await ears.news.wait()
        typing.cancel()

    assert [live.text for live in ears.heard] == ["told"]


async def test_writing_from_other_threads_breaks_nothing(answer_lease: Any) -> None:
    """Models write from their own thread, slots by the hundred, while the loop publishes."""
    ears = Ears()
    typist = Typist(ears, every_s=0)
    jobs = [answer_lease(f"j{number}", turn_id=f"t{number}").job for number in range(300)]

    def write() -> None:
        for job in jobs:
            typist.writer(job)("text")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    await published(typist, ears)
    for thread in threads:
        thread.join()

    assert {live.text for live in ears.heard} == {"text"}
