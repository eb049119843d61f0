"""What one process erased, the others forget."""

from bots.slack_bot.addresses import Place
from bots.slack_bot.threads import FRESH_S, ThreadNote, Threads
from core.adapters.memory_extras import MemoryDrawer

PLACE = Place(workspace="T1", channel="D1", thread="1790000000.000001")
NOTE = ThreadNote(team="T1", user="U1")


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


async def test_another_process_forgets_within_a_minute() -> None:
    """A person erased elsewhere is unknown after a minute, and is noted anew when they return."""
    drawer, clock = MemoryDrawer(), Hands()
    here, there = (Threads(drawer, memory_s=1e6, clock=clock) for _ in range(2))
    for threads in (here, there):
        await threads.meet("T1", "T1", "U1")
        await threads.open(PLACE, NOTE)
        assert await threads.note(PLACE) == NOTE

    await here.forget_person("T1", "U1")

    assert await here.note(PLACE) is None
    clock.now_s += FRESH_S + 1
    assert await there.note(PLACE) is None
    assert await there.people("T1") == set()
    await there.meet("T1", "T1", "U1")
    assert await here.people("T1") == {("T1", "U1")}
