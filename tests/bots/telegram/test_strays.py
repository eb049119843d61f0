"""What was sent twice is taken back."""

import pytest

from bots import TryLater
from bots.telegram_bot.frontend import TelegramFrontend
from bots.telegram_bot.strays import MOST_LOOKS
from core.adapters.memory_outbox import MemoryLedger
from core.domain.errors import LeaseLost, StoreUnavailable
from core.domain.replies import Gallery, Reply
from core.ports import Ledger
from tests.bots.telegram.harness import ANN, Bench, ledger, reply
from tests.bots.telegram.loopback import BotApi, Fault
from tests.bots.telegram.loopback.faults import Kind


async def _album(bench: Bench) -> Reply:
    return reply(Gallery(pictures=(await bench.picture("One"), await bench.picture("Two"))))


async def _insist(bot: TelegramFrontend, shown: Reply, book: Ledger) -> list[TryLater]:
    """Deliver as the courier does: again and again; returns what it was told meanwhile."""
    told: list[TryLater] = []
    while len(told) < 10:
        try:
            await bot.show(shown, book)
        except TryLater as later:
            told.append(later)
        else:
            break
    return told


async def _unheard(
    bench: Bench, api: BotApi, bot: TelegramFrontend, book: Ledger, fault: Fault
) -> None:
    """Let somebody write, and lose the answer's first send."""
    api.world.say(ANN, "before")
    await bench.heard()
    api.faults.add("sendMessage", fault)
    with pytest.raises(TryLater):
        await bot.show(reply("Answer."), book)


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
        told = await _insist(bot, shown, book)
    # Once because nothing was heard of the send, once to look again for what comes late.
    assert [later.spent for later in told] == [False, False]
    expected = ["Your cases."] if method == "sendMessage" else ["One", "Two"]
    assert api.world.chat(ANN).texts() == expected


@pytest.mark.parametrize("method", ["sendMessage", "sendMediaGroup"])
async def test_the_strays_of_every_try_are_found(bench: Bench, api: BotApi, method: str) -> None:
    """However busy a bot is between two tries, each stray stands right behind its own."""
    book = ledger()
    shown = reply("Your cases.") if method == "sendMessage" else await _album(bench)
    async with bench.serving() as bot:
        for number in range(3):
            api.world.much_happens_elsewhere(MOST_LOOKS)
            api.world.say(ANN, "before")
            await bench.heard(number + 1)
            api.faults.add(method, Fault(kind="lost", chat_id=ANN))
            with pytest.raises(TryLater):
                await bot.show(shown, book)
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
        await _insist(bot, await _album(bench), book)
    assert api.world.chat(ANN).texts() == ["One", "Two"]


async def test_a_process_that_has_heard_nothing_finds_what_it_sent_twice(
    bench: Bench, api: BotApi
) -> None:
    """What was heard outlives a process that died before it had sent anything."""
    book = ledger()
    async with bench.serving():
        api.world.say(ANN, "before")
        await bench.heard()
    async with bench.serving() as bot:
        api.faults.add("sendMessage", Fault(kind="lost"))
        await _insist(bot, reply("Answer."), book)
    assert api.world.chat(ANN).texts() == ["Answer."]


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
        await _insist(bot, reply("Answer."), book)
    assert api.world.chat(ANN).texts() == ["Earlier.", "Later.", "Answer."]


async def test_whoever_comes_after_a_kill_makes_good_on_the_search(
    bench: Bench, api: BotApi
) -> None:
    """A search stands in the ledger from the second send on, so it outlives its process."""
    book = ledger()
    async with bench.serving() as bot:
        await _unheard(bench, api, bot, book, Fault(kind="lost"))
        # The second send is known; everything about the search fails.
        api.faults.add("editMessageReplyMarkup", Fault(kind="bad_gateway"))
        with pytest.raises(TryLater):
            await bot.show(reply("Answer."), book)
    assert len(api.world.chat(ANN).texts()) == 2
    async with bench.serving() as bot:
        await _insist(bot, reply("Answer."), book)
    assert api.world.chat(ANN).texts() == ["Answer."]


async def test_a_first_send_that_arrives_late_is_found_by_the_second_look(
    bench: Bench, api: BotApi
) -> None:
    """It has a higher number than the message that took its place."""
    book = ledger()
    async with bench.serving() as bot:
        await _unheard(bench, api, bot, book, Fault(kind="late"))
        with pytest.raises(TryLater):
            await bot.show(reply("Answer."), book)
        api.faults.release()
        await api.until(lambda: len(api.world.chat(ANN).texts()) == 2)
        await _insist(bot, reply("Answer."), book)
    assert api.world.chat(ANN).texts() == ["Answer."]


@pytest.mark.parametrize("fault", [None, "bad_gateway", "flood", "dropped", "lost"])
@pytest.mark.parametrize("method", ["sendMessage", "sendMediaGroup"])
async def test_who_lost_the_row_takes_back_what_it_has_just_sent(
    bench: Bench,
    api: BotApi,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    fault: Kind | None,
) -> None:
    """After a freeze longer than its lease a delivery finds a successor, and leaves nothing."""
    monkeypatch.setattr("bots.telegram_bot.outgoing._PAUSES_S", (0.0, 0.0, 0.0))
    held = iter([True, True, False])
    book = MemoryLedger({}, lambda: next(held))
    shown = reply("Your cases.") if method == "sendMessage" else await _album(bench)
    async with bench.serving() as bot:
        api.world.say(ANN, "before")
        await bench.heard()
        if fault:
            api.faults.add("deleteMessage", Fault(kind=fault))
        with pytest.raises(LeaseLost):
            await bot.show(shown, book)
    assert api.world.chat(ANN).texts() == []


@pytest.mark.parametrize("method", ["sendMessage", "sendMediaGroup"])
async def test_what_could_not_be_written_down_is_not_sent_again(
    bench: Bench, api: BotApi, method: str
) -> None:
    """A store that is away right after a send brings nobody a second message."""
    writes = iter(range(100))

    def store() -> bool:
        if next(writes) == 2:
            raise StoreUnavailable("no memory left")
        return True

    book = MemoryLedger({}, store)
    shown = reply("Your cases.") if method == "sendMessage" else await _album(bench)
    async with bench.serving() as bot:
        api.world.say(ANN, "before")
        await bench.heard()
        with pytest.raises(StoreUnavailable):
            await bot.show(shown, book)
        assert await _insist(bot, shown, book) == []
    assert api.calls[method] == 1
    assert len(api.world.chat(ANN).texts()) == (1 if method == "sendMessage" else 2)


async def test_an_answer_of_a_dead_process_is_no_stray(bench: Bench, api: BotApi) -> None:
    """However old a successor's note of the newest message is, it deletes no answer."""
    async with bench.serving() as bot:
        api.world.say(ANN, "before")
        await bench.heard()
        await bot.show(reply("Answer."), shown := ledger())
    # What the dead process had noted of Telegram's count was a second old.
    book = ledger()
    await book.record("before.text.0", str(int(shown.message_id("text.0") or 0) - 1))
    async with bench.serving() as bot:
        api.faults.add("sendMessage", Fault(kind="lost"))
        await _insist(bot, reply("Pictures.", slot="p"), book)
    assert api.world.chat(ANN).texts() == ["Answer.", "Pictures."]
