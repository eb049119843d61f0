"""Who is served, and how much: an operator's lists and quotas, told kindly.

A refusal never hides an emergency: its card comes first. What people may do with their own data
(look at the privacy notice, copy, erase) and Stop are open to everybody.
"""

from collections.abc import Sequence
from typing import Final

from core.conversation import replying
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.messages import Incoming, Person
from core.domain.replies import Block, Paragraph

RIGHTS: Final = frozenset({"delete", "export", "privacy", "stop", "help"})
"""Commands that no list keeps from anybody; of these, only copies are counted."""

TELL_EVERY_S: Final = 300.0
"""A refusal is said once within this time: answers to a flood are a flood, too."""

_HOUR_S: Final = 3600.0
_MOST_MINUTES: Final = 90


async def admit(core: Tools, incoming: Incoming, voice: Voice) -> bool:
    """Return whether a message goes on; if not, its sender was told why and until when.

    Raises:
        InfrastructureError: The counters do not answer.
    """
    name = incoming.command.name if incoming.command else ""
    if await _flooded(core, incoming.sender):
        return False
    if name in RIGHTS and name != "export":
        return True
    if name not in RIGHTS and not _listed(core, incoming.sender):
        await _tell(core, incoming, voice, voice.paragraph("quota-not-served"))
        return False
    wait_s, whose = await _wait(core, incoming, export=name == "export")
    if wait_s:
        await _tell(core, incoming, voice, _until(voice, whose, wait_s))
    return not wait_s


async def _flooded(core: Tools, person: Person) -> bool:
    windows = core.policy.quotas.flood
    if core.throttle is None or not windows:
        return False
    return bool(await core.throttle.wait_s(f"quota:flood:{_name(person)}", windows))


def _name(person: Person) -> str:
    return f"{person.platform}:{person.user_id}"


def _listed(core: Tools, person: Person) -> bool:
    name, policy = _name(person), core.policy
    return name not in policy.denied and (not policy.allowed or name in policy.allowed)


async def _wait(core: Tools, incoming: Incoming, *, export: bool) -> tuple[float, str]:
    """Take a token from every quota; returns how long to wait for one that is used up, and whose.

    What a refused message took from other quotas stays taken: trying again costs.
    """
    if core.throttle is None:
        return 0.0, ""
    quotas, who = core.policy.quotas, _name(incoming.sender)
    kind, windows = ("exports", quotas.exports) if export else ("messages", quotas.messages)
    asked = [("messages", f"quota:{kind}:{who}", windows)]
    asked += [("photos", f"quota:photos:{who}", quotas.photos)] * len(incoming.photos)
    asked.append(("everybody", "quota:everybody", quotas.everybody))
    for whose, key, counted in asked:
        if counted and (wait_s := await core.throttle.wait_s(key, counted)):
            return wait_s, whose
    return 0.0, ""


def _until(voice: Voice, whose: str, wait_s: float) -> Paragraph:
    minutes = max(1, round(wait_s / 60 + 0.5))
    if minutes <= _MOST_MINUTES:
        return voice.paragraph(f"quota-{whose}-minutes", minutes=minutes)
    return voice.paragraph(f"quota-{whose}-hours", hours=round(wait_s / _HOUR_S + 0.5))


async def _tell(core: Tools, incoming: Incoming, voice: Voice, reason: Paragraph) -> None:
    alarms: Sequence[Block] = replying.alarm_blocks(incoming, voice)
    if not alarms and await _told_of_late(core, incoming.sender):
        return
    await replying.answer_at_once(core, incoming, [*alarms, reason])


async def _told_of_late(core: Tools, person: Person) -> bool:
    if core.throttle is None:
        return False
    once = ((1, TELL_EVERY_S),)
    return bool(await core.throttle.wait_s(f"quota:told:{_name(person)}", once))
