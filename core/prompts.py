"""What a vision-language model is told: the system prompt and a case as a dialogue.

The prompts are English, like the models. They say nothing about urgency or treatment: the next
step comes from `core.triage`, never from the model.

Source of the order "findings first, then conditions": the two training steps of SkinGPT-4 (Zhou et
al., Nature Communications 15:5649, 2024), where findings made the diagnosis right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from core.domain.cases import Case, CasePhoto, Turn

SYSTEM: Final = (
    "You explain photos of skin in plain words. Describe what you see first, then what it could "
    "be. You are not a doctor: never say that a diagnosis is certain or that something is "
    "harmless, and never name doses."
)
FIRST_QUESTION: Final = "What could this be?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message for the model.

    Attributes:
        role: Who speaks.
        text: The words.
        photos: Photos shown with it, in order.
        keep: True for what is never trimmed: the system prompt, photos and the assessment.
    """

    role: Literal["system", "user", "assistant"]
    text: str
    photos: tuple[CasePhoto, ...] = ()
    keep: bool = False


def dialogue(case: Case) -> tuple[Message, ...]:
    """Return a case as messages; the last one is the person's turn to answer.

    Turns without words for the model (button presses, pictures) are left out; intake answers are
    told with the next thing that the person says.
    """
    messages = [Message(role="system", text=SYSTEM, keep=True)]
    told: tuple[str, ...] = ()
    for turn in case.turns:
        if turn.role == "user":
            told += tuple(answer for answer in turn.answers if _is_intake(answer))
        if not turn.text and not turn.photos:
            continue
        message = _message(turn)
        if turn.role == "user" and told:
            message = replace(message, text=f"{message.text} ({_spoken(told)})")
            told = ()
        messages.append(message)
    return tuple(messages)


def _message(turn: Turn) -> Message:
    return Message(
        role=turn.role,
        text=turn.text or FIRST_QUESTION,
        photos=turn.photos,
        keep=bool(turn.photos) or turn.assessment is not None,
    )


def _is_intake(answer: str) -> bool:
    return answer.partition("=")[0] in {"duration", "symptoms", "illness", "site"}


def _spoken(answers: Sequence[str]) -> str:
    return "; ".join(answer.replace("=", ": ").replace("-", " ") for answer in answers)


def trim(
    messages: Sequence[Message], *, tokens: Callable[[Message], int], window_tokens: int
) -> tuple[Message, ...]:
    """Drop the oldest small talk until the dialogue fits the model's window.

    The system prompt, photo turns, the assessment and the person's last turn stay. A question is
    dropped together with its answer, so that roles keep alternating.

    Args:
        messages: As `dialogue` returns them.
        tokens: Size of one message, photos included.
        window_tokens: What the model can read, less what it shall write.
    """
    kept = list(messages)
    sizes = {id(message): tokens(message) for message in kept}
    total = sum(sizes.values())
    while total > window_tokens:
        at = _oldest_small_talk(kept)
        if at is None:
            break
        for message in kept[at : at + 2]:
            total -= sizes[id(message)]
        del kept[at : at + 2]
    return tuple(kept)


def _oldest_small_talk(messages: Sequence[Message]) -> int | None:
    for at in range(len(messages) - 2):
        asked, answered = messages[at], messages[at + 1]
        pair = (asked.role, answered.role) == ("user", "assistant")
        if pair and not asked.keep and not answered.keep:
            return at
    return None
