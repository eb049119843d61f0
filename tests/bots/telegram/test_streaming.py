"""Answers are shown while they are written, and the final text always wins."""

import asyncio

import pytest

from bots import TryLater
from bots.telegram_bot import streaming
from core.domain.messages import Command
from core.domain.replies import Button, Live
from tests.bots.telegram.harness import ANN, CHAT, Bench, ledger, reply
from tests.bots.telegram.loopback import BotApi, Fault

STOP = Button(label="Stop", command=Command(name="stop"))
WAIT = reply("Thinking.", stage="waiting", buttons=(STOP,))


def live(text: str) -> Live:
    """Return an answer in the making."""
    return Live(slot="s", chat=CHAT, text=text)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let edits follow each other quickly."""
    monkeypatch.setattr(streaming, "PAUSES_S", (0.05,))
    monkeypatch.setattr(streaming, "_TICK_S", 0.005)


async def test_text_grows_in_place_and_keeps_its_stop_button(bench: Bench, api: BotApi) -> None:
    """Progress edits the placeholder, formatted, with Stop below it."""
    book = ledger()
    chat = api.world.chat(ANN)
    async with bench.serving() as bot:
        await bot.show(WAIT, book)
        for text in ("It", "It is", "It is **round**"):
            await bot.progress(live(text), book)
            await api.until(lambda t=text: chat.texts() == [t.replace("*", "")])
        assert chat.visible()[0].buttons
        await bot.show(reply("It is round."), book)
        await bot.progress(live("It is r"), book)
        await asyncio.sleep(0.1)
    assert chat.visible()[0].looks == ["Thinking.", "It", "It is", "It is round", "It is round."]


async def test_only_the_newest_text_is_shown(bench: Bench, api: BotApi) -> None:
    """Hundreds of deltas become a few edits."""
    book = ledger()
    async with bench.serving() as bot:
        await bot.show(WAIT, book)
        for n in range(300):
            await bot.progress(live("word " * (n + 1)), book)
        await api.until(lambda: api.world.chat(ANN).texts()[0].count("word") == 300)
    assert api.calls["editMessageText"] < 5


async def test_a_refused_edit_is_skipped_and_the_answer_still_comes(
    bench: Bench, api: BotApi
) -> None:
    """When Telegram refuses a progress edit, the answer waits for its time and comes whole."""
    book = ledger()
    api.faults.add("editMessageText", Fault(kind="flood", seconds=1))
    async with bench.serving() as bot:
        await bot.show(WAIT, book)
        await bot.progress(live("half"), book)
        await api.until(lambda: api.calls["editMessageText"] == 1)
        await bot.show(reply("Whole."), book)
    assert api.world.chat(ANN).texts() == ["Whole."]


async def test_a_stale_edit_that_lands_late_does_not_stay(bench: Bench, api: BotApi) -> None:
    """An edit that was lost on the way may land after the final one; the final one is repeated."""
    book = ledger()
    chat = api.world.chat(ANN)
    api.faults.add("editMessageText", Fault(kind="late"))
    async with bench.serving() as bot:
        await bot.show(WAIT, book)
        await bot.progress(live("stale"), book)
        await api.until(lambda: api.calls["editMessageText"] == 1)
        with pytest.raises(TryLater) as later:
            await bot.show(reply("Whole."), book)
        assert (chat.texts(), later.value.spent) == (["Whole."], False)
        api.faults.release()
        await api.until(lambda: chat.texts() == ["stale"])
        await bot.show(reply("Whole."), book)
    assert chat.texts() == ["Whole."]


async def test_progress_for_unknown_slots_is_dropped(bench: Bench, api: BotApi) -> None:
    """After a restart there is no progress until the answer, and nothing breaks."""
    async with bench.serving() as bot:
        await bot.progress(live("x"), ledger())
        await asyncio.sleep(0.05)
    assert api.calls["editMessageText"] == 0


async def test_an_answer_longer_than_a_message_streams_its_first_page(
    bench: Bench, api: BotApi
) -> None:
    """Progress never runs into the length limit; the rest comes with the answer."""
    book = ledger()
    long = "A sentence of a long answer. " * 300
    async with bench.serving() as bot:
        await bot.show(WAIT, book)
        await bot.progress(live(long), book)
        await api.until(lambda: api.world.chat(ANN).texts()[0].startswith("A sentence"))
        await bot.show(reply(long), book)
    assert " ".join(api.world.chat(ANN).texts()) == long.strip()
