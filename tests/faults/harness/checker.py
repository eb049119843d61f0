"""Judges a run by what the platforms show. Imports nothing of the product, nor of its platforms.

Every accepted turn must be answered once, whole, in order, about the right photo; a photo brings
the person's own photo back with an outline, and pictures that fit their card; nothing may be left
that promises more to come.
"""

import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.harness.errands import archives, receipts
from tests.faults.harness.record import (
    ARCHIVE,
    NOTHING,
    PNG,
    STOPPED,
    Chat,
    Seen,
    Turn,
    alike,
    left_colour,
    looks_of,
    near,
    seed_colour,
)

_TOKEN = re.compile(r"\b(w\d+n\d+)[az]\b")
_SEEDS = re.compile(r"seed: (\d+(?:, \d+)*)")
_CARD = re.compile(r"^[^\w]*(.+?) · skin: ", re.MULTILINE)
_MESSAGES = re.compile(r"and (\d+) message\(s\) from you")
_PHOTO = re.compile(r"Photo ([0-9a-f]{6})\.")
_BUSY = "Many people are asking right now"
PICTURES = 2


@dataclass
class Verdict:
    """What is wrong.

    Attributes:
        counts: Of everything, by name.
        notes: One sentence per fault found.
    """

    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def fault(self, kind: str, note: str) -> None:
        """Count a fault."""
        self.counts[kind] += 1
        self.notes.append(f"{kind}: {note}")


def check(chats: list[Chat]) -> Verdict:
    """Judge all conversations."""
    verdict = Verdict()
    owners = {turn.token: chat.name for chat in chats for turn in chat.turns}
    seeds: dict[str, str] = {}
    for chat in chats:
        _turns(chat, verdict)
        _strangers(chat, owners, verdict)
        _pictures(chat, seeds, verdict)
        _copy(chat, verdict)
        _erasure(chat, verdict)
        for seen in [*chat.seen, *chat.after]:
            if seen.waiting:
                verdict.fault("orphans", f"{chat.name}: {seen.text[:60]!r} still waits")
    return verdict


def answers_to(turn: Turn, chat: Chat) -> list[int]:
    """Return the places of the messages that answer a turn, whole or not."""
    found = [n for n, seen in enumerate(chat.seen) if f"{turn.token}a" in seen.text]
    return [n for n in found if not chat.seen[n].waiting]


def _turns(chat: Chat, verdict: Verdict) -> None:
    places: dict[int, int] = {}
    for turn in chat.turns:
        verdict.counts["turns"] += 1
        verdict.counts["accepted"] += turn.accepted
        found = answers_to(turn, chat)
        if not found and turn.stopped:
            _stopped(chat, turn, verdict)
            continue
        if not found:
            if turn.accepted and not turn.refused:
                verdict.fault("lost", f"{chat.name}: no answer to {turn.token}")
            continue
        verdict.counts["answered"] += 1
        for extra in found[1:]:
            verdict.fault("duplicates", f"{chat.name}: {turn.token} again at {extra}")
        places[turn.number] = found[0]
        _content(chat, turn, chat.seen[found[0]], verdict)
    _order(chat, places, verdict)


def _stopped(chat: Chat, turn: Turn, verdict: Verdict) -> None:
    said = sum(STOPPED in seen.text for seen in chat.seen)
    verdict.counts["answered"] += bool(said)
    if not said:
        verdict.fault("lost", f"{chat.name}: neither an answer to {turn.token} nor a word of stop")
    if said > 1:
        verdict.fault("duplicates", f"{chat.name}: {turn.token} was stopped {said} times")


def _content(chat: Chat, turn: Turn, seen: Seen, verdict: Verdict) -> None:
    if turn.stopped and STOPPED in seen.text:
        return
    if f"{turn.token}z" not in seen.text:
        verdict.fault("wrong_content", f"{chat.name}: {turn.token} is cut off")
        return
    counted = _MESSAGES.search(seen.text)
    least = 1 + sum(_before(other, turn, chat) for other in chat.turns)
    most = len(chat.turns) - sum(_before(turn, other, chat) for other in chat.turns)
    if counted is None or not least <= int(counted[1]) <= most:
        said = counted and counted[1]
        verdict.fault(
            "wrong_content", f"{chat.name}: {turn.token} knows {said}, not {least} to {most}"
        )
    own = [other.looks for other in chat.turns if other.looks]
    shown = _PHOTO.findall(seen.text)
    if shown != own[: len(shown)] or not shown:
        verdict.fault("wrong_content", f"{chat.name}: {turn.token} is about {shown}, not {own}")


def _before(one: Turn, other: Turn, chat: Chat) -> bool:
    """Return whether a turn certainly came before another."""
    if one is other or not one.accepted:
        return False
    return one.number < other.number and (chat.strict or one.accepted_s < other.sent_s)


