"""App Home: what the bot does, a person's cases, their data, and the settings of admins."""

from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot import buttons, mrkdwn
from bots.slack_bot.addresses import Place
from bots.slack_bot.events import Payload
from bots.slack_bot.notices import Notices
from bots.slack_bot.policy import Choice, Policy
from bots.slack_bot.threads import Threads
from core.domain.messages import Command
from core.domain.replies import Button

ADMIN_BUTTON: Final = f"{buttons.ACTION}_admin"
ADMIN_FORM: Final = f"{buttons.ACTION}_lists"
_MOST_CASES: Final = 10
_CONTROLS: Final = ("history", "privacy", "export", "delete")


class Home:
    """Draws the tab and the admins' form."""

    def __init__(self, notices: Notices, threads: Threads, policy: Policy) -> None:
        self._say = notices.sentence
        self._threads = threads
        self._policy = policy

    async def publish(self, client: AsyncWebClient, workspace: str, user: str) -> None:
        """Draw the tab for a person."""
        view = {"type": "home", "blocks": await self._blocks(workspace, user)}
        await client.views_publish(user_id=user, view=view)

    async def ask_admin(self, client: AsyncWebClient, workspace: str, trigger: str) -> None:
        """Open the form with the allow lists; Slack gives three seconds for that."""
        choice = await self._policy.choice(workspace)
        view = {
            "type": "modal",
            "callback_id": ADMIN_FORM,
            "title": _plain(self._say("slack-lists-title")),
            "submit": _plain(self._say("slack-lists-save")),
            "blocks": [
                _choose("channels", self._say("slack-lists-channels"), choice.channels),
                _choose("users", self._say("slack-lists-users"), choice.users),
            ],
        }
        await client.views_open(trigger_id=trigger, view=view)

    async def _blocks(self, workspace: str, user: str) -> list[dict[str, Any]]:
        controls = [
            Button(label=self._say(f"slack-home-{name}"), command=Command(name=name))
            for name in _CONTROLS
        ]
        blocks = [
            _header(self._say("slack-home-title")),
            _section(mrkdwn.escape(self._say("slack-home-what"))),
            _section(mrkdwn.escape(self._say("slack-home-how"))),
            {"type": "divider"},
            _header(self._say("slack-home-cases")),
            _section(await self._cases(workspace, user)),
            {"type": "divider"},
            _header(self._say("slack-home-data")),
            _section(mrkdwn.escape(self._say("slack-home-data-text"))),
            *buttons.rows(controls, ""),
        ]
        return [*blocks, *self._for_admins()] if self._policy.is_admin(user) else blocks

    async def _cases(self, workspace: str, user: str) -> str:
        places = (await self._threads.of(workspace, user))[:_MOST_CASES]
        if not places:
            return mrkdwn.escape(self._say("slack-home-no-cases"))
        return "\n".join(f"• {_dated_link(place)}" for place in places)

    def _for_admins(self) -> list[dict[str, Any]]:
        button = {
            "type": "button",
            "action_id": ADMIN_BUTTON,
            "text": _plain(self._say("slack-home-lists")),
            "value": ADMIN_BUTTON,
        }
        return [
            {"type": "divider"},
            _header(self._say("slack-home-admins")),
            _section(mrkdwn.escape(self._say("slack-home-admins-text"))),
            {"type": "actions", "elements": [button]},
        ]


def chosen(view: Payload) -> Choice:
    """Read the form's answer."""
    values = view.get("state", {}).get("values", {})
    channels = values.get("channels", {}).get("channels", {}).get("selected_conversations")
    users = values.get("users", {}).get("users", {}).get("selected_users")
    return Choice(channels=tuple(channels or ()), users=tuple(users or ()))


def _choose(name: str, label: str, chosen_before: tuple[str, ...]) -> dict[str, Any]:
    kind, initial = (
        ("multi_conversations_select", "initial_conversations")
        if name == "channels"
        else ("multi_users_select", "initial_users")
    )
    element: dict[str, Any] = {"type": kind, "action_id": name}
    if chosen_before:
        element[initial] = list(chosen_before)
    return {
        "type": "input",
        "block_id": name,
        "optional": True,
        "label": _plain(label),
        "element": element,
    }


def _dated_link(place: Place) -> str:
    """Link to a thread; Slack writes the date in the reader's language and time zone.

    Source: docs.slack.dev, "Date formatting": ``<!date^timestamp^format^link|fallback>``.
    """
    seconds = place.thread.partition(".")[0]
    link = f"https://slack.com/app_redirect?channel={place.channel}&message_ts={place.thread}"
    return f"<!date^{seconds}^{{date_long}}, {{time}}^{link}|{seconds}>"


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": _plain(text)}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
