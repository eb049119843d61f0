"""The end of everything that is kept of a person, and of the bot's own messages to them."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from core.conversation import names, replying
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.jobs import Acceptance
from core.domain.messages import Incoming
from core.domain.replies import Block

_log = logging.getLogger(__name__)

YES: Final = "yes"
NO: Final = "no"


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
    receipt = await _erase_all(core, incoming)
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
    await core.cases.forget_shown(incoming.sender)
    _log.info("erased", extra={"receipt": receipt.number, "items": receipt.items})


async def _erase_all(core: Tools, incoming: Incoming) -> Receipt:
    items = 0
    erased: list[str] = []
    for head in await core.cases.cases_of(incoming.sender):
        case = await core.cases.load(head.id)
        items += len(case.turns) if case else 0
        items += await core.blobs.erase(head.id)
        await core.cases.erase(head.id)
        erased.append(head.id)
    profile = await core.cases.profile(incoming.sender)
    await core.cases.set_profile(incoming.sender, dict.fromkeys(profile, ""))
    at = datetime.fromtimestamp(core.clock.now_s(), UTC)
    proof = hashlib.sha256("\n".join([at.isoformat(), *sorted(erased)]).encode()).hexdigest()
    return Receipt(items=items, number=f"{at:%Y%m%d-%H%M}-{proof[:10]}")
