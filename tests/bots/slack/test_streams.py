"""Answers in the making."""

from dataclasses import replace

import pytest

from core.adapters.memory import MemoryLedger
from core.domain.replies import Live
from tests.bots.slack.loopback import Fault, Slack
from tests.bots.slack.loopback.world import BOT_ID, BOT_USER, FaultKind, Message
from tests.bots.slack.replies import STOP, Line
from tests.bots.slack.stage import Bot, Recorder, Stores, serving


class Writing:
    """A slot whose answer is being written."""

    def __init__(self, bot: Bot, line: Line) -> None:
        self.bot, self.line = bot, line

    async def begin(self) -> None:
        """Show the placeholder."""
        self.line.send(self.line.reply("one moment", stage="waiting", buttons=(STOP,)))
        await self.line.settled()

    def ledger(self, slot: str = "s1") -> MemoryLedger:
        """What is known of the slot now."""
        return MemoryLedger(self.bot.stores.state.ledgers[slot])

    async def write(self, text: str, share: float | None = None, slot: str = "s1") -> None:
        """Show the text so far; with a share, how far drawings are."""
        live = Live(slot=slot, chat=self.line.chat, text=text, share=share)
        await self.bot.frontend.progress(live, self.ledger(slot))

    async def end(self) -> None:
        """Show the answer."""
        self.line.send(self.line.reply("the whole answer"))
        await self.line.settled()

    def shown(self) -> list[Message]:
        """Messages in the thread."""
        return self.line.seen()


@pytest.fixture
async def writing(ear: Bot) -> Writing:
    """A placeholder in a direct message."""
    begun = Writing(ear, Line.open(ear.slack, ear.stores))
    await begun.begin()
    return begun


async def test_an_answer_streams_and_takes_the_placeholders_place(writing: Writing) -> None:
    """The stream grows below the placeholder; then there is the answer, one message, in place."""
    slack = writing.bot.slack
    for text in ("Find", "Findings: a ", "Findings: a patch"):
        await writing.write(text)
    placeholder, stream = writing.shown()
    assert (stream.text, stream.streaming) == ("Findings: a patch", True)
    assert placeholder.buttons()
    await writing.end()
    (message,) = writing.shown()
    assert message.ts == placeholder.ts
    assert "the whole answer" in message.words()
    assert message.metadata
    assert len(slack.calls("chat.startStream")) == 1


async def test_drawings_in_the_making_are_told_in_their_placeholder(writing: Writing) -> None:
    """A stream can only grow: how far drawings are is an edit of the placeholder."""
    await writing.write("Drawing: 25 % done", share=0.25)

    (placeholder,) = writing.shown()
    assert "25 % done" in placeholder.words()
    assert placeholder.buttons()
    assert not writing.bot.slack.calls("chat.startStream")


async def test_a_late_fragment_changes_nothing(writing: Writing) -> None:
    """What arrives after the answer is dropped."""
    await writing.write("Find")
    await writing.end()
    await writing.write("Findings: a patch")
    assert writing.line.words() == ["the whole answer\nthe whole answer"]


async def test_later_versions_of_a_streamed_answer_edit_it(writing: Writing) -> None:
    """A slot whose answer streamed can be replaced again."""
    await writing.write("Find")
    await writing.end()
    writing.line.send(writing.line.reply("better"))
    await writing.line.settled()
    assert writing.line.words() == ["better\nbetter"]
    assert len(writing.bot.slack.calls("chat.stopStream")) == 1


async def test_without_native_streams_the_placeholder_changes(writing: Writing) -> None:
    """Where Slack streams nothing, the placeholder shows the text, and keeps its Stop button."""
    slack = writing.bot.slack
    slack.world.streams = False
    await writing.write("Find")
    await writing.write("Findings: a patch")
    (message,) = writing.shown()
    assert ("Findings: a patch" in message.words(), list(message.buttons())) == (True, ["Stop"])
    await writing.end()
    assert writing.line.words() == ["the whole answer\nthe whole answer"]


async def test_a_channel_that_streams_nothing_is_not_asked_again(ear: Bot) -> None:
    """The refusal is remembered for the channel."""
    ear.slack.world.streams = False
    first = Writing(ear, Line.open(ear.slack, ear.stores))
    await first.begin()
    await first.write("Find")
    await first.write("Findings")
    ear.stores.state.ledgers["s1"].clear()
    assert len(ear.slack.calls("chat.startStream")) == 1


