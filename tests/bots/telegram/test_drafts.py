"""With drafts, an answer grows in Telegram's own draft and ends as one message."""

import pytest

from bots.telegram_bot import streaming
from core.domain.messages import ChatRef, Command
from core.domain.replies import Live
from tests.bots.telegram.harness import ANN, CHAT, Bench, ledger, reply
from tests.bots.telegram.loopback import BotApi, Fault

GROUP = -100700
WAIT = reply("Thinking.", stage="waiting")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let drafts follow each other quickly."""
    monkeypatch.setattr(streaming, "PAUSES_S", (0.05,))
    monkeypatch.setattr(streaming, "_TICK_S", 0.005)


async def test_a_draft_grows_and_gives_way_to_the_answer(bench: Bench, api: BotApi) -> None:
    """Placeholder and progress are one draft; the answer is the only message, and it is whole."""
    book, chat = ledger(), api.world.chat(ANN)
    async with bench.serving(streaming="drafts") as bot:
        await bot.show(WAIT, book)
        assert list(chat.drafts.values()) == ["Thinking."]
        await bot.progress(Live(slot="s", chat=CHAT, text="It is **r"), book)
        await api.until(lambda: list(chat.drafts.values()) == ["It is **r"])
        await bot.show(reply("It is **round**."), book)
        await bot.show(reply("It is **round**."), book)
    assert chat.texts() == ["It is round."]
    assert chat.drafts == {}


async def test_telegrams_own_stop_is_a_stop(bench: Bench, api: BotApi) -> None:
    """Stop below a draft stops, after a restart as well."""
    async with bench.serving(streaming="drafts") as bot:
        await bot.show(WAIT, ledger())
    async with bench.serving(streaming="drafts"):
        api.world.stop(ANN)
        (got,) = await bench.heard()
    assert (got.command, got.chat, got.sender.user_id) == (Command(name="stop"), CHAT, str(ANN))


async def test_a_draft_is_kept_from_fading(
    bench: Bench, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While an answer waits in the queue its draft is sent again."""
    monkeypatch.setattr(streaming, "FADING_S", 0.05)
    async with bench.serving(streaming="drafts") as bot:
        await bot.show(WAIT, ledger())
        await api.until(lambda: api.calls["sendMessageDraft"] >= 3)
    assert list(api.world.chat(ANN).drafts.values()) == ["Thinking."]


async def test_where_there_are_no_drafts_a_placeholder_stands(bench: Bench, api: BotApi) -> None:
    """Groups, and chats that refuse a draft, get the placeholder that is edited."""
    api.world.chat(GROUP)
    there = ChatRef(platform="telegram", chat_id=str(GROUP))
    api.faults.add("sendMessageDraft", Fault(kind="refused"))
    async with bench.serving(streaming="drafts") as bot:
        await bot.show(reply("Wait.", stage="waiting", chat=there), ledger())
        await bot.show(WAIT, ledger())
    assert api.world.chat(GROUP).texts() == ["Wait."]
    assert api.world.chat(ANN).texts() == ["Thinking."]
