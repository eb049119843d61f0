"""What is said to a message at once, without a job: answers, alarms, "too busy", the wait."""

from collections.abc import Sequence

from core.conversation import names
from core.conversation.care import alarm
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.jobs import Acceptance
from core.domain.messages import CaseId, Incoming
from core.domain.replies import Block, Button, Reply


def argument_of(incoming: Incoming) -> str:
    """Return the argument of a message's command; empty if there is none."""
    return incoming.command.argument.strip() if incoming.command else ""


def only_for(incoming: Incoming) -> str:
    """Return who alone may see the answer; empty where everybody in the chat may."""
    return "" if incoming.private else incoming.sender.user_id


def alarm_blocks(incoming: Incoming, voice: Voice) -> list[Block]:
    """Return the emergency card for a message, or nothing."""
    care = alarm(incoming.text, voice.locale)
    return [] if care is None else [care.card(voice)]


async def refuse_busy(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Say that there is no room now, and when to come back; an emergency is told all the same."""
    outlook = await core.jobs.outlook("vlm")
    busy = voice.paragraph("failure-busy", minutes=max(1, round(outlook.wait_s / 60)))
    await answer_at_once(core, incoming, [*alarm_blocks(incoming, voice), busy])


async def answer_at_once(
    core: Tools, incoming: Incoming, blocks: Sequence[Block], buttons: Sequence[Button] = ()
) -> None:
    """Answer a message that becomes part of no case."""
    reply = reply_to(incoming, names.turn_id(incoming.keys[0]), blocks, buttons)
    await core.cases.accept(
        Acceptance(keys=incoming.keys, chat=incoming.chat, replies=(reply,), sender=incoming.sender)
    )


def reply_to(
    incoming: Incoming, slot: str, blocks: Sequence[Block], buttons: Sequence[Button] = ()
) -> Reply:
    """Return a final reply to a message."""
    return Reply(
        slot=slot,
        chat=incoming.chat,
        blocks=tuple(blocks),
        buttons=tuple(buttons),
        quotes=incoming.message_id,
        only_for=only_for(incoming),
    )


async def waiting_notes(core: Tools, voice: Voice, case_id: CaseId) -> list[Block]:
    """Return place and estimate when there is a wait."""
    place = await core.jobs.outlook("vlm", case_id)
    if place.ahead == 0:
        return []
    notes: list[Block] = [voice.paragraph("queue-place", ahead=place.ahead, quiet=True)]
    if place.wait_s >= 90:  # noqa: PLR2004 - above that, seconds feel like false precision
        minutes = round(place.wait_s / 60)
        notes.append(voice.paragraph("queue-estimate-minutes", minutes=minutes, quiet=True))
    elif place.wait_s >= 1:
        seconds = round(place.wait_s)
        notes.append(voice.paragraph("queue-estimate", seconds=seconds, quiet=True))
    return notes
