"""``/verify``: did this bot draw the picture that somebody has in hand?

The picture comes with the command, or as the next one after it. It is looked at and forgotten.
"""

from collections.abc import Mapping
from typing import Final

from core.conversation import replying
from core.conversation.pictures import condition_name
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.messages import Incoming
from core.domain.provenance import Finding, judge
from core.domain.replies import Block, Heading

COMMAND: Final = "verify"
WAIT_S: Final = 600.0
"""How long after the command a picture is taken as the one to verify."""
ALBUM_S: Final = 15.0
"""The same between the parts of one album."""


def wanted(incoming: Incoming, profile: Mapping[str, str], now_s: float) -> bool:
    """Return whether the pictures of a message are to be verified rather than read as photos."""
    if not incoming.photos:
        return False
    if incoming.command is not None:
        return incoming.command.name == COMMAND
    named = incoming.text.strip().lower().lstrip("/!") == COMMAND
    return named or now_s < float(profile.get(COMMAND) or 0)


async def ask(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Take the next picture as the one to verify."""
    until_s = core.clock.now_s() + WAIT_S
    await core.cases.set_profile(incoming.sender, {COMMAND: f"{until_s:.0f}"})
    await replying.answer_at_once(core, incoming, [voice.paragraph("verify-ask")])


async def report(core: Tools, incoming: Incoming, voice: Voice, profile: Mapping[str, str]) -> None:
    """Say of each picture of a message where it comes from."""
    if COMMAND in profile:
        until = f"{core.clock.now_s() + ALBUM_S:.0f}" if incoming.album else ""
        await core.cases.set_profile(incoming.sender, {COMMAND: until})
    blocks: list[Block] = [Heading(text=voice.say("verify-title"))]
    for data in incoming.photos[: core.policy.max_photos]:
        blocks += await _about(core, data, voice)
    blocks.append(voice.paragraph("verify-not-kept", quiet=True))
    await replying.answer_at_once(core, incoming, blocks)


async def _about(core: Tools, data: bytes, voice: Voice) -> list[Block]:
    if core.inspector is None:
        raise TypeError("This process looks at no pictures.")
    marks = await core.inspector.inspect(data)
    if marks is None:
        return [voice.paragraph("verify-unreadable")]
    entry = await core.register.find(marks.fingerprint) if core.register else None
    return _told(core, judge(marks, entry), voice)


def _told(core: Tools, finding: Finding, voice: Voice) -> list[Block]:
    blocks: list[Block] = [voice.paragraph(f"verify-{finding.origin}")]
    entry = finding.entry
    if entry is None:
        return blocks
    known = {condition.id: condition for condition in core.ontology.all()}
    if entry.condition_id in known:
        name = condition_name(known[entry.condition_id], voice)
        key = "verify-shows-composite" if entry.making == "composite" else "verify-shows"
        blocks.append(voice.paragraph(key, name=name, date=entry.day))
    return blocks
