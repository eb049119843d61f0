"""Listeners to buttons, forms, shortcuts and slash commands.

Slack does not send these again. When one could not be made durable, the person is told so and can
repeat it.
"""

import logging
import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack_bot import buttons, events, reading
from bots.slack_bot.addresses import Place, is_timestamp
from bots.slack_bot.chores import Chores
from bots.slack_bot.errands import Errand
from bots.slack_bot.events import Payload
from bots.slack_bot.home import ADMIN_BUTTON, ADMIN_FORM, Home, chosen
from bots.slack_bot.intake import Asked, Intake
from bots.slack_bot.listeners import id_in
from bots.slack_bot.notices import Notices
from bots.slack_bot.policy import Policy
from bots.slack_bot.trouble import ERRORS
from bots.slack_bot.workspaces import NotInstalled, Workspaces
from core.domain.errors import InfrastructureError

COMMAND: Final = "/skingen"
SHORTCUT: Final = "explain_photo"
_OURS: Final = re.compile(rf"{buttons.ACTION}:\d+")
_TROUBLE: Final = (InfrastructureError, TimeoutError, NotInstalled, *ERRORS)
_log = logging.getLogger(__name__)


class Gestures:
    """What people press, choose and call."""

    def __init__(
        self,
        *,
        intake: Intake,
        workspaces: Workspaces,
        policy: Policy,
        notices: Notices,
        home: Home,
        chores: Chores,
    ) -> None:
        self._intake = intake
        self._workspaces = workspaces
        self._policy = policy
        self._notices = notices
        self._home = home
        self._chores = chores
        self._direct: dict[tuple[str, str], str] = {}

    def attach(self, app: AsyncApp) -> None:
        """Register everything with Bolt."""
        app.action(ADMIN_BUTTON)(self.admin)
        app.action(_OURS)(self.pressed)
        app.view(ADMIN_FORM)(self.lists)
        app.shortcut(SHORTCUT)(self.explain)
        app.command(COMMAND)(self.slash)

    async def pressed(
        self, body: Payload, ack: AsyncAck, context: AsyncBoltContext
    ) -> BoltResponse:
        """A button of ours, in a message or in App Home."""
        action: Payload = body["actions"][0]
        user, workspace = str(body["user"]["id"]), id_in(context)
        command = buttons.decode(str(action.get("value", "")))
        place = await self._place(body, action, workspace, user)
        if command is None:
            self._tell(place, user, "slack-old-button")
            return await ack()
        gesture = f"press:{action.get('block_id')}:{action.get('action_ts')}:{user}"
        asked = Asked(
            place=place, team=_team(body, workspace), user=user, key=gesture, command=command
        )
        try:
            await self._intake.asked(asked)
        except _TROUBLE:
            _log.warning("a press could not be taken in")
            self._tell(place, user, "slack-try-again")
        return await ack()

    async def slash(self, body: Payload, ack: AsyncAck, context: AsyncBoltContext) -> BoltResponse:
        """``/skingen``; its answer goes to the person's direct messages, where pictures can be."""
        user, workspace, channel = str(body["user_id"]), id_in(context), str(body["channel_id"])
        try:
            direct = await self._direct_channel(workspace, user)
            asked = Asked(
                place=Place(workspace=workspace, channel=direct),
                team=str(body.get("team_id") or workspace),
                user=user,
                key=f"slash:{body['trigger_id']}",
                command=reading.slash(str(body.get("text") or "")),
            )
            served = await self._policy.allows(workspace, channel, user)
            served = served and await self._intake.asked(asked)
        except _TROUBLE:
            _log.warning("a slash command could not be taken in")
            return await ack(self._notices.sentence("slack-try-again"))
        if not served:
            return await ack(self._notices.sentence("slack-not-here"))
        if channel == direct:
            return await ack()
        return await ack(self._notices.sentence("slack-answered-directly"))

    async def explain(
        self, body: Payload, ack: AsyncAck, context: AsyncBoltContext
    ) -> BoltResponse:
        """The shortcut "Explain this photo" on a message."""
        workspace, user = id_in(context), str(body["user"]["id"])
        errand = self._errand(body, workspace, user)
        place = Place(workspace=workspace, channel=str(body["channel"]["id"]), thread=errand.thread)
        if not errand.message.files:
            self._tell(place, user, "slack-no-photo")
            return await ack()
        try:
            await self._intake.explain(errand)
        except _TROUBLE:
            _log.warning("a shortcut could not be taken in")
            self._tell(place, user, "slack-try-again")
        return await ack()

    async def admin(self, body: Payload, ack: AsyncAck, context: AsyncBoltContext) -> BoltResponse:
        """The admins' button in App Home."""
        workspace, user = id_in(context), str(body["user"]["id"])
        if self._policy.is_admin(user):
            own = await self._workspaces.of(workspace)
            client = self._workspaces.client(own.token, patient=False)
            work = self._home.ask_admin(client, workspace, str(body["trigger_id"]))
            self._chores.start(work, "the admins' form")
        return await ack()

    async def lists(self, body: Payload, ack: AsyncAck, context: AsyncBoltContext) -> BoltResponse:
        """The admins' form, filled in.

        Raises:
            InfrastructureError: It could not be kept; Slack shows that it failed.
        """
        if self._policy.is_admin(str(body["user"]["id"])):
            await self._policy.choose(id_in(context), chosen(body["view"]))
        return await ack()

    def _errand(self, body: Payload, workspace: str, user: str) -> Errand:
        channel, message = str(body["channel"]["id"]), body["message"]
        return Errand(
            message=events.quoted(message, workspace=workspace, channel=channel),
            team=_team(body, workspace),
            user=user,
            keys=(f"slack:{workspace}:shortcut:{channel}:{body.get('action_ts')}:{user}",),
            thread=str(message.get("thread_ts") or message["ts"]),
        )

    async def _place(self, body: Payload, action: Payload, workspace: str, user: str) -> Place:
        """Say where a press belongs: the thread that its block names, if it names one."""
        container: dict[str, Any] = body.get("container") or {}
        if container.get("type") == "view":
            return Place(workspace=workspace, channel=await self._direct_channel(workspace, user))
        message: dict[str, Any] = body.get("message") or {}
        thread = buttons.thread_of(str(action.get("block_id", ""))) or str(
            message.get("thread_ts") or container.get("thread_ts") or ""
        )
        channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
        thread = thread if is_timestamp(thread) else ""
        return Place(workspace=workspace, channel=channel, thread=thread)

    async def _direct_channel(self, workspace: str, user: str) -> str:
        """Return the direct message channel of a person and the bot."""
        if (workspace, user) not in self._direct:
            client = await self._client(workspace)
            opened = await client.conversations_open(users=user)
            self._direct[workspace, user] = str(opened["channel"]["id"])
        return self._direct[workspace, user]

    async def _client(self, workspace: str) -> AsyncWebClient:
        found = await self._workspaces.of(workspace)
        return self._workspaces.client(found.token, patient=False)

    def _tell(self, place: Place, user: str, key: str) -> None:
        self._chores.start(self._say(place, user, key), "a notice")

    async def _say(self, place: Place, user: str, key: str) -> None:
        await self._notices.tell(await self._client(place.workspace), place, user, key)


def _team(body: Payload, workspace: str) -> str:
    user: dict[str, Any] = body["user"]
    return str(user.get("team_id") or (body.get("team") or {}).get("id") or workspace)