async def test_streams_in_channels_name_their_reader(ear: Bot) -> None:
    """In a channel the stream carries user and team of who asked, of another team too."""
    slack, channel = ear.slack, ear.slack.channel()
    asked = slack.write("U1", channel, f"<@{BOT_USER}> hello")
    await slack.event({**slack.event_of(asked), "user_team": "T0PARTNER", "type": "app_mention"})
    begun = Writing(ear, Line(slack, ear.stores, channel, asked.ts))
    await begun.begin()
    await begun.write("Find")
    (call,) = slack.calls("chat.startStream")
    assert (call["recipient_team_id"], call["recipient_user_id"]) == ("T0PARTNER", "U1")


async def test_a_stream_that_cannot_be_stopped_still_becomes_the_answer(writing: Writing) -> None:
    """Slack may refuse to stop a stream; the answer is shown all the same."""
    slack = writing.bot.slack
    await writing.write("Find")
    slack.fail("chat.stopStream", Fault("error", code="message_not_in_streaming_state"))
    writing.shown()[1].streaming = False
    await writing.end()
    assert writing.line.words() == ["the whole answer\nthe whole answer"]


@pytest.mark.parametrize("kind", ["lost_request", "http500", "ratelimited"])
async def test_a_stream_is_stopped_before_it_is_deleted(writing: Writing, kind: FaultKind) -> None:
    """While Slack streams a message it refuses to delete it: stopping is tried until it works."""
    slack = writing.bot.slack
    await writing.write("Find")
    slack.fail("chat.stopStream", Fault(kind))
    await writing.end()
    assert writing.line.words() == ["the whole answer\nthe whole answer"]
    assert slack.problems == []


async def test_an_answer_does_not_wait_for_the_end_of_its_stream(writing: Writing) -> None:
    """However long Slack will not stop a stream, the answer is there."""
    slack = writing.bot.slack
    await writing.write("Find")
    slack.fail("chat.stopStream", Fault("http500", times=1_000))
    writing.line.send(writing.line.reply("the whole answer"))
    await slack.until(lambda: "the whole answer" in writing.shown()[0].words())


async def test_a_stream_of_a_dead_process_is_found(slack: Slack, stores: Stores) -> None:
    """A stream that was begun and never recorded is taken away after the crash."""
    line = Line.open(slack, stores)
    async with serving(slack, stores, Recorder()) as bot:
        begun = Writing(bot, line)
        await begun.begin()
        slack.fail("chat.startStream", Fault("lost_reply"))
        await begun.write("Find")
    assert len(line.seen()) == 2
    async with serving(slack, stores, Recorder()):
        line.send(line.reply("the whole answer"))
        await line.settled()
    assert line.words() == ["the whole answer\nthe whole answer"]


async def test_a_process_that_did_not_begin_a_stream_leaves_it_alone(writing: Writing) -> None:
    """After a restart the text so far stands still until the answer is there."""
    stream = Message(
        ts=writing.bot.slack.world.ts(),
        channel=writing.line.channel,
        user=BOT_USER,
        bot_id=BOT_ID,
        thread_ts=writing.line.thread,
        text="Find",
        streaming=True,
    )
    writing.bot.slack.world.messages[writing.line.channel].append(stream)
    writing.bot.stores.state.ledgers["s1"]["m:stream"] = stream.ts
    await writing.write("Findings")
    assert stream.text == "Find"
    await writing.end()
    assert writing.line.words() == ["the whole answer\nthe whole answer"]


FAULTS: list[FaultKind] = ["lost_request", "lost_reply", "http500", "ratelimited"]


@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream"])
@pytest.mark.parametrize("kind", FAULTS)
async def test_trouble_with_fragments_is_of_no_consequence(
    writing: Writing, method: str, kind: FaultKind
) -> None:
    """Fragments may fail: none stands there twice meanwhile, and the answer comes."""
    slack = writing.bot.slack
    slack.fail(method, Fault(kind))
    for text in ("Find", "Findings: ", "Findings: a patch"):
        await writing.write(text)
    _, *streams = writing.shown()
    assert len(streams) <= 1
    assert all("Findings: a patch".startswith(stream.text) for stream in streams)
    await writing.end()
    assert writing.line.words() == ["the whole answer\nthe whole answer"]
    assert slack.problems == []


async def test_a_stream_begun_while_its_answer_was_claimed_is_ended(writing: Writing) -> None:
    """What the delivery knew when it took the answer may be older than the stream."""
    known = writing.ledger()
    await writing.write("Find")
    await writing.bot.frontend.show(writing.line.reply("the whole answer"), known)
    (message,) = writing.shown()
    assert ("the whole answer" in message.words(), message.streaming) == (True, False)


