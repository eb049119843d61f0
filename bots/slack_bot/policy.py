"""Whom the bot serves: the operator's settings, narrowed by a workspace's admins in App Home."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from bots.slack_bot.settings import Settings
from core.ports import Drawer

CACHE_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a workspace's admins chose; empty means no restriction."""

    channels: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


class Policy:
    """Answers whether a person is served in a channel."""

    def __init__(
        self, settings: Settings, drawer: Drawer, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._drawer = drawer
        self._clock = clock
        self._known: dict[str, tuple[float, Choice]] = {}

    async def allows(self, workspace: str, channel: str, user: str) -> bool:
        """Return whether a person may use the bot there; direct messages are no channels."""
        settings, choice = self._settings, await self.choice(workspace)
        if settings.allowed_workspaces and workspace not in settings.allowed_workspaces:
            return False
        direct = not channel or channel.startswith("D")
        lists = [(user, settings.allowed_users), (user, choice.users)]
        if not direct:
            lists += [(channel, settings.allowed_channels), (channel, choice.channels)]
        return all(not allowed or name in allowed for name, allowed in lists)

    def is_admin(self, user: str) -> bool:
        """Return whether a person may change the lists."""
        return user in self._settings.admins

    async def choice(self, workspace: str) -> Choice:
        """Return what the admins of a workspace chose."""
        at_s, known = self._known.get(workspace, (float("-inf"), Choice()))
        if self._clock() - at_s < CACHE_S:
            return known
        stored = await self._drawer.get(_key(workspace))
        choice = Choice()
        if stored is not None:
            record = json.loads(stored)
            choice = Choice(channels=tuple(record["channels"]), users=tuple(record["users"]))
        self._known[workspace] = (self._clock(), choice)
        return choice

    async def choose(self, workspace: str, choice: Choice) -> None:
        """Keep what an admin chose."""
        await self._drawer.put(_key(workspace), json.dumps(asdict(choice)))
        self._known[workspace] = (self._clock(), choice)


def _key(workspace: str) -> str:
    return f"slack:policy:{workspace}:lists"
