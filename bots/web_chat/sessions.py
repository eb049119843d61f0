"""What the web chat remembers of a browser: language, consent, and the list of its cases.

Kept as one encrypted value per session in the drawer. What was said is not in here: that is on
the board.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from weakref import WeakValueDictionary

from core.domain.messages import Register
from core.ports import Clock, Drawer

_VERSION = 1
_TITLE_CHARS = 60


@dataclass(slots=True, kw_only=True)
class CaseEntry:
    """One line of the sidebar.

    Attributes:
        number: Names the case inside its session, from 1; never used twice.
        title: First words of the person; empty before there are any.
        created_s: When it was opened, seconds since the epoch.
        updated_s: When the person last wrote in it.
    """

    number: int
    title: str = ""
    created_s: float = 0.0
    updated_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class Session:
    """A browser. Changes are stored when the `Sessions.change` context ends.

    Attributes:
        agreed: Whether the person accepted the consent card.
        locale: Language that the person chose; empty for the browser's own.
        register: Whom the answers are for, as the person chose.
        last_number: Number of the newest case.
        cases: Oldest first.
    """

    agreed: bool = False
    locale: str = ""
    register: Register = "lay"
    last_number: int = 0
    cases: list[CaseEntry] = field(default_factory=list)

    def open_case(self, now_s: float) -> CaseEntry:
        """Add an empty case, or return the newest one if nothing was said in it."""
        if self.cases and not self.cases[-1].title:
            return self.cases[-1]
        self.last_number += 1
        self.cases.append(CaseEntry(number=self.last_number, created_s=now_s, updated_s=now_s))
        return self.cases[-1]

    def case(self, number: int) -> CaseEntry | None:
        """Return a case of this session, or None."""
        return next((case for case in self.cases if case.number == number), None)

    def touch(self, number: int, title: str, now_s: float) -> None:
        """Note that the person wrote in a case; the first words become its title."""
        case = self.case(number)
        if case is not None:
            case.title = case.title or " ".join(title.split())[:_TITLE_CHARS]
            case.updated_s = now_s


class Sessions:
    """Sessions in the drawer."""

    def __init__(self, drawer: Drawer, clock: Clock, *, ttl_s: float) -> None:
        """Take the drawer; an unused session is forgotten after ``ttl_s`` seconds."""
        self._drawer = drawer
        self._clock = clock
        self._ttl_s = ttl_s
        # Two tabs of one browser talk to the same process; more than that is last writer wins.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def load(self, sid: str) -> Session:
        """Return a session; an unknown one is empty."""
        stored = json.loads(await self._drawer.get(_key(sid)) or "{}")
        if stored.pop("version", _VERSION) != _VERSION:
            return Session()
        cases = [CaseEntry(**case) for case in stored.pop("cases", [])]
        return Session(**stored, cases=cases)

    @asynccontextmanager
    async def change(self, sid: str) -> AsyncGenerator[Session, None]:
        """Load a session, let the caller change it, and store it."""
        lock = self._locks.setdefault(sid, asyncio.Lock())
        async with lock:
            session = await self.load(sid)
            before = asdict(session)
            yield session
            after = asdict(session)
            if after != before:
                value = json.dumps({"version": _VERSION, **after})
                await self._drawer.put(_key(sid), value, ttl_s=self._ttl_s)

    async def erase(self, sid: str) -> None:
        """Forget a session."""
        await self._drawer.erase(_key(sid))

    def now_s(self) -> float:
        """Return the time of day."""
        return self._clock.now_s()


def _key(sid: str) -> str:
    return f"web:session:{sid}"
