"""The end of everything that is kept of a person, and of the bot's own messages to them."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from core.conversation import names, replying
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Case
from core.domain.jobs import Acceptance
from core.domain.messages import Incoming, Person
from core.domain.replies import Block

_log = logging.getLogger(__name__)

YES: Final = "yes"
NO: Final = "no"
NOTE: Final = "erasing"
"""Field of a profile: the receipt of an erasure that has begun. Who agrees anew has a new start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was erased; names no person.

    Attributes:
        items: Turns, photos and pictures.
        number: Date, time and a digest of the cases' random names.
    """

    items: int
    number: str


async def delete(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Erase everything of a person, after asking once."""
    choice = replying.argument_of(incoming)
    if choice == NO:
        await replying.answer_at_once(core, incoming, [voice.paragraph("delete-cancelled")])
    elif choice != YES:
        buttons = [
            voice.button("button-yes-delete", "delete", YES),
            voice.button("button-no-delete", "delete", NO),
        ]
        await replying.answer_at_once(core, incoming, [voice.paragraph("delete-ask")], buttons)
    else:
        await _delete(core, incoming, voice)


async def _delete(core: Tools, incoming: Incoming, voice: Voice) -> None:
    shown = await core.cases.shown_to(incoming.sender)
    receipt = await _receipt(core, incoming.sender)
    await _erase_all(core, incoming.sender)
    blocks: list[Block] = [
        voice.paragraph("delete-done", items=receipt.items, receipt=receipt.number)
    ]
    if shown:
        blocks.append(voice.paragraph("delete-messages", quiet=True))
    done = replying.reply_to(incoming, names.turn_id(incoming.keys[0]), blocks)
    taken_back = [place.taken_back() for place in shown if place.slot != done.slot]
    # The receipt first: taking back many messages takes its time at a platform's pace.
    await core.cases.accept(
        Acceptance(keys=incoming.keys, chat=incoming.chat, replies=(done, *taken_back))
    )
    if await core.cases.profile(incoming.sender):
        await core.cases.set_profile(incoming.sender, {NOTE: ""})
    await core.cases.forget_shown(incoming.sender)
    _log.info("erased", extra={"receipt": receipt.number, "items": receipt.items})


async def _receipt(core: Tools, person: Person) -> Receipt:
    """Return the receipt, noted before anything is erased: who dies on the way is asked again."""
    items, found = 0, []
    for head in await core.cases.cases_of(person):
        case = await core.cases.load(head.id)
        items += _items(case) if case else 0
        found.append(head.id)
    at = datetime.fromtimestamp(core.clock.now_s(), UTC)
    proof = hashlib.sha256("\n".join([at.isoformat(), *sorted(found)]).encode()).hexdigest()
    receipt = Receipt(items=items, number=f"{at:%Y%m%d-%H%M}-{proof[:10]}")
    noted = _read((await core.cases.profile(person)).get(NOTE, ""))
    if noted is not None and noted.items >= items:
        return noted
    if found:
        await core.cases.set_profile(person, {NOTE: f"{receipt.items} {receipt.number}"})
    return receipt


def _items(case: Case) -> int:
    return sum(1 + len(turn.photos) + len(turn.pictures) for turn in case.turns)


def _read(note: str) -> Receipt | None:
    items, _, number = note.partition(" ")
    return Receipt(items=int(items), number=number) if items.isdecimal() and number else None


async def _erase_all(core: Tools, person: Person) -> None:
    for head in await core.cases.cases_of(person):
        await core.blobs.erase(head.id)
        await core.cases.erase(head.id)
    gone = set(await core.cases.profile(person)) - {NOTE}
    if gone:
        await core.cases.set_profile(person, dict.fromkeys(gone, ""))
