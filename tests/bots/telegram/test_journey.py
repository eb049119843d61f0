"""The whole bot on Telegram: photo in, answer streamed and drawn, dialogue, restart."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bots.delivery import Delivery
from core.adapters.memory import MemoryCases, MemoryJobs, MemoryOutbox, MemoryState
from core.adapters.memory_extras import MemoryAlbums, MemoryLiveText
from core.adapters.redis_extras import SystemClock
from core.conversation import CONSENT_VERSION, Conversation, Policy
from core.domain.messages import ChatRef, Person
from core.ontology import load_ontology
from core.photos import Photo
from tests.bots.telegram.harness import ANN, ROOT, Bench, png
from tests.bots.telegram.loopback import BotApi, Fault, Shown
from tests.e2e.stage import _worker
from workers.batching import ModelThread

PERSON = Person(platform="telegram", user_id=str(ANN))


class KnownPhotos:
    """A photo path that takes everything."""

    async def normalise(self, data: bytes, *, owner: str = "") -> Photo:
        """Return a small photo."""
        return Photo(data=data, media_type="image/jpeg", width_px=64, height_px=48, tone=None)


@dataclass
class Whole:
    """Stores and models that outlive the frontend."""

    bench: Bench
    state: MemoryState
    live: MemoryLiveText
    conversation: Conversation

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator[None, None]:
        """Run frontend and delivery."""
        async with self.bench.serving() as frontend, asyncio.TaskGroup() as group:
            outbox = MemoryOutbox(self.state)
            delivery = Delivery(frontend=frontend, outbox=outbox, live=self.live)
            task = group.create_task(delivery.run())
            try:
                yield
            finally:
                task.cancel()


@asynccontextmanager
async def whole(bench: Bench) -> AsyncGenerator[Whole, None]:
    """Give stores and a worker with instant models."""
    state, live = MemoryState(lease_s=5.0), MemoryLiveText()
    bench.conversation = conversation = Conversation(
        cases=MemoryCases(state),
        blobs=bench.blobs,
        jobs=MemoryJobs(state),
        albums=MemoryAlbums(),
        photos=KnownPhotos(),
        words=bench.words,
        ontology=load_ontology(ROOT / "config" / "conditions.toml"),
        clock=SystemClock(),
        policy=Policy(album_quiet_s=0.5),
    )
    await conversation.cases.set_profile(PERSON, {"consent": CONSENT_VERSION})
    with ModelThread() as thread:
        worker = _worker(conversation, thread, live)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(worker.run()), group.create_task(_albums(conversation))]
            yield Whole(bench, state, live, conversation)
            for task in tasks:
                task.cancel()


async def _albums(conversation: Conversation) -> None:
    while True:
        await asyncio.sleep(0.02)
        await conversation.close_album()


def answers(api: BotApi) -> list[Shown]:
    """Return answers that were written by the model."""
    return [shown for shown in api.world.chat(ANN).visible() if "You said:" in shown.text]


async def test_a_photo_a_question_and_a_drawing(bench: Bench, api: BotApi) -> None:
    """One photo is answered in its placeholder; pictures follow; a question and a button work."""
    chat = api.world.chat(ANN)
    async with whole(bench) as parts, parts.bot():
        api.world.photo(ANN, png(), "what is this?")
        await api.until(lambda: any("media_group_id" in s.raw for s in chat.visible()))
        (answer,) = answers(api)
        assert answer.looks[0].startswith("Your photo is here.")
        assert "what is this?" in answer.text
        assert answer.raw.get("entities")
        api.world.say(ANN, "why do you think so?")
        await api.until(lambda: len(answers(api)) == 2)
        drawn = next(
            s for s in chat.visible() if any("draw" in b["callback_data"] for b in s.buttons)
        )
        data = next(b["callback_data"] for b in drawn.buttons if "|draw|" in b["callback_data"])
        albums = sum("media_group_id" in s.raw for s in chat.visible())
        api.world.press(ANN, drawn, data)
        await api.until(
            lambda: sum("media_group_id" in s.raw for s in chat.visible()) == 2 * albums
        )
        await bench.confirmed()


async def test_an_album_is_one_turn(bench: Bench, api: BotApi) -> None:
    """Three photos of an album get one answer that knows of all three."""
    async with whole(bench) as parts, parts.bot():
        for n in range(3):
            api.world.photo(ANN, png(), "three views" if n == 0 else "", media_group_id="G")
        await api.until(lambda: bool(answers(api)))
    (answer,) = answers(api)
    assert "3 photo(s)" in answer.text
    assert "three views" in answer.text


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
async def test_a_lost_answer_of_telegram_costs_and_doubles_nothing(
    bench: Bench, api: BotApi, method: str
) -> None:
    """With Telegram's answers lost on the way, every reply is there once."""
    async with whole(bench) as parts, parts.bot():
        api.faults.add(method, Fault(kind="lost"))
        api.world.photo(ANN, png(), "what is this?")
        await api.until(lambda: bool(answers(api)))
        await api.until(lambda: api.faults.pending() == 0)
    assert len(answers(api)) == 1


async def test_a_restart_in_the_middle_loses_nothing(bench: Bench, api: BotApi) -> None:
    """The bot ends while an answer is under way; the next one edits the same placeholder."""
    chat = api.world.chat(ANN)
    async with whole(bench) as parts:
        async with parts.bot():
            api.faults.add("editMessageText", Fault(kind="hang"))
            api.world.photo(ANN, png(), "what is this?")
            await api.until(lambda: api.calls["editMessageText"] > 0)
        placeholder = chat.visible()[0].id
        api.faults.release()
        # The lease of the process that died runs out.
        parts.state.taken.update(dict.fromkeys(parts.state.taken, 0.0))
        async with parts.bot():
            await api.until(lambda: bool(answers(api)))
            await bench.confirmed()
    (answer,) = answers(api)
    assert answer.id == placeholder


async def test_consent_comes_first(bench: Bench, api: BotApi) -> None:
    """A stranger gets the consent card with buttons, and nothing of theirs is kept."""
    bob = ChatRef(platform="telegram", chat_id="502")
    async with whole(bench) as parts, parts.bot():
        api.world.photo(502, png(), "hello")
        await api.until(lambda: any("agree" in t for t in api.world.chat(502).texts()))
        (card,) = api.world.chat(502).visible()
        api.world.press(502, card, "1|agree|")
        await api.until(lambda: len(api.world.chat(502).visible()) == 2)
        assert await parts.conversation.cases.open_case(bob) is None
