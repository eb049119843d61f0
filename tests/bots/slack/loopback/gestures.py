"""What people do in the loopback Slack besides writing: press, choose, call."""

from typing import Any

from tests.bots.slack.loopback.chat import shown
from tests.bots.slack.loopback.links import Links
from tests.bots.slack.loopback.world import APP, TEAM, Message, World


class Gestures:
    """Deliveries of interactive payloads."""

    world: World
    links: Links

    async def press(self, user: str, message: Message, label: str) -> Any:
        """Press a button under a message."""
        block, element = message.buttons()[label]
        return await self.links.deliver("interactive", self.press_of(user, message, block, element))

    def press_of(
        self, user: str, message: Message, block: dict[str, Any], element: dict[str, Any]
    ) -> dict[str, Any]:
        """The payload of a press."""
        body: dict[str, Any] = {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": bool(message.only_for),
            },
            "channel": {"id": message.channel, "name": "a-channel"},
        }
        if not message.only_for:
            body["message"] = shown(self.world, message)
        return self._interaction(
            "block_actions", user, body | {"actions": [self._action(block, element)]}
        )

    async def press_home(self, user: str, label: str) -> Any:
        """Press a button in App Home."""
        home = Message(ts="0", channel="", user="", blocks=self.world.homes[user]["blocks"])
        block, element = home.buttons()[label]
        body = {
            "container": {"type": "view", "view_id": "V1"},
            "view": {"id": "V1", "type": "home", **self.world.homes[user]},
            "actions": [self._action(block, element)],
        }
        return await self.links.deliver(
            "interactive", self._interaction("block_actions", user, body)
        )

    async def submit(self, user: str, callback: str, values: dict[str, Any]) -> Any:
        """Send a form."""
        view = {"id": "V1", "type": "modal", "callback_id": callback, "state": {"values": values}}
        body = self._interaction("view_submission", user, {"view": view})
        return await self.links.deliver("interactive", body)

    async def shortcut(self, user: str, message: Message, callback: str = "explain_photo") -> Any:
        """Use a shortcut on a message."""
        body = {
            "callback_id": callback,
            "channel": {"id": message.channel, "name": "a-channel"},
            "message": shown(self.world, message),
            "message_ts": message.ts,
            "action_ts": self.world.ts(),
            "response_url": f"{self.world.base}/response",
        }
        return await self.links.deliver(
            "interactive", self._interaction("message_action", user, body)
        )

    async def slash(self, user: str, channel: str, text: str) -> Any:
        """Use the slash command."""
        payload = {
            "command": "/skingen",
            "text": text,
            "user_id": user,
            "user_name": "someone",
            "channel_id": channel,
            "channel_name": "a-channel",
            "team_id": TEAM,
            "team_domain": "example",
            "api_app_id": APP,
            "trigger_id": self.world.id("trigger"),
            "response_url": f"{self.world.base}/response",
        }
        return await self.links.deliver("slash_commands", payload)

    def _action(self, block: dict[str, Any], element: dict[str, Any]) -> dict[str, Any]:
        return {**element, "block_id": block.get("block_id", "auto"), "action_ts": self.world.ts()}

    def _interaction(self, kind: str, user: str, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": kind,
            "team": {"id": TEAM, "domain": "example"},
            "user": {"id": user, "team_id": TEAM, "username": "someone"},
            "api_app_id": APP,
            "token": "verification",
            "trigger_id": self.world.id("trigger"),
            "enterprise": None,
            "is_enterprise_install": False,
            **body,
        }
