"""Listeners to events: each reads a payload, takes the durable step, and lets Bolt acknowledge.

Bolt is told to answer Slack after a listener ran, not before: a listener that raises answers with
status 500, or not at all in Socket Mode, and Slack delivers again.
"""

import logging

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bots.slack_bot import events
from bots.slack_bot.addresses import Place
from bots.slack_bot.agent import AgentView
from bots.slack_bot.chores import Chores
from bots.slack_bot.errands import Errand
from bots.slack_bot.events import Payload, SlackMessage
from bots.slack_bot.fetching import Fetching
from bots.slack_bot.home import Home
from bots.slack_bot.installations import workspace_id
from bots.slack_bot.intake import Asked, Intake
from bots.slack_bot.workspaces import Workspace, Workspaces
from core.domain.messages import Command

_log = logging.getLogger(__name__)


class EventListeners:
    """What people write, and what else happens."""

    def __init__(
        self,
        *,
        intake: Intake,
        fetching: Fetching,
        workspaces: Workspaces,
        home: Home,
        agent: AgentView,
        chores: Chores,
    ) -> None:
        self._intake = intake
        self._fetching = fetching
        self._workspaces = workspaces
        self._home = home
        self._agent = agent
        self._chores = chores

    def attach(self, app: AsyncApp) -> None:
        """Register everything with Bolt."""
        for name, listener in {
            "message": self.message,
            "app_mention": self.message,
            "file_shared": self.file_shared,
            "agent_session_stopped": self.stopped,
            "app_home_opened": self.opened,
            "assistant_thread_started": self.thread_started,
            "assistant_thread_context_changed": self.nothing,
            "app_context_changed": self.nothing,
            "app_uninstalled": self.uninstalled,
            "tokens_revoked": self.uninstalled,
        }.items():
            app.event(name)(listener)

    async def message(self, body: Payload, context: AsyncBoltContext) -> None:
        """A message, in whatever event it comes."""
        workspace = await self._workspace(context)
        message = events.message(body, workspace=workspace.id, bot_user=workspace.bot_user)
        if message is None:
            return
        self._fetching.saw(message.files)
        if await self._intake.message(message, workspace) and message.ts == message.root:
            place = Place(workspace=workspace.id, channel=message.channel, thread=message.ts)
            self._agent.name(place, message.words(workspace.bot_user), message.user)

    async def file_shared(self, body: Payload, context: AsyncBoltContext) -> None:
        """A file in a direct message; a safety net, for its message comes as well."""
        event, workspace = body["event"], await self._workspace(context)
        channel, user = str(event.get("channel_id", "")), str(event.get("user_id", ""))
        file_id = str(event.get("file_id", ""))
        if not channel.startswith("D") or not file_id or user in ("", workspace.bot_user):
            return
        message = SlackMessage(
            workspace=workspace.id,
            team=str(body.get("team_id") or workspace.id),
            channel=channel,
            kind="im",
            ts=str(event.get("event_ts", "")),
            user=user,
        )
        await self._intake.shared(
            Errand(
                message=message,
                team=message.team,
                user=user,
                keys=(),
                thread="",
                shared_file=file_id,
            )
        )

    async def stopped(self, body: Payload, context: AsyncBoltContext) -> None:
        """Slack's own Stop button."""
        event, workspace = body["event"], await self._workspace(context)
        place = Place(
            workspace=workspace.id,
            channel=str(event["channel"]),
            thread=str(event.get("thread_ts") or ""),
        )
        await self._intake.asked(
            Asked(
                place=place,
                team=str(body.get("team_id") or workspace.id),
                user=str(event["user"]),
                key=f"stopped:{place.channel}:{event.get('event_ts')}",
                command=Command(name="stop"),
            )
        )

    async def opened(self, body: Payload, context: AsyncBoltContext) -> None:
        """Somebody looks at the bot's own corner of Slack."""
        event, workspace = body["event"], await self._workspace(context)
        client = self._workspaces.client(workspace.token)
        if event.get("tab") == "home":
            work = self._home.publish(client, workspace.id, str(event["user"]))
            self._chores.start(work, "App Home")
        else:
            place = Place(workspace=workspace.id, channel=str(event["channel"]))
            self._chores.start(self._agent.prompts(client, place), "prompts")

    async def thread_started(self, body: Payload, context: AsyncBoltContext) -> None:
        """The older assistant view begins a thread."""
        thread, workspace = body["event"]["assistant_thread"], await self._workspace(context)
        place = Place(
            workspace=workspace.id,
            channel=str(thread["channel_id"]),
            thread=str(thread["thread_ts"]),
        )
        client = self._workspaces.client(workspace.token)
        self._chores.start(self._agent.prompts(client, place), "prompts")

    async def nothing(self, body: Payload) -> None:
        """What a person looks at beside the conversation is none of our business."""

    async def uninstalled(self, body: Payload, context: AsyncBoltContext) -> None:
        """The workspace does not want the bot any more: erase what is kept for it.

        Raises:
            InfrastructureError: Something is left; let Slack send it again.
        """
        event, workspace = body["event"], id_in(context)
        if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        await self._intake.farewell(workspace)
        await self._workspaces.forget(workspace)
        _log.info("uninstalled from %s; everything kept for it is erased", workspace)

    async def _workspace(self, context: AsyncBoltContext) -> Workspace:
        return await self._workspaces.of(id_in(context))


def id_in(context: AsyncBoltContext) -> str:
    """Return which installation Bolt took a request for."""
    org_wide = bool(context.is_enterprise_install)
    return workspace_id(context.enterprise_id, context.team_id, org_wide=org_wide)
