"""What is remembered of threads and people.

Who opened a thread, so that replies need no mention; who spoke to the bot, so that uninstalling can
erase what is theirs. No content is kept, only ids, encrypted, for the retention time.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from bots.slack_bot.addresses import Place
from core.ports import Drawer

FRESH_S: Final = 60.0
"""How long a note is believed without a look: another process may have erased it."""

_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadNote:
    """A thread that is a case.

    Attributes:
        team: Team of the person who opened it.
        user: Who opened it.
    """

    team: str
    user: str


class Threads:
    """Notes on threads, in the drawer."""

    def __init__(
        self, drawer: Drawer, *, memory_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._drawer = drawer
        self._memory_s = memory_s
        self._clock = clock
        self._recent: OrderedDict[str, tuple[float, ThreadNote]] = OrderedDict()
        self._met: OrderedDict[str, float] = OrderedDict()

    async def open(self, place: Place, note: ThreadNote) -> bool:
        """Remember a thread; the first note stays. Returns whether it is new."""
        if await self.note(place):
            return False
        text = json.dumps(asdict(note))
        await self._drawer.put(_thread_key(place), text, ttl_s=self._memory_s)
        mine = _mine_key(place.workspace, note.user, place)
        await self._drawer.put(mine, note.team, ttl_s=self._memory_s)
        self._keep(_thread_key(place), note)
        return True

    async def note(self, place: Place) -> ThreadNote | None:
        """Return what is known of a thread; None if it is no case."""
        key = _thread_key(place)
        until_s, known = self._recent.get(key, (0.0, None))
        if until_s > self._clock():
            return known
        stored = await self._drawer.get(key)
        if stored is None:
            self._recent.pop(key, None)
            return None
        return self._keep(key, ThreadNote(**json.loads(stored)))

    async def of(self, workspace: str, user: str) -> list[Place]:
        """Return the threads that a person opened, newest first."""
        prefix = f"slack:mine:{workspace}:{user}:"
        ends = [key.removeprefix(prefix).split(":") for key in await self._drawer.keys(prefix)]
        places = [
            Place(workspace=workspace, channel=channel, thread=thread) for channel, thread in ends
        ]
        return sorted(places, key=lambda place: place.thread, reverse=True)

    async def meet(self, workspace: str, team: str, user: str) -> None:
        """Remember that a person spoke to the bot."""
        key = _person_key(workspace, user)
        if self._met.get(key, 0.0) <= self._clock():
            await self._drawer.put(key, team, ttl_s=self._memory_s)
            self._met[key] = self._clock() + FRESH_S
            self._met.move_to_end(key)
            _trim(self._met)

    async def people(self, workspace: str) -> set[tuple[str, str]]:
        """Return team and user of everybody who spoke to the bot in a workspace."""
        prefix = _person_key(workspace, "")
        found = set()
        for key in await self._drawer.keys(prefix):
            found.add((await self._drawer.get(key) or workspace, key.removeprefix(prefix)))
        return found

    async def forget_person(self, workspace: str, user: str) -> None:
        """Erase the notes on a person and their threads."""
        for place in await self.of(workspace, user):
            await self._erase(_thread_key(place))
            await self._erase(_mine_key(workspace, user, place))
        await self._erase(_person_key(workspace, user))

    async def forget_workspace(self, workspace: str) -> None:
        """Erase everything that is kept for a workspace, tokens aside."""
        for kind in ("thread", "mine", "person", "errand", "done", "policy"):
            for key in await self._drawer.keys(f"slack:{kind}:{workspace}:"):
                await self._erase(key)

    async def _erase(self, key: str) -> None:
        self._recent.pop(key, None)
        self._met.pop(key, None)
        await self._drawer.erase(key)

    def _keep(self, key: str, note: ThreadNote) -> ThreadNote:
        self._recent[key] = (self._clock() + FRESH_S, note)
        self._recent.move_to_end(key)
        _trim(self._recent)
        return note


def _trim(memory: "OrderedDict[str, Any]") -> None:
    while len(memory) > _REMEMBERED:
        memory.popitem(last=False)


def _person_key(workspace: str, user: str) -> str:
    return f"slack:person:{workspace}:{user}"


def _thread_key(place: Place) -> str:
    return f"slack:thread:{place.workspace}:{place.channel}:{place.thread}"


def _mine_key(workspace: str, user: str, place: Place) -> str:
    return f"slack:mine:{workspace}:{user}:{place.channel}:{place.thread}"
