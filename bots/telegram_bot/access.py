"""Who may use the bot, and the commands of those who decide it."""

import time
from dataclasses import dataclass, field
from typing import Final, Literal

from bots.telegram_bot.hints import Sentence
from bots.telegram_bot.settings import Settings
from core.domain.messages import Command
from core.ports import Drawer

Standing = Literal["allowed", "blocked", "unknown"]
ADMIN_COMMANDS: Final = ("stats", "allow", "block")

FRESH_S: Final = 30.0
"""How long an entry of the list is used without looking again."""

_REMEMBERED: Final = 10_000
_KEY: Final = "telegram:access:"


@dataclass(slots=True)
class Counters:
    """What happened since the process started; no names, no contents.

    Attributes:
        handled: Updates that led to something.
        ignored: Updates that did not.
        shown: Replies shown.
        people: Ids seen.
    """

    handled: int = 0
    ignored: int = 0
    shown: int = 0
    people: set[int] = field(default_factory=set)

    def values(self) -> dict[str, str]:
        """Return the figures as values for a sentence."""
        return {
            "handled": str(self.handled),
            "ignored": str(self.ignored),
            "shown": str(self.shown),
            "people": str(len(self.people)),
        }


class Access:
    """The allow and block list."""

    def __init__(self, settings: Settings, drawer: Drawer) -> None:
        self._settings = settings
        self._drawer = drawer
        self._known: dict[int, tuple[str, float]] = {}

    def is_admin(self, user_id: int) -> bool:
        """Return whether a person decides over the list."""
        return user_id in self._settings.admins

    async def standing(self, user_id: int) -> Standing:
        """Return how a person stands: admins always, others by the list, else by ``access``."""
        if self.is_admin(user_id):
            return "allowed"
        listed = await self._listed(user_id)
        if listed == "blocked":
            return "blocked"
        if listed == "allowed" or self._settings.access == "open":
            return "allowed"
        return "unknown"

    async def _listed(self, user_id: int) -> str:
        """Return the entry of a person, at most `FRESH_S` old: other processes decide, too."""
        known, until_s = self._known.get(user_id, ("", 0.0))
        if until_s > time.monotonic():
            return known
        listed = await self._drawer.get(f"{_KEY}{user_id}") or ""
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[user_id] = (listed, time.monotonic() + FRESH_S)
        return listed

    async def decide(self, command: Command) -> Sentence:
        """Carry out ``/allow`` or ``/block`` and return what to say."""
        who = command.argument.strip()
        if not who.isdecimal():
            return Sentence("telegram-admin-who")
        verdict = "allowed" if command.name == "allow" else "blocked"
        await self._drawer.put(f"{_KEY}{int(who)}", verdict)
        self._known.pop(int(who), None)
        return Sentence(f"telegram-admin-{verdict}", {"who": who})

    async def counts(self) -> dict[str, str]:
        """Return how many persons are on each side of the list."""
        sides = [await self._drawer.get(key) for key in await self._drawer.keys(_KEY)]
        return {
            "allowed": str(sides.count("allowed")),
            "blocked": str(sides.count("blocked")),
        }
