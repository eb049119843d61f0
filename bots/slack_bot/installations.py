"""Installations of the app and pending installs, encrypted in the drawer.

Implements the two stores that slack-sdk's OAuth flow asks for. Only the bot's part of an
installation is kept: the app asks for no user token.
"""

import json
import logging
import secrets
from typing import Any, Final

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from core.ports import Drawer

STATE_LIFE_S: Final = 600.0
"""How long a person may take to press Allow."""

_VERSION: Final = 1
_FIELDS: Final = (
    "app_id",
    "enterprise_id",
    "team_id",
    "bot_token",
    "bot_id",
    "bot_user_id",
    "bot_scopes",
    "bot_refresh_token",
    "bot_token_expires_at",
    "is_enterprise_install",
    "installed_at",
)
_log = logging.getLogger(__name__)


def workspace_id(enterprise: str | None, team: str | None, *, org_wide: bool | None) -> str:
    """Name an installation: by its team, or by its enterprise when it is org-wide."""
    return (enterprise if org_wide else team) or team or enterprise or ""


class Installations(AsyncInstallationStore):
    """One record per workspace."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer

    @property
    def logger(self) -> logging.Logger:
        """The log that the SDK writes to."""
        return _log

    async def async_save(self, installation: Installation) -> None:
        await self.async_save_bot(installation.to_bot())

    async def async_save_bot(self, bot: Bot) -> None:
        record = {"version": _VERSION, **{name: getattr(bot, name) for name in _FIELDS}}
        await self._drawer.put(_key(_workspace(bot)), json.dumps(record))

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        return await self.find(workspace_id(enterprise_id, team_id, org_wide=is_enterprise_install))

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return None: there are no personal installations, and the SDK then asks for the bot."""
        del enterprise_id, team_id, user_id, is_enterprise_install
        return None

    async def find(self, workspace: str) -> Bot | None:
        """Return the installation of a workspace, or None."""
        stored = await self._drawer.get(_key(workspace))
        if stored is None:
            return None
        record: dict[str, Any] = json.loads(stored)
        if record.pop("version", None) != _VERSION:
            _log.error("the installation of %s has an unknown version; install again", workspace)
            return None
        return Bot(**record)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        for workspace in filter(None, (team_id, enterprise_id)):
            await self._drawer.erase(_key(workspace))

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Do nothing: there are no personal installations."""

    async def forget(self, workspace: str) -> None:
        """Erase the installation of a workspace, its tokens included."""
        await self._drawer.erase(_key(workspace))


class States(AsyncOAuthStateStore):
    """Random values that prove that an install was begun here; each is good for once."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer

    @property
    def logger(self) -> logging.Logger:
        """The log that the SDK writes to."""
        return _log

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        del args, kwargs
        state = secrets.token_urlsafe(32)
        await self._drawer.put(f"slack:state:{state}", "1", ttl_s=STATE_LIFE_S)
        return state

    async def async_consume(self, state: str) -> bool:
        return bool(state) and await self._drawer.erase(f"slack:state:{state}")


def _workspace(bot: Bot) -> str:
    return workspace_id(bot.enterprise_id, bot.team_id, org_wide=bot.is_enterprise_install)


def _key(workspace: str) -> str:
    return f"slack:install:{workspace}"
