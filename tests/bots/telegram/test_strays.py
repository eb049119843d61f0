"""What was sent twice is taken back."""

import pytest

from bots import TryLater
from core.domain.replies import Gallery, Reply
from core.ports import Ledger
from tests.bots.telegram.harness import ANN, Bench, ledger, reply
from tests.bots.telegram.loopback import BotApi, Fault


async def _album(bench: Bench) -> Reply:
    return reply(Gallery(pictures=(await bench.picture("One"), await bench.picture("Two"))))


async def _insist(bot: object, shown: Reply, book: Ledger) -> None:
    with pytest.raises(TryLater):
        await bot.show(shown, book)  # type: ignore[attr-defined]
    await bot.show(shown, book)  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["sendMessage", "sendMediaGroup"])
async def test_a_send_whose_answer_was_lost_leaves_nothing(
    bench: Bench, api: BotApi, method: str
) -> None:
    """The message that stands is the one we know; the first one is gone again."""
    book = ledger()
    shown = reply("Your cases.") if method == "sendMessage" else await _album(bench)
    async with bench.serving() as bot:
        api.world.say(ANN, "before")
        await bench.heard()
        api.faults.add(method, Fault(kind="lost"))
        await _insist(bot, shown, book)
    expected = ["Your cases."] if method == "sendMessage" else ["One", "Two"]
    assert api.world.chat(ANN).texts() == expected


async def test_a_process_that_died_in_between_is_cleaned_up_after(
    bench: Bench, api: BotApi
) -> None:
    """The note of the newest message outlives the process that wrote it."""
    book = ledger()
    async with bench.serving() as bot:
        api.world.say(ANN, "before")
        await bench.heard()
        api.faults.add("sendMediaGroup", Fault(kind="lost"))
        with pytest.raises(TryLater):
            await bot.show(await _album(bench), book)
    async with bench.serving() as bot:
        await bot.show(await _album(bench), book)
    assert api.world.chat(ANN).texts() == ["One", "Two"]


async def test_what_people_and_hints_say_in_between_stays(bench: Bench, api: BotApi) -> None:
    """Only what is ours and unknown goes: other chats and other messages are not touched."""
    book = ledger()
    async with bench.serving() as bot:
        api.world.say(ANN, "before")
        await bench.heard()
        await bot.show(reply("Earlier.", slot="e"), ledger())
        api.faults.add("sendMessage", Fault(kind="lost"))
        with pytest.raises(TryLater):
            await bot.show(reply("Answer."), book)
        api.world.say(ANN, "in between")
        await bot.show(reply("Later.", slot="l"), ledger())
        await bot.show(reply("Answer."), book)
    assert api.world.chat(ANN).texts() == ["Earlier.", "Later.", "Answer."]
