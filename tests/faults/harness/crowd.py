"""Many people at once: each agrees, sends a photo and asks about it."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from tests.faults.harness.checker import answers_to
from tests.faults.harness.errands import look_after, run_errands
from tests.faults.harness.record import Chat, Person, Turn, looks_for
from tests.faults.harness.slack_people import SlackPerson
from tests.faults.harness.telegram_people import TelegramPerson
from tests.faults.harness.web_people import WebPerson
from tests.stage.theatre import Theatre

FOLLOW_UPS = 5
HASTY = 3
"""Every third person of a platform does not wait for one answer before the next question."""


@dataclass
class Crowd:
    """Everybody.

    Attributes:
        stage: Where they are.
        seed: Of everything that they do.
        platforms: Which platforms they use, in turn.
        at_once: How many talk at the same time.
        people: Everybody so far.
        sent: Turns so far.
        leaving: Whether people go home when they have everything, so that nothing of theirs stays
            open; by default they stay to the end, so that whatever comes late is seen.
        errands: Whether they stop an answer, take a copy and have all erased at the end.
        closing: Whether nobody new comes any more.
    """

    stage: Theatre
    seed: int
    platforms: tuple[str, ...]
    at_once: int = 18
    people: list[Person] = field(default_factory=list)
    sent: int = 0
    leaving: bool = False
    errands: bool = False
    closing: bool = False
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def talk(self, turns: int) -> None:
        """Let conversations happen until so many turns were sent."""
        begun = 0
        free = asyncio.Semaphore(self.at_once)
        async with asyncio.TaskGroup() as group:
            while begun < turns and not self.closing:
                await free.acquire()
                size = min(1 + FOLLOW_UPS, turns - begun)
                begun += size
                task = group.create_task(self._converse(len(self.people), size))
                task.add_done_callback(lambda _: free.release())
                await asyncio.sleep(0)

    def last_orders(self) -> None:
        """Let nobody new come; who is there finishes."""
        self.closing = True

    def _person(self, number: int, rng: random.Random) -> Person:
        match self.platforms[number % len(self.platforms)]:
            case "telegram":
                return TelegramPerson(self.stage.api, number)
            case "slack":
                return SlackPerson(self.stage.slack, number, rng)
            case _:
                return WebPerson(self.stage.web_url, number)

    async def _converse(self, number: int, size: int) -> None:
        rng = random.Random(f"{self.seed}:{number}")
        person = self._person(number, rng)
        self.people.append(person)
        await person.agree()
        hasty = number // len(self.platforms) % HASTY == 0
        for count in range(1, size + 1):
            turn = Turn(
                number=count,
                token=f"w{number}n{count}",
                looks=looks_for(rng) if count == 1 else "",
            )
            person.chat.turns.append(turn)
            self.sent += 1
            self.progress.set()
            await person.send(turn)
            if not hasty or count == 1:
                await self._answered(person, [turn])
        await self._answered(person, person.chat.turns)
        if self.errands:
            await run_errands(person, rng)
        if self.leaving:
            await person.leave()

    async def _answered(self, person: Person, turns: list[Turn]) -> None:
        while not all(turn.answered_s < float("inf") for turn in turns):
            await person.wait()
            person.chat.seen = person.look()
            for turn in turns:
                if turn.answered_s == float("inf") and answers_to(turn, person.chat):
                    turn.answered_s = time.monotonic()

    async def reread(self) -> list[Chat]:
        """Look at everything once more, pictures included."""
        for person in self.people:
            look_after(person.chat, await person.pictures())
        return [person.chat for person in self.people]

    async def close(self) -> None:
        """Send everybody home."""
        for person in self.people:
            await person.close()
