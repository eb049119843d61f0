"""App Home and the agent view's first screen."""

import json

from core.domain.errors import StoreUnavailable
from core.domain.messages import Command
from tests.bots.slack.loopback import Fault, Slack
from tests.bots.slack.loopback.world import BOT_USER, TEAM
from tests.bots.slack.stage import Bot, Recorder, Stores, serving


async def _open(slack: Slack, user: str, tab: str) -> None:
    channel = slack.direct(user)
    event = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab}
    await slack.event(event | {"event_ts": slack.world.ts()})


async def test_home_lists_cases_and_data_controls(ear: Bot) -> None:
    """The tab shows the person's threads and buttons for their data; admins' settings it hides."""
    slack, channel = ear.slack, ear.slack.channel()
    asked = await slack.say("U1", channel, f"<@{BOT_USER}> hello")
    await _open(slack, "U1", "home")
    await slack.until(lambda: "U1" in slack.world.homes)
    drawn = json.dumps(slack.world.homes["U1"])
    assert f"message_ts={asked.ts}" in drawn
    assert "Delete my data" in drawn
    assert "Allow lists" not in drawn
    await _open(slack, "U2", "home")
    await slack.until(lambda: "U2" in slack.world.homes)
    assert "You have no cases here yet." in json.dumps(slack.world.homes["U2"])


async def test_a_button_in_home_answers_in_direct_messages(ear: Bot) -> None:
    """The core is asked in the name of the person's direct messages."""
    slack = ear.slack
    await _open(slack, "U1", "home")
    await slack.until(lambda: "U1" in slack.world.homes)
    await slack.press_home("U1", "What you keep")
    (incoming,) = ear.received
    assert incoming.command == Command(name="privacy")
    assert incoming.chat.chat_id == f"{TEAM}:{slack.direct('U1')}"


async def test_admins_narrow_the_allow_lists(slack: Slack, stores: Stores) -> None:
    """What an admin saves holds at once and after a restart; others cannot save anything."""
    channel = slack.channel()
    async with serving(slack, stores, Recorder(), admins="U1"):
        await _open(slack, "U1", "home")
        await slack.until(lambda: "U1" in slack.world.homes)
        await slack.press_home("U1", "Allow lists")
        await slack.until(lambda: slack.world.modals)
        values = {
            "channels": {"channels": {"selected_conversations": ["C0ELSE"]}},
            "users": {"users": {"selected_users": []}},
        }
        await slack.submit("U2", "skingen_lists", {**values, "channels": {}})
        await slack.submit("U1", "skingen_lists", values)
    async with serving(slack, stores, Recorder()) as bot:
        await slack.say("U1", channel, f"<@{BOT_USER}> hello")
        assert bot.received == []
        await slack.say("U1", slack.direct("U1"), "hello")
        assert len(bot.received) == 1


async def test_a_person_who_is_no_admin_gets_no_form(ear: Bot) -> None:
    """The form does not open for others, even with a forged press."""
    slack = ear.slack
    block = {"type": "actions", "block_id": "x", "elements": []}
    element = {"type": "button", "action_id": "skingen_admin", "value": "x"}
    message = slack.write("U1", slack.direct("U1"), "x")
    await slack.links.deliver("interactive", slack.press_of("U1", message, block, element))
    assert slack.world.modals == []


async def test_the_messages_tab_suggests_what_to_say(ear: Bot) -> None:
    """Opening the agent view offers prompts, each of which the bot understands."""
    slack = ear.slack
    direct = slack.direct("U1")
    await _open(slack, "U1", "messages")
    await slack.until(lambda: slack.world.prompts)
    for prompt in slack.world.prompts[direct, ""]:
        await slack.say("U1", direct, prompt["message"])
    names = [incoming.command.name for incoming in ear.received if incoming.command]
    assert names == ["help", "reference", "privacy", "history"]


async def test_the_older_assistant_view_has_prompts_as_well(ear: Bot) -> None:
    """``assistant_thread_started`` gets prompts in its thread."""
    slack = ear.slack
    direct = slack.direct("U1")
    thread = {"user_id": "U1", "channel_id": direct, "thread_ts": "1.1", "context": {}}
    event = {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": "1.2"}
    await slack.event(event)
    await slack.until(lambda: (direct, "1.1") in slack.world.prompts)


async def test_a_workspace_without_agents_is_not_asked_again(ear: Bot) -> None:
    """Where the app is no agent, the conversation goes on without status and prompts."""
    slack = ear.slack
    slack.world.agent = False
    slack.fail("assistant.threads.setSuggestedPrompts", Fault("error", code="access_denied"))
    await _open(slack, "U1", "messages")
    await slack.until(lambda: slack.calls("assistant.threads.setSuggestedPrompts"))
    await slack.say("U1", slack.direct("U1"), "hello")
    await _open(slack, "U1", "messages")
    assert len(slack.calls("assistant.threads.setSuggestedPrompts")) == 1


async def test_a_slash_command_that_was_not_stored_says_so(ear: Bot) -> None:
    """Slack does not repeat slash commands; the person reads that it did not go through."""
    ear.recorder.failures = [StoreUnavailable("down")]
    answer = await ear.slack.slash("U1", ear.slack.direct("U1"), "new")
    assert answer["text"] == "That did not go through. Please try again in a moment."


async def test_the_shortcut_on_a_message_without_a_photo_says_so(ear: Bot) -> None:
    """There is nothing to explain, and only the one who asked reads that."""
    slack, channel = ear.slack, ear.slack.channel()
    await slack.shortcut("U1", slack.write("U2", channel, "just words"))
    await slack.until(lambda: slack.seen(channel))
    (notice,) = slack.seen(channel)
    assert (notice.text, notice.only_for) == ("I see no photo in that message.", "U1")
