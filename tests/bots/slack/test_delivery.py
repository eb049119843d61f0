"""A reply is there once, whatever breaks between us and Slack."""

import pytest

from core.adapters.memory import MemoryLedger
from core.domain.errors import LeaseLost
from core.domain.messages import Command
from core.domain.replies import Button, Download, Heading
from tests.bots.slack.loopback import Fault, Slack
from tests.bots.slack.loopback.world import TEAM, FaultKind
from tests.bots.slack.replies import RANKING, STEP, STOP, Line
from tests.bots.slack.stage import Bot, Recorder, Stores, serving
from tests.signing import SIGNER
from tests.unit.provenance.pictures import badged


async def test_a_placeholder_becomes_the_answer(ear: Bot) -> None:
    """The final reply of a slot replaces what stands there."""
    line = Line.open(ear.slack, ear.stores)
    line.send(line.reply("one moment", stage="waiting", buttons=(STOP,)))
    await line.settled()
    line.send(line.reply("the answer"))
    await line.settled()
    (message,) = line.seen()
    assert ("the answer" in message.words(), message.buttons()) == (True, {})
    assert [c["text"] for c in ear.slack.calls("chat.postMessage")] == ["one moment"]


async def test_a_message_whose_receipt_was_lost_is_found_and_not_repeated(ear: Bot) -> None:
    """Slack took it and the connection broke: it is looked up by its metadata, then changed."""
    line = Line.open(ear.slack, ear.stores)
    ear.slack.fail("chat.postMessage", Fault("lost_reply"))
    line.send(line.reply("the answer"))
    await line.settled()
    assert len(line.seen()) == 1
    assert len(ear.slack.calls("chat.postMessage")) == 1


async def test_a_message_that_never_arrived_is_sent_again(ear: Bot) -> None:
    """The connection broke before Slack took it: it is looked up in vain, then sent."""
    line = Line.open(ear.slack, ear.stores)
    ear.slack.fail("chat.postMessage", Fault("lost_request"))
    ear.slack.fail("chat.postMessage", Fault("http500"))
    line.send(line.reply("the answer"))
    await line.settled()
    assert len(line.seen()) == 1
    assert len(ear.slack.calls("chat.postMessage")) == 3


async def test_a_crash_right_after_the_send_repeats_nothing(slack: Slack, stores: Stores) -> None:
    """The next process finds the message that the dead one had posted."""
    line = Line.open(slack, stores)
    async with serving(slack, stores, Recorder(), settle_s=30):
        slack.fail("chat.postMessage", Fault("lost_reply"))
        line.send(line.reply("the answer"))
        await slack.until(line.seen)
    stores.wake()
    async with serving(slack, stores, Recorder()):
        await line.settled()
    assert len(line.seen()) == 1
    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("fault", [None, "lost_request", "http500"])
async def test_what_was_sent_for_a_lost_row_is_taken_back(
    ear: Bot, monkeypatch: pytest.MonkeyPatch, fault: FaultKind | None
) -> None:
    """A process that was frozen before its send wakes up: its successor has answered already."""
    monkeypatch.setattr("bots.slack_bot.posts._PAUSES_S", (0.0, 0.0, 0.0))
    line = Line.open(ear.slack, ear.stores)
    held = iter((True, False))
    if fault:
        ear.slack.fail("chat.delete", Fault(fault))

    with pytest.raises(LeaseLost):
        await ear.frontend.show(line.reply("Hello"), MemoryLedger({}, lambda: next(held)))

    assert line.seen() == []


async def test_what_a_successor_has_found_stays(ear: Bot) -> None:
    """It took the late message for its own, and will not send another."""
    line = Line.open(ear.slack, ear.stores)
    fields: dict[str, str] = {}

    def held() -> bool:
        if sent := line.seen():
            fields["m:m0"] = sent[0].ts
        return not sent

    with pytest.raises(LeaseLost):
        await ear.frontend.show(line.reply("Hello"), MemoryLedger(fields, held))

    assert line.words() == ["Hello\nHello"]


async def test_the_message_is_found_on_a_later_page(ear: Bot) -> None:
    """A long thread is read page by page."""
    line = Line.open(ear.slack, ear.stores)
    for number in range(450):
        ear.slack.write("U1", line.channel, f"{number}", thread=line.thread)
    ear.slack.fail("chat.postMessage", Fault("lost_reply"))
    line.send(line.reply("the answer"))
    await line.settled()
    assert len(line.seen()) == 1
    assert len(ear.slack.calls("conversations.replies")) == 3


