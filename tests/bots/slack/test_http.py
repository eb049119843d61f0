"""Events over HTTP, and installs by OAuth."""

import json
import time
from collections.abc import AsyncGenerator
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
import pytest

from bots.slack_bot.installations import Installations, States
from tests.bots.slack.loopback import Slack
from tests.bots.slack.loopback.links import signed
from tests.bots.slack.loopback.world import CLIENT_ID, CLIENT_SECRET, TEAM, TOKEN, Grant
from tests.bots.slack.stage import Bot, Recorder, Stores, serving

# slack-sdk 3.47 signs oauth.v2.access with a class that aiohttp is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

OAUTH: dict[str, Any] = {
    "transport": "http",
    "bot_token": None,
    "app_token": None,
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
}


@pytest.fixture
async def web_bot(slack: Slack, stores: Stores) -> AsyncGenerator[Bot, None]:
    """A bot that listens for HTTP."""
    async with serving(slack, stores, Recorder(), transport="http", app_token=None) as bot:
        yield bot


def _json(body: str, **how: Any) -> dict[str, str]:
    return signed(body, **how) | {"Content-Type": "application/json"}


async def test_events_presses_and_commands_arrive_over_http(web_bot: Bot) -> None:
    """Each is acknowledged with 200 once it is stored."""
    slack = web_bot.slack
    direct = slack.direct("U1")
    message = await slack.say("U1", direct, "hello")
    block = {"type": "actions", "block_id": "skingen::0", "elements": []}
    element = {"type": "button", "action_id": "skingen:0", "value": "1|new|"}
    await slack.links.deliver("interactive", slack.press_of("U1", message, block, element))
    await slack.slash("U1", direct, "privacy")
    names = [incoming.command.name if incoming.command else "" for incoming in web_bot.received]
    assert names == ["", "new", "privacy"]


async def test_the_challenge_is_answered(web_bot: Bot) -> None:
    """Slack's check of the address succeeds."""
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"})
    status, text = await web_bot.slack.links.post(body, _json(body))
    assert (status, json.loads(text)["challenge"]) == (200, "abc")


@pytest.mark.parametrize(("off_s", "how"), [(0, {"secret": "another"}), (-600, {}), (600, {})])
async def test_forged_and_replayed_requests_are_refused(
    web_bot: Bot, off_s: float, how: dict[str, str]
) -> None:
    """A wrong signature, an old one and one too early are answered with 401; nothing happens."""
    slack = web_bot.slack
    message = slack.write("U1", slack.direct("U1"), "hello")
    body = json.dumps(slack.envelope(slack.event_of(message)))
    headers = _json(body, at_s=time.time() + off_s, **how)
    status, _ = await slack.links.post(body, headers)
    assert (status, web_bot.received) == (401, [])


async def test_an_unsigned_request_is_refused(web_bot: Bot) -> None:
    """Without a signature there is no answer but 401."""
    status, _ = await web_bot.slack.links.post("{}", {"Content-Type": "application/json"})
    assert status == 401


async def test_a_failed_step_is_a_500_and_the_retry_is_taken(web_bot: Bot) -> None:
    """Slack sees that the message was not taken and sends it again, marked as a retry."""
    web_bot.recorder.failures = [TimeoutError()]
    await web_bot.slack.say("U1", web_bot.slack.direct("U1"), "hello")
    assert (web_bot.slack.links.unacked, len(web_bot.received)) == (1, 1)


async def _install(slack: Slack, *, spoil: str = "") -> tuple[int, str]:
    """Go through the install as a browser does; returns status and page."""
    base = slack.links.events_url.removesuffix("/slack/events")
    async with aiohttp.ClientSession() as browser:
        async with browser.get(f"{base}/slack/install", allow_redirects=False) as answer:
            location = answer.headers["Location"]
            cookie = SimpleCookie(answer.headers["Set-Cookie"])
        state = location.partition("state=")[2].partition("&")[0]
        slack.world.codes["code-1"] = Grant(token="xoxb-installed")
        name = next(iter(cookie))
        headers = {"Cookie": f"{name}={cookie[name].value}"}
        if spoil == "browser":
            headers = {}
        if spoil == "state":
            state = "made-up"
            headers = {"Cookie": f"{name}=made-up"}
        url = f"{base}/slack/oauth_redirect?code=code-1&state={state}"
        async with browser.get(url, headers=headers) as answer:
            first = answer.status, await answer.text()
        if spoil == "again":
            slack.world.codes["code-1"] = Grant(token="xoxb-second")
            async with browser.get(url, headers=headers) as answer:
                return answer.status, await answer.text()
        return first


async def test_a_workspace_installs_talks_and_leaves(slack: Slack, stores: Stores) -> None:
    """The install gives the bot a token; uninstalling erases everything kept for the workspace."""
    async with serving(slack, stores, Recorder(), **OAUTH) as bot:
        status, _ = await _install(slack)
        assert status == 200
        direct = slack.direct("U1")
        await slack.say("U1", direct, "hello", uploads=(slack.file(b"\xff\xd8"),))
        await slack.until(lambda: bot.received)
        await slack.event({"type": "app_uninstalled"})
        last = bot.received[-1]
        assert (last.command.name if last.command else "", last.sender.user_id) == (
            "delete",
            f"{TEAM}:U1",
        )
        assert [key for key in await stores.drawer.keys("slack:") if ":done:" not in key] == []
        await slack.say("U1", direct, "still there?")
        assert len(bot.received) == 2


@pytest.mark.parametrize(("spoil", "status"), [("browser", 400), ("state", 401), ("again", 401)])
async def test_an_install_begun_elsewhere_is_refused(
    slack: Slack, stores: Stores, spoil: str, status: int
) -> None:
    """Another browser, a made-up state and a used one do not install anything."""
    async with serving(slack, stores, Recorder(), **OAUTH):
        assert (await _install(slack, spoil=spoil))[0] == status
        kept = await stores.drawer.keys("slack:install:")
        assert len(kept) == (1 if spoil == "again" else 0)


async def test_a_token_near_its_end_is_exchanged(slack: Slack, stores: Stores) -> None:
    """A rotating token is renewed two hours before its end, and the new one is kept."""
    async with serving(slack, stores, Recorder(), **OAUTH) as bot:
        await _install(slack)
        store = Installations(stores.drawer)
        kept = await store.find(TEAM)
        assert kept is not None
        kept.bot_token_expires_at = int(time.time()) + 60
        await store.async_save_bot(kept)
        await slack.say("U1", slack.direct("U1"), "hello")
        renewed = await store.find(TEAM)
        assert renewed is not None
        assert renewed.bot_token.startswith("xoxb-N")
        assert len(bot.received) == 1


async def test_states_are_good_for_once(stores: Stores) -> None:
    """A state that was consumed, and one never issued, are refused."""
    states = States(stores.drawer)
    state = await states.async_issue()
    assert [await states.async_consume(s) for s in (state, state, "", "x")] == [
        True,
        False,
        False,
        False,
    ]


async def test_a_wrong_token_fails_at_the_start(slack: Slack, stores: Stores) -> None:
    """The bot does not serve with a token that Slack does not know."""
    slack.world.grants.pop(TOKEN)
    with pytest.raises(ExceptionGroup) as caught:
        async with serving(slack, stores, Recorder(), transport="http", app_token=None):
            pass
    assert "invalid_auth" in str(caught.value.exceptions)
