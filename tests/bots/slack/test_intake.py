"""What happens between an event and its acknowledgement."""

import asyncio

import pytest

from core.domain.errors import StoreUnavailable
from core.domain.messages import Command, Incoming
from tests.bots.slack.loopback import Fault, Slack
from tests.bots.slack.loopback.world import BOT_ID, BOT_USER, TEAM
from tests.bots.slack.stage import Bot, Recorder, Stores, serving

PHOTO = b"\xff\xd8 a photo, not looked at here"


async def test_a_message_is_handed_over_before_it_is_acknowledged(ear: Bot) -> None:
    """When Slack has its acknowledgement, the conversation has the message."""
    direct = ear.slack.direct("U1")
    asked = await ear.slack.say("U1", direct, "hello &amp; &lt;you&gt;")
    (incoming,) = ear.received
    assert incoming.text == "hello & <you>"
    assert (incoming.chat.chat_id, incoming.chat.thread_id) == (f"{TEAM}:{direct}", asked.ts)
    assert (incoming.sender.user_id, incoming.private) == (f"{TEAM}:U1", True)
    assert incoming.register == "clinician"


async def test_a_message_that_was_not_stored_is_not_acknowledged(ear: Bot) -> None:
    """While the store is down Slack gets no acknowledgement, and delivers again."""
    ear.recorder.failures = [StoreUnavailable("down"), StoreUnavailable("down")]
    ear.slack.links.ack_s = 0.3
    await ear.slack.say("U1", ear.slack.direct("U1"), "hello")
    assert (len(ear.received), ear.slack.links.unacked) == (1, 2)


async def test_a_slow_store_is_not_acknowledged_either(slack: Slack, stores: Stores) -> None:
    """The durable step has a time limit below Slack's three seconds."""

    class Slow(Recorder):
        async def receive(self, incoming: object) -> None:
            await asyncio.sleep(30)

    slack.links.tries, slack.links.ack_s = 1, 0.5
    async with serving(slack, stores, Slow(), ack_budget_s=0.05):
        await slack.say("U1", slack.direct("U1"), "hello")
        assert slack.links.unacked == 1


async def test_a_late_step_still_counts(slack: Slack, stores: Stores) -> None:
    """A step that outlasts Slack's patience goes on; the redelivery meets it as a duplicate."""

    class Late(Recorder):
        async def receive(self, incoming: Incoming) -> None:
            await asyncio.sleep(0.2)
            await super().receive(incoming)

    slack.links.tries, slack.links.ack_s = 1, 0.1
    async with serving(slack, stores, Late(), ack_budget_s=0.05) as bot:
        await slack.say("U1", slack.direct("U1"), "hello")
        assert (slack.links.unacked, bot.received) == (1, [])
        await slack.until(lambda: bot.received)


async def test_a_crowd_is_let_in_by_and_by(slack: Slack, stores: Stores) -> None:
    """However many write at once, the store is asked for a bounded number at a time."""

    class Counting(Recorder):
        inside = most = 0

        async def receive(self, incoming: Incoming) -> None:
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(0.01)
            self.inside -= 1
            await super().receive(incoming)

    ear = Counting()
    async with serving(slack, stores, ear):
        async with asyncio.TaskGroup() as group:
            for number in range(100):
                user = f"U{number}"
                group.create_task(slack.say(user, slack.direct(user), "hello"))
        assert (len(ear.received), ear.most) == (100, 32)


async def test_keys_name_gesture_message_and_delivery(ear: Bot) -> None:
    """A mention arrives as two events with different ids; both name the same message."""
    channel = ear.slack.channel()
    asked = await ear.slack.say("U1", channel, f"<@{BOT_USER}> hello")
    first, second = (set(incoming.keys) for incoming in ear.received)
    assert f"slack:{TEAM}:message:{channel}:{asked.ts}" in first & second
    assert f"slack:{TEAM}:gesture:gesture-{asked.ts}" in first & second
    assert first != second