@pytest.mark.parametrize("patience_s", [5.0, 0.5])
async def test_a_rate_limit_keeps_the_order(
    ear: Bot, monkeypatch: pytest.MonkeyPatch, patience_s: float
) -> None:
    """A short limit is waited out in place, a long one in the outbox; nothing overtakes."""
    monkeypatch.setattr("bots.slack_bot.workspaces.PATIENCE_S", patience_s)
    line = Line.open(ear.slack, ear.stores)
    ear.slack.fail("chat.postMessage", Fault("ratelimited", seconds=1))
    line.send(line.reply("first"), line.reply("second", slot="s2"))
    await line.settled()
    assert line.words() == ["first\nfirst", "second\nsecond"]


async def test_a_deleted_placeholder_does_not_lose_the_answer(ear: Bot) -> None:
    """When somebody deleted the message to change, the answer is posted anew."""
    line = Line.open(ear.slack, ear.stores)
    line.send(line.reply("one moment", stage="waiting"))
    await line.settled()
    ear.slack.world.messages[line.channel].remove(line.seen()[0])
    line.send(line.reply("the answer"))
    await line.settled()
    assert line.words() == ["the answer\nthe answer"]


async def test_an_archived_channel_stops_nobody_else(ear: Bot) -> None:
    """A reply that can never be shown is dropped."""
    ear.slack.channel("C0OLD")
    closed = Line.open(ear.slack, ear.stores, "C0OLD")
    ear.slack.world.archived.add("C0OLD")
    line = Line.open(ear.slack, ear.stores)
    closed.send(closed.reply("for nobody"))
    line.send(line.reply("the answer", slot="s2"))
    await line.settled()
    assert (len(closed.seen()), len(line.seen())) == (0, 1)


async def test_a_workspace_that_left_gets_nothing(ear: Bot) -> None:
    """A reply to a workspace without an installation is dropped."""
    line = Line.open(ear.slack, ear.stores)
    other = line.reply("x")
    chat = type(other.chat)(platform="slack", chat_id=f"T0GONE:{line.channel}")
    line.send(type(other)(slot="s", chat=chat, blocks=other.blocks))
    await line.settled()
    assert line.seen() == []


async def test_newer_blocks_are_used_and_plain_ones_when_refused(ear: Bot) -> None:
    """A table and an alert where Slack takes them, sections where it does not."""
    line = Line.open(ear.slack, ear.stores)
    line.send(line.reply(RANKING, STEP))
    await line.settled()
    assert {"table", "alert"} <= {block["type"] for block in line.seen()[0].blocks}
    ear.slack.world.refused_blocks = {"table", "alert"}
    line.send(line.reply(RANKING, STEP, slot="s2"), line.reply(RANKING, slot="s3"))
    await line.settled()
    _, second, third = line.seen()
    for message in (second, third):
        assert {block["type"] for block in message.blocks} == {"section"}
        assert "Atopic dermatitis" in message.words()
    assert len(ear.slack.calls("chat.postMessage")) == 4


async def test_words_come_through_when_no_block_does(ear: Bot) -> None:
    """When Slack takes no blocks at all, the words are sent as text."""
    ear.slack.world.refused_blocks = {"table", "alert", "section"}
    line = Line.open(ear.slack, ear.stores)
    line.send(line.reply(RANKING, STEP))
    await line.settled()
    (message,) = line.seen()
    assert (message.blocks, "It bleeds." in message.text) == ([], True)


async def test_a_long_answer_is_several_messages_in_order(ear: Bot) -> None:
    """What does not fit one message is continued; a shorter version takes the rest away."""
    line = Line.open(ear.slack, ear.stores)
    long = "\n\n".join(f"Paragraph {number}. " + "word " * 500 for number in range(14))
    line.send(line.reply(Heading(text="Long"), long, buttons=(STOP,)))
    await line.settled()
    assert len(line.seen()) > 2
    assert [bool(message.buttons()) for message in line.seen()][-2:] == [False, True]
    everything = "".join(line.words())
    assert all(f"Paragraph {number}. " in everything for number in range(14))
    line.send(line.reply("short"))
    await line.settled()
    assert line.words() == ["short\nshort"]


