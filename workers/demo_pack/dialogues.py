"""The conversations that the demo model is trained on, made from facts and wordings.

A dialogue follows its newest photo. The first answer has two paragraphs, findings and likely
condition; every later answer is one paragraph about that condition. Nothing is said about the
tone of the skin or the severity: light and exposure hide both from so small a model.
"""

from dataclasses import dataclass
from random import Random

from workers.demo_pack.knowledge import FACTS
from workers.demo_pack.pool import OTHER
from workers.demo_pack.prompts import NAMES
from workers.demo_pack.questions import first_question, follow_up, system_prompt
from workers.demo_pack.scene import CONDITIONS, PLAIN

SCORE_PREFIX = "Most likely condition:"
INTENTS: tuple[str, ...] = ("describe", "why", "sure", "differ", "cause", "next")
_RARE = ("drug", "promise", "thanks", "who", "astray")
LIMITS = "I have only seen drawn skin, so this is no diagnosis."
CLINICIAN = "Please show it to a clinician."
NO_PHOTO = "Please send a photo first, so that I can look at the skin."
_ASIDE = {
    "thanks": "You are welcome. Ask me more about the photo at any time.",
    "who": f"I am a small demo model that explains skin photos. I am not a doctor. {LIMITS}",
    "astray": "I can only talk about skin photos. Ask me what I see or what to do next.",
    "drug": f"I do not name drugs or doses. {CLINICIAN} They can choose what is safe for you.",
    "promise": f"I cannot confirm or rule out anything from a photo. {CLINICIAN}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a photo truly shows: class id, tone 1-6, site and severity 1-3."""

    condition: str
    tone: int
    site: str
    severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message.

    Attributes:
        role: "system", "user" or "assistant".
        text: Its words.
        photos: How many photos come before the words.
        silent: Characters at the start of the text that the model need not learn to write.
    """

    role: str
    text: str
    photos: int = 0
    silent: int = 0


def findings(subject: Subject) -> str:
    """First paragraph of the first answer."""
    if subject.condition == PLAIN:
        return "I see skin without a clear mark or rash."
    if subject.condition == OTHER:
        return "This picture does not look like skin to me."
    return f"I see {FACTS[subject.condition].findings}."


def likely(subject: Subject) -> str:
    """Second paragraph of the first answer."""
    if subject.condition == PLAIN:
        return f"I cannot name a condition from this photo. If something bothers you, {_later()}"
    if subject.condition == OTHER:
        return "I cannot name a condition. Please send a sharp, bright photo of the skin."
    facts = FACTS[subject.condition]
    first, second = (NAMES[other] for other in facts.alike)
    name = NAMES[subject.condition]
    alike = f"{first.capitalize()} or {second} can look alike."
    return f"It looks most like {name}, {facts.lay}. {alike} {LIMITS}"


def _later() -> str:
    return CLINICIAN[0].lower() + CLINICIAN[1:]


def answer(subject: Subject, intent: str, other: str) -> str:
    """Answer a follow-up about a photo.

    Args:
        subject: What the newest photo shows.
        intent: A key of `questions.ASK`.
        other: Condition id that a comparison is about.
    """
    if intent in _ASIDE:
        return _ASIDE[intent]
    if subject.condition in (PLAIN, OTHER):
        return f"I cannot name a condition from this photo. {CLINICIAN}"
    return _about(subject, intent, other)


def _about(subject: Subject, intent: str, other: str) -> str:
    """Answer one of the six intents about a known condition."""
    facts, name = FACTS[subject.condition], NAMES[subject.condition]
    first, second = (NAMES[condition] for condition in facts.alike)
    alike = f"{first} or {second} can look alike"
    plain = {
        "describe": f"The photo shows {facts.findings}.",
        "why": f"I think of {name} because of {facts.signs}.",
        "sure": f"I am not certain. {name.capitalize()} fits best, but {alike}. {CLINICIAN}",
        "cause": f"About {name}: {facts.cause}",
        "next": f"For {name}: {facts.step}",
    }
    if intent in plain:
        return plain[intent]
    if other == subject.condition:
        return f"Yes, {name} is my first thought too, because of {facts.signs}."
    theirs = f"{NAMES[other].capitalize()} shows {FACTS[other].findings}."
    return f"{theirs} Here {facts.signs} fit {name} better."


def dialogue(rng: Random, subjects: list[Subject]) -> list[Turn]:
    """A whole conversation: photo turns for the subjects in order, each with follow-ups."""
    turns = [Turn(role="system", text=system_prompt(rng))] if rng.random() < 0.75 else []
    if rng.random() < 0.04:
        ask = follow_up(rng, rng.choice(INTENTS), rng.choice(CONDITIONS))
        turns += [Turn(role="user", text=ask), Turn(role="assistant", text=NO_PHOTO)]
    for subject in subjects:
        turns += _photo_turn(rng, subject)
        for intent in _agenda(rng):
            other = _comparison(rng, subject)
            turns.append(Turn(role="user", text=follow_up(rng, intent, other)))
            turns.append(Turn(role="assistant", text=answer(subject, intent, other)))
    return turns


def _photo_turn(rng: Random, subject: Subject) -> list[Turn]:
    photos = 2 if rng.random() < 0.08 else 1
    asked = Turn(role="user", text=first_question(rng, subject.site), photos=photos)
    text = f"{findings(subject)}\n\n{likely(subject)}"
    return [asked, Turn(role="assistant", text=text)]


def _agenda(rng: Random) -> list[str]:
    count = rng.choice((1, 1, 2, 2, 3, 4))
    # Comparisons are asked more often: twelve conditions times their nicknames have to be learned.
    common = (*INTENTS, "differ", "differ", "differ", "differ")
    return [rng.choice(common) if rng.random() < 0.85 else rng.choice(_RARE) for _ in range(count)]


def _comparison(rng: Random, subject: Subject) -> str:
    if subject.condition in FACTS and rng.random() < 0.15:
        return rng.choice(FACTS[subject.condition].alike)
    return rng.choice(CONDITIONS)


def scored(rng: Random, subject: Subject) -> list[Turn]:
    """The dialogue in which candidate names are scored; only the name itself is learned."""
    turns = [Turn(role="system", text=system_prompt(rng))] if rng.random() < 0.75 else []
    turns.append(Turn(role="user", text=first_question(rng, subject.site), photos=1))
    text = f"{SCORE_PREFIX} {NAMES[subject.condition]}"
    return [*turns, Turn(role="assistant", text=text, silent=len(SCORE_PREFIX))]
