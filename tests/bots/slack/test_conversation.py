"""What people in Slack see, from the first photo to the last button."""

import io
import logging

import pytest
from PIL import Image
from pillow_heif import from_pillow

from tests.bots.slack.loopback import Slack
from tests.bots.slack.loopback.world import BOT_USER, Message
from tests.bots.slack.stage import WORDS, Bot, Stores, whole
from tests.e2e.stage import skin_photo

pytestmark = pytest.mark.timeout(60)


def _galleries(slack: Slack, channel: str) -> list[Message]:
    drawn = [message for message in slack.seen(channel) if message.of_type("image")]
    return [message for message in drawn if "SYNTHETIC" in message.words()]


def _answers(slack: Slack, channel: str) -> list[Message]:
    return [message for message in slack.seen(channel) if message.of_type("table")]


def _saying(slack: Slack, channel: str, words: str) -> list[Message]:
    return [message for message in slack.seen(channel) if words in message.words()]


def _heic() -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(skin_photo())) as image:
        from_pillow(image).save(out, quality=80)
    return out.getvalue()


async def test_a_photo_in_a_direct_message_is_answered_in_its_thread(bot: Bot) -> None:
    """A photo gets one answer in its thread, then a gallery with alt texts and buttons."""
    slack = bot.slack
    direct = slack.direct("U1")
    asked = await slack.say("U1", direct, "What is this?", uploads=(slack.file(skin_photo()),))
    await slack.until(lambda: _galleries(slack, direct))
    assert all(message.root == asked.ts for message in slack.seen(direct))
    assert len(_answers(slack, direct)) == 1
    (gallery,) = _galleries(slack, direct)
    assert all("SYNTHETIC" in image["title"]["text"] for image in gallery.of_type("image"))
    assert all(image["alt_text"] for image in gallery.of_type("image"))
    assert gallery.buttons()


async def test_the_agent_view_shows_work_and_rest(bot: Bot) -> None:
    """A thread is named after its first words, is processing meanwhile and active at the end."""
    slack = bot.slack
    direct = slack.direct("U1")
    asked = await slack.say("U1", direct, "My arm", uploads=(slack.file(skin_photo()),))
    await slack.until(lambda: _galleries(slack, direct))
    sessions = slack.world.sessions
    await slack.until(lambda: sessions.get((direct, asked.ts), {}).get("status") == "active")
    assert sessions[direct, asked.ts]["title"] == "My arm"


async def test_follow_ups_keep_the_case(bot: Bot) -> None:
    """A question in the thread is answered from the same case, without another photo."""
    slack = bot.slack
    direct = slack.direct("U1")
    asked = await slack.say("U1", direct, uploads=(slack.file(skin_photo()),))
    await slack.until(lambda: _galleries(slack, direct))
    await slack.say("U1", direct, "Does it itch?", thread=asked.ts)
    await slack.until(lambda: _saying(slack, direct, "You said: Does it itch?"))


async def test_a_mention_in_a_channel_opens_a_thread_that_needs_no_more_mentions(bot: Bot) -> None:
    """The answer stands in the thread, colleagues are answered there, and nobody elsewhere."""
    slack, channel = bot.slack, bot.slack.channel()
    photo = slack.file(skin_photo())
    asked = await slack.say("U1", channel, f"<@{BOT_USER}> see this", uploads=(photo,))
    await slack.until(lambda: _galleries(slack, channel))
    await slack.say("U2", channel, "Could it be ringworm?", thread=asked.ts)
    await slack.say("U2", channel, "Lunch?")
    await slack.say("U2", channel, "<@U1> nice one", thread=asked.ts)
    await slack.until(lambda: _saying(slack, channel, "You said: Could it be ringworm?"))
    assert len(_answers(slack, channel)) == 1
    assert {message.root for message in slack.seen(channel)} == {asked.ts}
    assert not any("Lunch" in incoming.text for incoming in bot.received)
    assert not any("nice one" in incoming.text for incoming in bot.received)


async def test_several_photos_are_one_turn(bot: Bot) -> None:
    """A message with a JPEG and a HEIC photo is one turn with two photos."""
    slack = bot.slack
    direct = slack.direct("U1")
    uploads = (slack.file(skin_photo()), slack.file(_heic(), "IMG_1.HEIC"))
    await slack.say("U1", direct, "Both", uploads=uploads)
    await slack.until(lambda: _answers(slack, direct))
    assert _saying(slack, direct, "I have 2 photo(s)")


async def test_consent_is_asked_for_in_private(bot: Bot) -> None:
    """Who never agreed is asked before anything else, unseen by the channel, and may agree."""
    slack, channel = bot.slack, bot.slack.channel(people=("U1", "U9"))
    await slack.say("U9", channel, f"<@{BOT_USER}> hi", uploads=(slack.file(skin_photo()),))
    await slack.until(lambda: slack.seen(channel))
    (card,) = slack.seen(channel)
    assert card.only_for == "U9"
    await slack.press("U9", card, WORDS.text("en", "button-agree"))
    await slack.until(lambda: len(slack.seen(channel)) == 2)
    assert [message.only_for for message in slack.seen(channel)] == ["U9", "U9"]


async def test_buttons_survive_a_restart(slack: Slack, stores: Stores) -> None:
    """A button under a gallery works in a process that never saw the gallery."""
    direct = slack.direct("U1")
    async with whole(slack, stores):
        await slack.say("U1", direct, uploads=(slack.file(skin_photo()),))
        await slack.until(lambda: _galleries(slack, direct))
    stores.wake()
    async with whole(slack, stores):
        await slack.press("U1", _galleries(slack, direct)[0], "Milder")
        await slack.until(lambda: len(_galleries(slack, direct)) == 2)
        first, second = _galleries(slack, direct)
        assert second.root == first.root


