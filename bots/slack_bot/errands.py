"""Messages that cannot be handed over at once: their files have to be fetched first.

An errand is written, encrypted, into the drawer before its event is acknowledged; it is erased when
the conversation has the message. What a crash leaves behind is taken up at the next start. Errands
of one thread, and whatever follows them there, keep their order.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bots.slack_bot.chores import Chores
from bots.slack_bot.events import SlackMessage
from core.domain.errors import InfrastructureError
from core.ports import Drawer

DONE_S: Final = 86_400.0
"""How long a finished errand is remembered, so that its files are not fetched again."""

_AGAIN_S: Final = 1.0
_LONGEST_S: Final = 60.0
_PREFIX: Final = "slack:errand:"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A message on its way to the conversation.

    Attributes:
        message: What was written, and the files to fetch.
        team: Team of who asks; not the writer's when a message of somebody else is explained.
        user: Who asks.
        keys: Idempotency keys for the conversation.
        thread: Thread that is answered in; empty for the top level.
        shared_file: Id of a file whose message is still to be found; empty otherwise.
        version: Of this record.
    """

    message: SlackMessage
    team: str
    user: str
    keys: tuple[str, ...]
    thread: str
    shared_file: str = ""
    version: int = 1

    @property
    def name(self) -> str:
        """Its name: the same for every delivery of the same thing."""
        what = self.shared_file or f"{self.message.ts}.{self.user}"
        return f"{self.message.workspace}:{self.message.channel}:{what}"

    @property
    def lane(self) -> str:
        """What keeps its order: the thread, or the channel for a file without a message yet."""
        return f"{self.message.workspace}:{self.message.channel}:{self.thread}"


_RECORD: Final = TypeAdapter(Errand)
Handle = Callable[[Errand, int], Awaitable[bool]]
"""Does an errand; False to be asked again. Gets the number of earlier tries."""


class Errands:
    """All errands of this process."""

    def __init__(self, drawer: Drawer, chores: Chores, *, memory_s: float) -> None:
        self._drawer = drawer
        self._chores = chores
        self._memory_s = memory_s
        self._lanes: dict[str, deque[Errand]] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._handle: Handle | None = None

    def handle_with(self, handle: Handle) -> None:
        """Say who does the errands."""
        self._handle = handle

    @asynccontextmanager
    async def turn(self, lane: str) -> AsyncGenerator[bool, None]:
        """Take turns in a lane; yields whether errands are under way in it."""
        lock = self._turns[lane]
        try:
            async with lock:
                yield lane in self._lanes
        finally:
            if not lock.locked() and not lock._waiters:  # noqa: SLF001, no public way to ask
                self._turns.pop(lane, None)

    async def add(self, errand: Errand) -> None:
        """Make an errand durable, then begin it. Call inside `turn` of its lane."""
        if await self._drawer.get(_done_key(errand)):
            return
        record = _RECORD.dump_json(errand).decode()
        await self._drawer.put(_PREFIX + errand.name, record, ttl_s=self._memory_s)
        self._begin(errand)

    async def resume(self) -> None:
        """Take up what an earlier process left behind, oldest first."""
        records = [await self._drawer.get(key) for key in await self._drawer.keys(_PREFIX)]
        found = [errand for record in records if (errand := _read(record))]
        for errand in sorted(found, key=lambda errand: errand.message.ts):
            self._begin(errand)
        if found:
            _log.info("took up %d errands", len(found))

    def _begin(self, errand: Errand) -> None:
        lane = self._lanes.get(errand.lane)
        if lane is None:
            self._lanes[errand.lane] = deque([errand])
            self._chores.start(self._work(errand.lane), "errands")
        elif errand.name not in [other.name for other in lane]:
            lane.append(errand)

    async def _work(self, name: str) -> None:
        lane = self._lanes[name]
        try:
            while lane:
                try:
                    await self._do(lane[0])
                except Exception:  # noqa: BLE001, the frontend's top handler
                    # It stays in the drawer, and those behind it go on.
                    _log.exception("an errand failed")
                lane.popleft()
        finally:
            self._lanes.pop(name, None)

    async def _do(self, errand: Errand) -> None:
        tries = 0
        while not await self._done(errand, tries):
            await asyncio.sleep(min(_AGAIN_S * 2**tries, _LONGEST_S))
            tries += 1

    async def _done(self, errand: Errand, tries: int) -> bool:
        if self._handle is None:
            return False
        try:
            if not await self._handle(errand, tries):
                return False
            await self._drawer.put(_done_key(errand), "1", ttl_s=DONE_S)
            await self._drawer.erase(_PREFIX + errand.name)
        except InfrastructureError as error:
            _log.warning("an errand has to wait: %s", error)
            return False
        return True


def _done_key(errand: Errand) -> str:
    return f"slack:done:{errand.name}"


def _read(record: str | None) -> Errand | None:
    if record is None:
        return None
    try:
        errand = _RECORD.validate_json(record)
    except ValidationError:
        _log.error("an errand cannot be read; it is left as it is")
        return None
    return errand if errand.version == 1 else None
