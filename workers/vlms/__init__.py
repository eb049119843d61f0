"""Vision-language models behind one protocol, one backend per file.

To add one, write ``workers/vlms/<backend>.py`` with ``build(options) -> VisionLanguageModel`` and
name it as ``backend`` of an entry in ``config/models.toml``. The contract test in
``tests/contracts/test_vlms.py`` runs over every file of this folder.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One line of a dialogue as a model reads it.

    Attributes:
        role: Who speaks.
        text: The words.
        photos: Encoded photos that came with them, JPEG or PNG, in the order sent.
    """

    role: Role
    text: str
    photos: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A condition that may stand in the differential, by the name the model is scored on."""

    condition_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """One row of a batch.

    Attributes:
        case_id: Names the dialogue; a model may keep what it computed for the next turn.
        dialogue: System prompt first, the message to answer last.
        candidates: Conditions to score; empty for a plain reply, which costs no scoring.
        stop: Asked after every token; True ends this row and no other.
        on_text: Called with all of the text so far, on the model's thread; must not block.
        max_new_tokens: Longest answer, at least 1.
    """

    case_id: str
    dialogue: tuple[Message, ...]
    candidates: tuple[Candidate, ...]
    stop: Callable[[], bool]
    on_text: Callable[[str], None]
    max_new_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model made of one request.

    Attributes:
        text: The answer, without special tokens; what was written by then if stopped.
        shares: ``(condition_id, share)``, most likely first, summing to 1; may be empty.
        unusual: True when the photo is unlike everything the model was trained on.
        stopped: True when ``stop`` ended it.
        model: Name of the checkpoint.
    """

    text: str
    shares: tuple[tuple[str, float], ...]
    unusual: bool
    stopped: bool
    model: str


class VisionLanguageModel(Protocol):
    """Answers dialogues. Called from one thread, never concurrently."""

    @property
    def name(self) -> str:
        """Name of the checkpoint, for records and cards."""
        ...

    @property
    def window_tokens(self) -> int:
        """How many tokens prompt and answer may have together."""
        ...

    @property
    def photo_tokens(self) -> int:
        """How many tokens one photo takes at most."""
        ...

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Conditions that it was taught; empty when it may be asked about any."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes, without the marks around a message.

        The one method that may be called from another thread while the model works.
        """
        ...

    def answer(self, requests: Sequence[AnswerRequest]) -> list[Answer | Exception]:
        """Answer a batch, in order; a request that fails alone yields its exception.

        Raises:
            OutOfMemory: The batch does not fit; the model is still usable for a smaller one.
        """
        ...
