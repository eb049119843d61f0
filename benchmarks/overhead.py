"""Cost of everything around the model: turns through bots, core, Redis and worker.

The model answers at once; a frontend records what it is shown. Turns are text follow-ups in many
cases at a time, each with its placeholder and its answer. The baseline, in the same run on the same
server and with as many clients at a time, is bare Redis round trips: as many as the turns took.
"""

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.delivery import Delivery
from core.adapters.assembly import Place, Stores, open_stores
from core.adapters.redis_cases import Limits
from core.adapters.redis_jobs import LeasePolicy
from core.conversation import Conversation
from core.domain.messages import ChatRef, Incoming, Person
from core.domain.replies import Live, Reply
from core.ports import Ledger
from tests.stage.assembly import conversation_over, instant_worker, open_case
from workers.batching import ModelThread

ROOT = Path(__file__).resolve().parents[1]
CASES = 64
TURNS = 6


@dataclass
class Recorder:
    """A frontend that notes when an answer was shown."""

    platform: str = "bench"
    shown: dict[str, asyncio.Event] = field(default_factory=dict)

    async def serve(self) -> None:
        """Nothing comes in by itself."""

    async def show(self, reply: Reply, ledger: Ledger) -> None:
        """Record the message as sent."""
        await ledger.record("all", "1")
        if reply.stage == "final":
            self.shown.setdefault(reply.chat.chat_id, asyncio.Event()).set()

    async def progress(self, live: Live, ledger: Ledger) -> None:
        """Ignore text in the making."""


async def _prepare(stores: Stores) -> None:
    """Open a case with a photo for everybody."""
    for number in range(CASES):
        await open_case(stores, number, *_who(number))


def _who(number: int) -> tuple[ChatRef, Person]:
    chat = ChatRef(platform="bench", chat_id=str(number))
    return chat, Person(platform="bench", user_id=str(number))


async def _talk(
    conversation: Conversation, frontend: Recorder, number: int, took: list[float]
) -> None:
    chat, person = _who(number)
    for turn in range(TURNS):
        answered = frontend.shown[chat.chat_id] = asyncio.Event()
        begun = time.perf_counter()
        await conversation.receive(
            Incoming(
                keys=(f"b:{number}:{turn}",), chat=chat, sender=person, text="Why do you think so?"
            )
        )
        await answered.wait()
        took.append(time.perf_counter() - begun)


class Counter:
    """Counts what a client sends, by standing in for its one sending method."""

    def __init__(self, stores: Stores) -> None:
        self.sent = 0
        self._send = stores.link.client.execute_command
        stores.link.client.execute_command = self._count

    def _count(self, *args: Any, **options: Any) -> Any:
        self.sent += 1
        return self._send(*args, **options)


async def _bare(stores: Stores, trips: int) -> float:
    """Return seconds for as many bare round trips, by as many clients at a time."""
    begun = time.perf_counter()

    async def client(count: int) -> None:
        for _ in range(count):
            await stores.link.client.set("bare", b"x")

    async with asyncio.TaskGroup() as tasks:
        for _ in range(CASES):
            tasks.create_task(client(trips // CASES))
    return time.perf_counter() - begun


async def _run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(url=None, password=None, keys=None, folder=Path(folder))
        async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
            return await _measure(stores)


async def _measure(stores: Stores) -> dict[str, Any]:
    conversation = conversation_over(stores)
    await _prepare(stores)
    frontend = Recorder()
    delivery = Delivery(frontend=frontend, outbox=stores.outbox, live=stores.live)
    took: list[float] = []
    with ModelThread() as thread:
        worker = instant_worker(stores, conversation, thread)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(delivery.run()), tasks.create_task(worker.run())]
            counter, begun = Counter(stores), time.perf_counter()
            async with asyncio.TaskGroup() as talks:
                for number in range(CASES):
                    talks.create_task(_talk(conversation, frontend, number, took))
            seconds = time.perf_counter() - begun
            trips = counter.sent
            for task in running:
                task.cancel()
    bare_s = await _bare(stores, trips)
    turns = CASES * TURNS
    return {
        "turns": turns,
        "turns_per_s": round(turns / seconds, 1),
        "latency_p50_ms": round(statistics.median(took) * 1000, 1),
        "redis_round_trips_per_turn": round(trips / turns, 1),
        "redis_round_trips_per_s": round(trips / bare_s, 1),
        "ratio": round(bare_s / seconds, 3),
        "ratio_means": "time of the bare round trips over time of the turns; 1 is free",
    }


def main() -> dict[str, Any]:
    """Run the benchmark."""
    return asyncio.run(_run())