def _order(chat: Chat, places: dict[int, int], verdict: Verdict) -> None:
    answered = [turn for turn in chat.turns if turn.number in places]
    for one in answered:
        for other in answered:
            if _before(one, other, chat) and places[one.number] > places[other.number]:
                verdict.fault("out_of_order", f"{chat.name}: {other.token} before {one.token}")


def _strangers(chat: Chat, owners: dict[str, str], verdict: Verdict) -> None:
    for seen in chat.seen:
        for token in set(_TOKEN.findall(seen.text)):
            if owners.get(token) != chat.name:
                verdict.fault("wrong_content", f"{chat.name}: shows {token} of somebody else")


def _pictures(chat: Chat, seeds: dict[str, str], verdict: Verdict) -> None:
    photos = [
        turn for turn in chat.turns if turn.looks and turn.accepted and answers_to(turn, chat)
    ]
    shown = [picture for seen in chat.seen for picture in seen.pictures]
    outlines = [picture for picture in shown if not picture.startswith((PNG, ARCHIVE))]
    drawn = [left_colour(picture) for picture in shown if picture.startswith(PNG)]
    _outlines(chat, photos, outlines, verdict)
    text = "\n".join(seen.text for seen in chat.seen)
    cards = [seed for line in _SEEDS.findall(text) for seed in line.split(", ")]
    left = list(drawn)
    for seed in cards:
        if seeds.setdefault(seed, chat.name) != chat.name:
            verdict.fault("wrong_content", f"{chat.name}: has the pictures of {seeds[seed]}")
        # One picture for each seed: two seeds may happen to have nearly the same colour.
        fitting = next((colour for colour in left if near(colour, seed_colour(seed))), None)
        if fitting is None:
            verdict.fault("wrong_content", f"{chat.name}: no picture fits seed {seed}")
        else:
            left.remove(fitting)
    for extra in left:
        again = any(near(extra, seed_colour(seed)) for seed in cards)
        kind = "duplicates" if again else "wrong_content"
        verdict.fault(kind, f"{chat.name}: a picture more, {extra}")
    if len(cards) != PICTURES * len(photos):
        verdict.fault(
            "wrong_content",
            f"{chat.name}: {len(drawn)} pictures, {len(cards)} seeds for {len(photos)} photos",
        )
    for name in _CARD.findall(text):
        if text.count(name) < 3:
            verdict.fault("wrong_content", f"{chat.name}: drew {name}, which was not the answer")


def _outlines(chat: Chat, photos: list[Turn], outlines: list[bytes], verdict: Verdict) -> None:
    left = list(map(looks_of, outlines))
    for turn in photos:
        own = [looks for looks in left if alike(looks, turn.looks)]
        if not own:
            verdict.fault("wrong_content", f"{chat.name}: no outline on the photo of {turn.token}")
        for _ in own[1:]:
            verdict.fault("duplicates", f"{chat.name}: outline of {turn.token} again")
        left = [looks for looks in left if looks not in own]
    for looks in left:
        verdict.fault("wrong_content", f"{chat.name}: a photo {looks} of somebody else")


def _copy(chat: Chat, verdict: Verdict) -> None:
    """Judge the copy of everything."""
    if not chat.copied:
        return
    found = archives(chat.seen)
    if not found:
        verdict.fault("lost", f"{chat.name}: the copy of everything")
        return
    for _ in found[1:]:
        verdict.fault("duplicates", f"{chat.name}: the copy of everything again")
    with zipfile.ZipFile(io.BytesIO(found[0])) as archive:
        words = "".join(
            archive.read(name).decode() for name in archive.namelist() if name.endswith(".json")
        )
        photos = [name for name in archive.namelist() if name.endswith(".jpg")]
    for turn in chat.turns:
        if turn.accepted and f"{turn.token}z" not in words:
            verdict.fault("wrong_content", f"{chat.name}: {turn.token} is not in the copy")
    if not photos:
        verdict.fault("wrong_content", f"{chat.name}: no photo is in the copy")


def _erasure(chat: Chat, verdict: Verdict) -> None:
    """Judge the end: one receipt that says how much was erased, and nothing else."""
    if not chat.erasing:
        return
    found = receipts(chat.after)
    if not found:
        verdict.fault("lost", f"{chat.name}: the receipt")
    for _ in found[chat.presses :]:
        verdict.fault("duplicates", f"{chat.name}: the receipt again")
    if found and all(NOTHING in seen.text for seen in found):
        verdict.fault("wrong_content", f"{chat.name}: the receipt says that there was nothing")
    for seen in chat.after:
        if seen not in found and not seen.waiting:
            verdict.fault("orphans", f"{chat.name}: {seen.text[:60]!r} was not erased")