async def test_a_whisper_is_seen_by_one_person(ear: Bot) -> None:
    """A request for consent in a channel is ephemeral; an answer there is not."""
    channel = ear.slack.channel()
    line = Line.open(ear.slack, ear.stores, channel)
    agree = Button(label="I agree", command=Command(name="agree"))
    line.send(line.reply("May I?", buttons=(agree,), only_for=f"{TEAM}:U1"))
    line.send(line.reply("the answer", slot="s2", only_for=f"{TEAM}:U1"))
    await line.settled()
    assert [message.only_for for message in line.seen()] == ["U1", ""]


async def test_answers_are_whispered_where_that_is_wished(slack: Slack, stores: Stores) -> None:
    """A setting keeps all answers in channels to the one who asked."""
    line = Line.open(slack, stores, slack.channel())
    async with serving(slack, stores, Recorder(), channel_answers="whisper"):
        line.send(line.reply("one moment", stage="waiting", only_for=f"{TEAM}:U1"))
        await line.settled()
        line.send(line.reply("the answer", only_for=f"{TEAM}:U1"))
        await line.settled()
    assert [message.only_for for message in line.seen()] == ["U1", "U1"]


@pytest.mark.parametrize(
    "method", ["files.getUploadURLExternal", "files.completeUploadExternal", "chat.postMessage"]
)
async def test_a_gallery_is_one_message_whatever_is_lost(ear: Bot, method: str) -> None:
    """Pictures that were uploaded twice are seen once."""
    line = Line.open(ear.slack, ear.stores)
    ear.slack.fail(method, Fault("lost_reply"))
    line.send(line.reply(await line.gallery(3), buttons=(STOP,)))
    await line.settled()
    (message,) = line.seen()
    assert [image["alt_text"] for image in message.of_type("image")] == [
        f"A drawn patch {number}" for number in range(3)
    ]
    assert message.buttons()


async def test_pictures_are_not_uploaded_again_for_an_edit(ear: Bot) -> None:
    """A repeated reply uses the files that are there."""
    line = Line.open(ear.slack, ear.stores)
    gallery = await line.gallery()
    line.send(line.reply(gallery), line.reply(gallery, "more"))
    await line.settled()
    assert len(ear.slack.calls("files.getUploadURLExternal")) == 2
    assert len(line.seen()) == 1


async def test_pictures_that_slack_has_not_looked_into_yet_are_waited_for(ear: Bot) -> None:
    """While Slack refuses a new file, the gallery waits; it is not shown without its pictures."""
    line = Line.open(ear.slack, ear.stores)
    ear.slack.fail("chat.postMessage", Fault("error", times=2, code="invalid_blocks"))
    line.send(line.reply(await line.gallery(1)))
    await line.settled()
    (message,) = line.seen()
    assert message.of_type("image")


async def test_an_expired_picture_leaves_its_caption(ear: Bot) -> None:
    """When the bytes are gone, the words stay."""
    line = Line.open(ear.slack, ear.stores)
    gallery = await line.gallery(1)
    ear.stores.blobs._blobs.clear()
    line.send(line.reply(gallery))
    await line.settled()
    assert line.seen()[0].of_type("context")[0]["elements"][0]["text"] == "SYNTHETIC 0"


async def test_a_signed_picture_arrives_byte_for_byte(ear: Bot) -> None:
    """What Slack receives as a file is the signed picture, not one byte changed."""
    line = Line.open(ear.slack, ear.stores)
    signed = SIGNER.sign(badged(), "generated", "demo")
    blob = await ear.stores.blobs.put("c1", signed)  # type: ignore[arg-type]
    line.send(
        line.reply(Download(blob=blob, media_type="image/png", name="synthetic.png", caption="S"))
    )
    await line.settled()
    (message,) = line.seen()
    assert ear.slack.world.files[message.files[0]].data == signed


@pytest.mark.parametrize("kind", ["lost_reply", "lost_request"])
async def test_a_file_to_keep_is_shared_once(ear: Bot, kind: str) -> None:
    """An export is found again by its name when its receipt was lost."""
    line = Line.open(ear.slack, ear.stores)
    blob = await ear.stores.blobs.put("c1", b"PK zip")  # type: ignore[arg-type]
    file = Download(blob=blob, media_type="application/zip", name="my-data.zip", caption="Yours")
    ear.slack.fail("files.completeUploadExternal", Fault(kind))  # type: ignore[arg-type]
    line.send(line.reply(file))
    await line.settled()
    (message,) = line.seen()
    assert ear.slack.world.files[message.files[0]].title == "my-data.zip"
