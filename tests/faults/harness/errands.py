"""What people do after their questions: stop an answer, take a copy of everything, have it erased.

Each of them leads through steps that questions do not lead to.
"""

import asyncio
import random

from tests.faults.harness.record import ARCHIVE, PNG, RECEIPT, STOPPED, Chat, Person, Seen, Turn

HESITATION_S = 1.5
"""Stop is pressed at most so long after the question."""


async def run_errands(person: Person, rng: random.Random) -> None:
    """Do all of them, one after the other; what stood there before the erasure is kept."""
    chat = person.chat
    while not complete(await person.pictures()):
        await person.wait()
    await _stop(person, rng)
    await person.order("export")
    while not (complete(found := await person.pictures()) and archives(found)):
        await person.wait()
    chat.copied, chat.seen = True, found
    chat.erasing = True
    await person.erase()
    while not receipts(found := await person.pictures()):
        await person.wait()
    chat.after = found


async def _stop(person: Person, rng: random.Random) -> None:
    chat = person.chat
    number = len(chat.turns) + 1
    turn = Turn(number=number, token=f"{chat.turns[0].token.partition('n')[0]}n{number}")
    turn.stopped = True
    chat.turns.append(turn)
    await person.send(turn)
    await asyncio.sleep(rng.random() * HESITATION_S)
    await person.order("stop")
    while not _ended(turn, found := await person.pictures()):
        await person.wait()
    chat.seen = found


def _ended(turn: Turn, found: list[Seen]) -> bool:
    said = any(STOPPED in seen.text or f"{turn.token}z" in seen.text for seen in found)
    return said and complete(found)


def complete(found: list[Seen]) -> bool:
    """Whether nothing is to come: no message waits, and what was drawn is there."""
    drawn = any(picture.startswith(PNG) for seen in found for picture in seen.pictures)
    return drawn and not any(seen.waiting for seen in found)


def archives(found: list[Seen]) -> list[bytes]:
    """Return the copies that were handed out."""
    return [file for seen in found for file in seen.pictures if file.startswith(ARCHIVE)]


def receipts(found: list[Seen]) -> list[Seen]:
    """Return the messages that say what was erased."""
    return [seen for seen in found if RECEIPT in seen.text]


def look_after(chat: Chat, found: list[Seen]) -> None:
    """Take down what stands there at the very end."""
    if chat.erasing:
        chat.after = found
    else:
        chat.seen = found