@pytest.mark.parametrize("streaming", ["native", "edit"])
async def test_nothing_is_begun_once_another_process_has_the_answer(
    slack: Slack, stores: Stores, streaming: str
) -> None:
    """A process that heard a fragment late finds in the ledger that it is over."""
    async with serving(slack, stores, Recorder(), streaming=streaming) as bot:
        begun = Writing(bot, Line.open(slack, stores))
        await begun.begin()
        known = begun.ledger()
        await begun.ledger().intend("over")
        live = Live(slot="s1", chat=begun.line.chat, text="Find")
        await bot.frontend.progress(live, known)
        await bot.frontend.progress(replace(live, text="Findings"), known)
    (placeholder,) = begun.shown()
    assert "one moment" in placeholder.words()


async def test_a_process_that_edits_stops_when_another_has_the_answer(ear: Bot) -> None:
    """The worker may go on for a moment after somebody pressed Stop."""
    ear.slack.world.streams = False
    begun = Writing(ear, Line.open(ear.slack, ear.stores))
    await begun.begin()
    for text in ("Find", "Findings"):
        await begun.write(text)
    await begun.ledger().intend("over")
    await begun.write("Findings: a patch")
    (placeholder,) = begun.shown()
    assert "a patch" not in placeholder.words()


async def test_an_answer_is_shown_again_over_another_processs_edits(writing: Writing) -> None:
    """An edit that was under way elsewhere may come in after the answer, once."""
    updates = writing.bot.slack.calls
    await writing.ledger().intend("edits")
    await writing.end()
    assert len(updates("chat.update")) == 2
    writing.line.send(writing.line.reply("better"))
    await writing.line.settled()
    assert len(updates("chat.update")) == 3


async def test_an_answer_is_shown_again_over_an_edit_of_unknown_fate(ear: Bot) -> None:
    """The same goes for an edit of this process that Slack never confirmed."""
    ear.slack.world.streams = False
    begun = Writing(ear, Line.open(ear.slack, ear.stores))
    await begun.begin()
    await begun.write("Find")
    ear.slack.fail("chat.update", Fault("error", code="internal_error"))
    await begun.write("Findings")
    before = len(ear.slack.calls("chat.update"))
    await begun.end()
    assert len(ear.slack.calls("chat.update")) == before + 2


async def test_two_answers_of_a_thread_do_not_stream_at_a_time(writing: Writing) -> None:
    """Nobody could tell after a crash which stream is whose."""
    line = writing.line
    line.send(line.reply("another moment", slot="s2", stage="waiting"))
    await line.settled()
    await writing.write("Find")
    await writing.write("Something", slot="s2")
    assert [message.streaming for message in writing.shown()] == [False, False, True]
    await writing.end()
    first, second = line.words()
    assert first == "the whole answer\nthe whole answer"
    assert "Something" in second


async def test_what_streams_is_taken_back_whole(writing: Writing) -> None:
    """Slack deletes nothing that streams: it is ended first."""
    await writing.write("Find")
    writing.line.send(writing.line.reply())
    await writing.line.settled()
    assert writing.shown() == []
    assert writing.bot.slack.problems == []


async def test_a_stream_names_its_thread(ear: Bot) -> None:
    """A stream that ends takes the status along, but not the title."""
    direct = ear.slack.direct("U1")
    asked = await ear.slack.say("U1", direct, "My arm")
    begun = Writing(ear, Line(ear.slack, ear.stores, direct, asked.ts))
    await begun.begin()
    await begun.write("Find")
    await begun.end()
    assert ear.slack.world.sessions[direct, asked.ts]["title"] == "My arm"


async def test_only_one_process_streams_an_answer(ear: Bot) -> None:
    """Of several processes that hear a fragment, one shows it."""
    begun = Writing(ear, Line.open(ear.slack, ear.stores))
    await begun.begin()
    await ear.stores.throttle.wait_s("slack:live:s1", ((1, 3600.0),))
    await begun.write("Find")
    assert len(begun.shown()) == 1


async def test_slacks_stop_button_is_shown_while_an_answer_takes_time(
    ear: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread whose answer takes a while is processing, and active when the answer is there."""
    monkeypatch.setattr("bots.slack_bot.agent.PATIENCE_S", 0.05)
    begun = Writing(ear, Line.open(ear.slack, ear.stores))
    await begun.begin()
    sessions = ear.slack.world.sessions
    await ear.slack.until(lambda: sessions)
    (session,) = sessions.values()
    assert session["status"] == "processing"
    await begun.end()
    assert session["status"] == "active"


async def test_a_quick_answer_needs_no_status(ear: Bot) -> None:
    """In a thread that is known to rest, a quick answer costs no call for its status."""
    begun = Writing(ear, Line.open(ear.slack, ear.stores))
    for _ in range(3):
        await begun.begin()
        await begun.end()
    assert len(ear.slack.calls("agents.sessions.setStatus")) == 1