async def test_thumbs_are_feedback_buttons(bot: Bot) -> None:
    """An answer carries Slack's feedback element, and a press is thanked for."""
    slack = bot.slack
    direct = slack.direct("U1")
    await slack.say("U1", direct, uploads=(slack.file(skin_photo()),))
    await slack.until(lambda: _galleries(slack, direct))
    (answer,) = _answers(slack, direct)
    assert answer.of_type("context_actions")[0]["elements"][0]["type"] == "feedback_buttons"
    await slack.press("U1", answer, "Helpful")
    await slack.until(lambda: _saying(slack, direct, "Thank"))


async def test_the_slash_command_answers_in_direct_messages(bot: Bot) -> None:
    """``/skingen help`` in a channel leaves nothing there and says where the answer is."""
    slack, channel = bot.slack, bot.slack.channel()
    answer = await slack.slash("U1", channel, "help")
    assert answer["text"] == "I have answered in our direct messages."
    direct = slack.direct("U1")
    await slack.until(lambda: slack.seen(direct))
    assert slack.seen(channel) == []


async def test_a_reference_is_drawn_on_demand(bot: Bot) -> None:
    """``/skingen reference eczema`` ends in a gallery in the direct messages."""
    slack = bot.slack
    direct = slack.direct("U1")
    await slack.slash("U1", direct, "reference eczema")
    await slack.until(lambda: _galleries(slack, direct))


async def test_the_shortcut_explains_somebody_elses_photo(bot: Bot) -> None:
    """Explain this photo: the answer is in the thread of the message that it was used on."""
    slack, channel = bot.slack, bot.slack.channel()
    photo = slack.write("U2", channel, "look", uploads=(slack.file(skin_photo()),))
    await slack.shortcut("U1", photo)
    await slack.until(lambda: _answers(slack, channel))
    assert _answers(slack, channel)[0].root == photo.ts


async def test_delete_erases_and_gives_a_receipt(bot: Bot) -> None:
    """``delete`` asks once, then erases cases and the notes on threads, and says so."""
    slack = bot.slack
    direct = slack.direct("U1")
    await slack.say("U1", direct, uploads=(slack.file(skin_photo()),))
    await slack.until(lambda: _galleries(slack, direct))
    assert await bot.stores.drawer.keys("slack:mine:")
    asked = await slack.say("U1", direct, "delete")
    await slack.until(lambda: slack.seen(direct, thread=asked.ts))
    await slack.press(
        "U1", slack.seen(direct, thread=asked.ts)[0], WORDS.text("en", "button-yes-delete")
    )
    await slack.until(lambda: "Receipt" in _words(slack, direct))
    assert await bot.stores.drawer.keys("slack:mine:") == ()


def _words(slack: Slack, channel: str) -> str:
    return " ".join(
        message.words() for message in slack.world.messages[channel] if message.user == BOT_USER
    )


async def test_delete_takes_the_bots_own_messages_and_files_back(bot: Bot) -> None:
    """After ``delete`` only the receipt is left of what the bot wrote, in cases and outside."""
    slack = bot.slack
    direct = slack.direct("U1")
    await slack.say("U1", direct, uploads=(slack.file(skin_photo()),))
    await slack.until(lambda: _galleries(slack, direct))
    asked = await slack.say("U1", direct, "export")
    await slack.until(
        lambda: any(file.name.endswith(".zip") for file in slack.world.files.values())
    )
    await slack.say("U1", direct, "help")
    asked = await slack.say("U1", direct, "delete")
    await slack.until(lambda: slack.seen(direct, thread=asked.ts))
    await slack.press(
        "U1", slack.seen(direct, thread=asked.ts)[0], WORDS.text("en", "button-yes-delete")
    )

    def ours() -> list[str]:
        return [m.words() for m in slack.world.messages[direct] if m.user == BOT_USER]

    await slack.until(lambda: len(ours()) == 1)
    assert "Receipt" in ours()[0]
    assert {file.name for file in slack.world.files.values()} == {"photo.jpg"}


async def test_an_export_is_a_file_in_direct_messages(bot: Bot) -> None:
    """``export``, asked for in a channel, is shared where nobody else sees it."""
    slack, channel = bot.slack, bot.slack.channel()
    photo = slack.file(skin_photo())
    asked = await slack.say("U1", channel, f"<@{BOT_USER}>", uploads=(photo,))
    await slack.until(lambda: _galleries(slack, channel))
    await slack.say("U1", channel, f"<@{BOT_USER}> export", thread=asked.ts)
    direct = slack.direct("U1")
    await slack.until(lambda: slack.seen(direct))
    (shared,) = slack.seen(direct)
    assert slack.world.files[shared.files[0]].name.endswith(".zip")


async def test_every_answer_leaves_an_audit_line_without_content(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    """The audit log names workspace, channel and thread of an answer, and none of its words."""
    caplog.set_level(logging.INFO)
    slack = bot.slack
    direct = slack.direct("U1")
    asked = await slack.say("U1", direct, "purple spots", uploads=(slack.file(skin_photo()),))
    await slack.until(lambda: _galleries(slack, direct))
    lines = [r.getMessage() for r in caplog.records if r.name.endswith(".audit")]
    assert any(f"channel={direct} thread={asked.ts}" in line for line in lines)
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("bots")]
    assert not any("purple" in line or "Impetigo" in line for line in ours)
