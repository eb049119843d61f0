"""Which faults come when: the same seed gives the same list.

A fault strikes when so many turns were sent, not at a time of day, so that a slow machine meets the
same faults at the same places of the run. Faults come as a shuffled deck that holds each of them
once, and then as another: a run of some length has met them all.
"""

import random
from dataclasses import dataclass

ACTORS = ("telegram", "slack", "web", "worker1", "worker2")
LEASES_S = 6.0
"""The longest lease of the stage; a process that is frozen for longer has lost everything."""

TELEGRAM = ("sendMessage", "editMessageText", "editMessageMedia", "sendMediaGroup", "deleteMessage")
SLACK = (
    "chat.postMessage",
    "chat.update",
    "chat.startStream",
    "chat.appendStream",
    "chat.stopStream",
    "files.completeUploadExternal",
    "files.getUploadURLExternal",
)


@dataclass(frozen=True, kw_only=True)
class Strike:
    """One fault.

    Attributes:
        turn: How many turns were sent when it comes.
        kind: Name of a method of `Strikes`.
        target: Process, or method of a platform.
        detail: Kind of a platform's failure.
        seconds: How long it lasts.
    """

    turn: int
    kind: str
    target: str = ""
    detail: str = ""
    seconds: float = 0.0


def deck() -> list[Strike]:
    """Return every kind of fault once, in a fixed order."""
    cards = [Strike(turn=0, kind="kill", target=name) for name in (*ACTORS, "redis") * 2]
    cards += [
        Strike(turn=0, kind="freeze", target=n, seconds=LEASES_S + 2) for n in (*ACTORS, "redis")
    ]
    cards += [Strike(turn=0, kind="cut", target=name) for name in ACTORS]
    cards += [Strike(turn=0, kind="slow", target=name, seconds=2) for name in ACTORS]
    cards += [Strike(turn=0, kind="block", target=name, seconds=3) for name in ACTORS]
    for method in TELEGRAM:
        for detail in ("flood", "bad_gateway", "dropped", "lost"):
            cards.append(Strike(turn=0, kind="telegram", target=method, detail=detail))
    for method in SLACK:
        for detail in ("ratelimited", "http500", "lost_request", "lost_reply"):
            cards.append(Strike(turn=0, kind="slack", target=method, detail=detail))
    cards += [
        Strike(turn=0, kind="restart_redis"),
        Strike(turn=0, kind="full_disk", seconds=3),
        Strike(turn=0, kind="out_of_memory", seconds=3),
        Strike(turn=0, kind="clock", detail="+3600", seconds=5),
        Strike(turn=0, kind="clock", detail="-600", seconds=5),
        Strike(turn=0, kind="replay", target="telegram"),
        Strike(turn=0, kind="shuffle", target="telegram", seconds=10),
        Strike(turn=0, kind="replay", target="slack", seconds=10),
        Strike(turn=0, kind="telegram", target="download", detail="dropped"),
        Strike(turn=0, kind="telegram", target="getUpdates", detail="lost"),
    ]
    return cards


def schedule(seed: int, turns: int, *, every: int = 10) -> list[Strike]:
    """Return the faults of a run of so many turns, one every so many turns on average."""
    rng = random.Random(seed)
    strikes: list[Strike] = []
    cards: list[Strike] = []
    at = every // 2
    while at < turns:
        if not cards:
            cards = deck()
            rng.shuffle(cards)
        card = cards.pop()
        strikes.append(Strike(**{**vars(card), "turn": at}))
        # Calls of platforms that fail are cheap: several of them may come together.
        at += (
            rng.randint(1, 2)
            if card.kind in {"telegram", "slack"}
            else rng.randint(every // 2, every * 2)
        )
    return strikes
