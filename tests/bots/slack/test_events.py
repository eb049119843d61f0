"""Payloads are read leniently: whatever Slack sends, reading it does not fail."""

import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.slack_bot import events, reading
from bots.slack_bot.addresses import Place, person
from tests.bots.slack.loopback.world import BOT_USER

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
ids = st.text(alphabet=string.ascii_uppercase + string.digits, min_size=2, max_size=11)
stamps = st.from_regex(r"[1-9][0-9]{9}\.[0-9]{6}", fullmatch=True)
files = st.fixed_dictionaries(
    {"id": ids},
    optional={
        "name": st.text(max_size=30),
        "mimetype": st.sampled_from(["image/png", "image/heic", "application/pdf", ""]),
        "size": junk,
        "url_private": st.text(max_size=50),
        "mode": st.sampled_from(["hosted", "tombstone", "hidden_by_limit", "file_access"]),
        "file_access": st.sampled_from(["visible", "check_file_info", "file_not_found"]),
    },
)
messages = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["message", "app_mention"]),
        "user": ids,
        "ts": stamps,
        "channel": ids,
    },
    optional={
        "text": st.text(max_size=100),
        "thread_ts": stamps,
        "files": st.lists(files, max_size=3),
        "client_msg_id": st.uuids().map(str),
        "user_team": ids,
        "channel_type": st.sampled_from(["im", "mpim", "channel", "group"]),
        "subtype": st.sampled_from(["file_share", "message_changed", "channel_join"]),
        "bot_id": ids,
        "blocks": junk,
        "metadata": junk,
        "attachments": junk,
    },
)


@settings(max_examples=200)
@given(event=messages, event_id=ids)
def test_a_message_is_read_or_is_none(event: dict[str, Any], event_id: str) -> None:
    """A person's message has all its keys; what a bot or a channel says is no message."""
    body = {"event": event, "event_id": event_id, "team_id": "T1"}
    found = events.message(body, workspace="T1", bot_user=BOT_USER)
    odd = event.get("bot_id") or event.get("subtype", "file_share") != "file_share"
    assert (found is None) == bool(odd)
    if found is not None:
        own = f"slack:T1:message:{event['channel']}:{event['ts']}"
        assert own in set(found.keys())
        assert len(found.files) == len(event.get("files", []))


@settings(max_examples=200)
@given(body=junk, event=junk)
def test_junk_is_no_message(body: Any, event: Any) -> None:
    """Junk is read as nothing."""
    for found in (body, {"event": event}, {"event": {"files": event, "user": "U", "text": body}}):
        if isinstance(found, dict):
            assert events.message(found, workspace="T1", bot_user=BOT_USER) is None


@given(info=junk, shares=junk)
def test_shares_are_found_or_not(info: Any, shares: Any) -> None:
    """Whatever files.info says of shares, asking for one does not fail."""
    for found in (info, {"shares": shares}, {"shares": {"private": shares}}):
        if isinstance(found, dict):
            assert events.shared_at(found, "C1") == ("", "") or isinstance(shares, dict)


@given(text=st.text(max_size=200))
def test_reading_never_fails(text: str) -> None:
    """Any text is words, a command, or both."""
    reading.slash(text)
    reading.spoken(text)
    message = events.SlackMessage(
        workspace="T", team="T", channel="D", kind="im", ts="1.1", user="U", text=text
    )
    assert f"<@{BOT_USER}>" not in message.words(BOT_USER)


@given(workspace=ids, channel=ids, thread=st.just("") | stamps, user=st.just("") | ids)
def test_places_survive_the_core(workspace: str, channel: str, thread: str, user: str) -> None:
    """A place that went through the core as a chat reference comes back as it was."""
    place = Place(workspace=workspace, channel=f"C{channel}", thread=thread, only_for=user)
    assert Place.of(place.chat()) == place


def test_a_person_is_named_with_the_team() -> None:
    """A user id alone is not unique over Slack Connect."""
    assert person("T2", "U1").user_id == "T2:U1"


def test_links_and_mentions_become_words() -> None:
    """Slack's markup is not shown to a model."""
    text = f"<@{BOT_USER}> see <https://example.com|this page> of <@U2> &amp; <#C1|derm> <!here>"
    message = events.SlackMessage(
        workspace="T", team="T", channel="D", kind="im", ts="1.1", user="U", text=text
    )
    assert message.words(BOT_USER) == "see this page of @ & derm here"
