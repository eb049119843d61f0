"""Asks the demo vision-language model follow-ups about fresh renders, each intent equally often.

Three things are judged, each intent for itself: was the question understood (intent), is the
answer about what the photo truly shows (condition), and is a comparison with the condition that
was asked about (other). An answer counts as right only if all of them fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from random import Random
from typing import Any

import numpy as np

from workers.demo_pack.dialogue_stage import subject_of
from workers.demo_pack.dialogues import INTENTS, Subject, answer
from workers.demo_pack.pool import Pool
from workers.demo_pack.questions import ASK, NICKNAMES
from workers.demo_pack.scene import CONDITIONS
from workers.evaluation.demo_vlm import Chat, Seer

COMPARISON = "differ"
_LIKE = 0.75
_FIRST = [{"type": "image"}, {"type": "text", "text": "What is this?"}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a reply is about: intent, condition, and the other side of a comparison or ""."""

    intent: str
    condition: str
    other: str


def follow_ups(seer: Seer, pool: Pool, seed: int) -> dict[str, Any]:
    """Shares of follow-up answers that fit, over all and by intent."""
    rng = Random(seed)
    wanted, chats = list[Said](), list[Chat]()
    for index, labels in enumerate(pool.labels):
        intent, other = INTENTS[index % len(INTENTS)], rng.choice(CONDITIONS)
        condition = subject_of(labels, rng).condition
        wanted.append(
            Said(intent=intent, condition=condition, other=other if intent == COMPARISON else "")
        )
        chats.append(
            [_said("user", [{"type": "image"}, {"type": "text", "text": "What is this?"}])]
        )
        asked = rng.choice(ASK[intent]).format(x=rng.choice(NICKNAMES[other]))
        chats[-1].append(_said("user", asked))
    images = list(pool.images)
    first = seer.replies([chat[:1] for chat in chats], images)
    grown = [
        [chat[0], _said("assistant", reply), chat[1]]
        for chat, reply in zip(chats, first, strict=True)
    ]
    return shares(wanted, [meaning(reply) for reply in seer.replies(grown, images)])


def _said(role: str, content: object) -> dict[str, Any]:
    return {"role": role, "content": content}


def shares(wanted: Sequence[Said], found: Sequence[Said | None]) -> dict[str, Any]:
    """What share of the replies fits in every respect, and in each alone."""
    right = np.array([a == b for a, b in zip(wanted, found, strict=True)])
    by_intent = {
        intent: float(right[[w.intent == intent for w in wanted]].mean()) for intent in INTENTS
    }
    pairs = [(w, f) for w, f in zip(wanted, found, strict=True) if f is not None]
    return {
        "followup_ok": float(right.mean()),
        "followup_intent_ok": sum(w.intent == f.intent for w, f in pairs) / len(wanted),
        "followup_condition_ok": sum(w.condition == f.condition for w, f in pairs) / len(wanted),
        "followup_by_intent": by_intent,
    }


def meaning(reply: str) -> Said | None:
    """What the taught answer nearest to a reply is about; None if none is near."""
    best, found = _LIKE, None
    matcher = SequenceMatcher(None, "", reply, autojunk=False)
    for said, text in _TAUGHT.items():
        matcher.set_seq1(text)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            near = matcher.ratio()
            if near > best:
                best, found = near, said
    return found


def _taught() -> dict[Said, str]:
    """Every answer to the six intents, by what it is about."""
    texts: dict[Said, str] = {}
    for condition in CONDITIONS:
        subject = Subject(condition=condition, tone=3, site="arm", severity=2)
        for intent in INTENTS:
            for other in CONDITIONS if intent == COMPARISON else ("",):
                said = Said(intent=intent, condition=condition, other=other)
                texts[said] = answer(subject, intent, other)
    return texts


_TAUGHT = _taught()