async def test_photos_are_fetched_after_the_acknowledgement(ear: Bot) -> None:
    """Slack is acknowledged although a photo takes longer than it waits."""
    slack = ear.slack
    file_id = slack.file(PHOTO, access="check_file_info")
    slack.fail("files.info", Fault("slow", seconds=0.5))
    await slack.say("U1", slack.direct("U1"), "look", uploads=(file_id,))
    assert ear.received == []
    assert slack.links.acks[-1].after_s < 0.4
    await slack.until(lambda: ear.received)
    assert (ear.received[0].photos, ear.received[0].text) == ((PHOTO,), "look")


async def test_what_follows_a_photo_waits_for_it(ear: Bot) -> None:
    """A question right after a photo in its thread does not overtake it."""
    slack = ear.slack
    direct = slack.direct("U1")
    file_id = slack.file(PHOTO, access="check_file_info")
    slack.fail("files.info", Fault("slow", seconds=0.3))
    asked = await slack.say("U1", direct, "look", uploads=(file_id,))
    await slack.say("U1", direct, "is it bad?", thread=asked.ts)
    await slack.until(lambda: len(ear.received) == 2)
    assert [incoming.text for incoming in ear.received] == ["look", "is it bad?"]


async def test_a_photo_survives_a_crash_during_its_download(slack: Slack, stores: Stores) -> None:
    """What was acknowledged and not yet fetched is taken up by the next process."""
    slack.fail("files.info", Fault("slow", seconds=30))
    file_id = slack.file(PHOTO, access="check_file_info")
    async with serving(slack, stores, Recorder()) as first:
        await slack.say("U1", slack.direct("U1"), "look", uploads=(file_id,))
        assert first.received == []
    async with serving(slack, stores, Recorder()) as second:
        await slack.until(lambda: second.received)
        assert second.received[0].photos == (PHOTO,)
    assert await stores.drawer.keys("slack:errand:") == ()


async def test_a_photo_that_was_handed_over_is_not_fetched_again(ear: Bot) -> None:
    """A late redelivery of a photo costs no second download."""
    slack = ear.slack
    message = await slack.say(
        "U1", slack.direct("U1"), uploads=(slack.file(PHOTO, access="check_file_info"),)
    )
    await slack.until(lambda: ear.received)
    await slack.tell(message)
    assert (len(ear.received), len(slack.calls("files.info"))) == (1, 1)


async def test_a_store_that_fails_after_the_download_is_asked_again(ear: Bot) -> None:
    """A fetched photo is handed over again until the conversation has it."""
    ear.recorder.failures = [StoreUnavailable("down")]
    slack = ear.slack
    await slack.say("U1", slack.direct("U1"), uploads=(slack.file(PHOTO),))
    await slack.until(lambda: ear.received)
    assert ear.received[0].photos == (PHOTO,)


async def test_file_shared_alone_is_enough_in_direct_messages(ear: Bot) -> None:
    """When only ``file_shared`` arrives, its message is looked up and handed over."""
    slack = ear.slack
    direct = slack.direct("U1")
    message = slack.write("U1", direct, "here", uploads=(slack.file(PHOTO),))
    await slack.event(_shared(message.files[0], direct, message.ts))
    await slack.until(lambda: ear.received)
    assert (ear.received[0].text, ear.received[0].photos) == ("here", (PHOTO,))
    assert f"slack:{TEAM}:message:{direct}:{message.ts}" in ear.received[0].keys


async def test_file_shared_adds_nothing_to_its_message(ear: Bot) -> None:
    """When both events arrive, the photo is handed over once."""
    slack = ear.slack
    direct = slack.direct("U1")
    message = slack.write("U1", direct, uploads=(slack.file(PHOTO),))
    await slack.event(_shared(message.files[0], direct, message.ts))
    await slack.tell(message)
    await slack.until(lambda: ear.received)
    await asyncio.sleep(1.2)
    assert len(ear.received) == 1


def _shared(file_id: str, channel: str, ts: str) -> dict[str, object]:
    return {
        "type": "file_shared",
        "file_id": file_id,
        "file": {"id": file_id},
        "user_id": "U1",
        "channel_id": channel,
        "event_ts": ts,
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"subtype": "message_changed", "message": {"text": "x"}, "hidden": True},
        {"subtype": "message_deleted", "hidden": True},
        {"subtype": "channel_join", "user": "U1", "text": "joined"},
        {"bot_id": BOT_ID, "user": BOT_USER, "text": "my own words"},
        {"bot_id": "B0OTHER", "user": "U0OTHER", "text": "another bot"},
    ],
)
async def test_what_is_not_a_persons_message_is_ignored(ear: Bot, odd: dict[str, object]) -> None:
    """Edits, deletions, notices and bots are acknowledged and go no further."""
    direct = ear.slack.direct("U1")
    await ear.slack.event(
        {"type": "message", "channel": direct, "channel_type": "im", "ts": "1.1", **odd}
    )
    assert ear.received == []
    assert ear.slack.links.unacked == 0


async def test_slacks_own_stop_is_a_command(ear: Bot) -> None:
    """``agent_session_stopped`` stops the case of its thread, once for all deliveries."""
    slack = ear.slack
    event = {
        "type": "agent_session_stopped",
        "channel": slack.direct("U1"),
        "thread_ts": "1790000000.000001",
        "user": "U1",
        "event_ts": "1790000001.000001",
        "streaming_message_ts": [],
    }
    await slack.event(event)
    await slack.event(event)
    first, second = ear.received
    assert first.command == Command(name="stop")
    assert first.chat.thread_id == "1790000000.000001"
    assert first.keys == second.keys


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("stop", Command(name="stop")),
        ("Help!", Command(name="help")),
        ("/new", Command(name="new")),
        ("reference tinea corporis", Command(name="reference", argument="tinea corporis")),
        ("delete", Command(name="delete")),
    ],
)
async def test_a_message_may_be_a_command(ear: Bot, text: str, command: Command) -> None:
    """Slash commands do not work in threads, so a command's name alone is one, too."""
    await ear.slack.say("U1", ear.slack.direct("U1"), text)
    assert ear.received[0].command == command


@pytest.mark.parametrize("text", ["please stop itching", "I need help with this", "new spot"])
async def test_a_sentence_is_no_command(ear: Bot, text: str) -> None:
    """A sentence that has a command's name in it stays a sentence."""
    await ear.slack.say("U1", ear.slack.direct("U1"), text)
    assert (ear.received[0].command, ear.received[0].text) == (None, text)


async def test_an_old_button_gets_a_kind_sentence(ear: Bot) -> None:
    """A button of an unknown version does nothing and says so."""
    slack = ear.slack
    direct = slack.direct("U1")
    message = slack.write("U1", direct, "x")
    block = {"type": "actions", "block_id": "skingen::0", "elements": []}
    element = {"type": "button", "action_id": "skingen:0", "value": "7|draw|x"}
    payload = slack.press_of("U1", message, block, element)
    await slack.links.deliver("interactive", payload)
    await slack.until(lambda: slack.seen(direct))
    assert "older version" in slack.seen(direct)[0].text
    assert ear.received == []


async def test_a_press_that_was_not_stored_can_be_repeated(ear: Bot) -> None:
    """Slack does not redeliver presses; the person is told to try again."""
    slack = ear.slack
    direct = slack.direct("U1")
    ear.recorder.failures = [StoreUnavailable("down")]
    block = {"type": "actions", "block_id": "skingen::0", "elements": []}
    element = {"type": "button", "action_id": "skingen:0", "value": "1|new|"}
    payload = slack.press_of("U1", slack.write("U1", direct, "x"), block, element)
    assert await slack.links.deliver("interactive", payload) is not None
    await slack.until(lambda: slack.seen(direct))
    assert "try again" in slack.seen(direct)[0].text


async def test_the_allow_lists_hold(slack: Slack, stores: Stores) -> None:
    """Who is not on the lists is told once, privately, and goes no further."""
    channel, other = slack.channel(), slack.channel("C0OTHER")
    async with serving(slack, stores, Recorder(), allowed_channels="C0CLINIC") as bot:
        await slack.say("U1", channel, f"<@{BOT_USER}> one")
        await slack.say("U1", other, f"<@{BOT_USER}> two")
        await slack.say("U1", other, f"<@{BOT_USER}> three")
        await slack.until(lambda: slack.seen(other))
        assert {incoming.text for incoming in bot.received} == {"one"}
        assert [message.only_for for message in slack.seen(other)] == ["U1"]
