"""Work for the GPU workers, what comes back, and what is stored together with it."""

from dataclasses import dataclass
from typing import Literal

from core.domain.cases import Assessment, CaseHead, DrawnPicture, PictureSpec, SimilarPicture, Turn
from core.domain.contrast import Mark
from core.domain.messages import BlobKey, CaseId, ChatRef, Person
from core.domain.replies import Reply

ModelKind = Literal["vlm", "generator", "looker"]
Priority = Literal["high", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerJob:
    """Answer the turn ``turn_id`` of a case: an assessment if it brought photos, else a reply.

    A case has at most one of these under way: its later turns wait in the case's mailbox.

    Attributes:
        quotes: Platform id of the message that it answers.
        only_for: As in `Reply`.
        trace: Span that it belongs to, see `core.tracing`; empty where nothing is traced.
    """

    id: str
    case_id: CaseId
    turn_id: str
    owner: Person
    chat: ChatRef
    quotes: str = ""
    only_for: str = ""
    trace: str = ""
    kind: Literal["answer"] = "answer"

    @property
    def model(self) -> ModelKind:
        """Which model it needs."""
        return "vlm"

    @property
    def priority(self) -> Priority:
        """Text is never behind pictures."""
        return "high"

    @property
    def slot(self) -> str:
        """Slot of the message that it fills."""
        return f"{self.turn_id}.answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob:
    """Draw reference pictures for a case; does not hold up its dialogue.

    Attributes:
        pictures: What to draw, two to four.
        purpose: ``reference`` for the leading condition, ``compare`` for two side by side, ``own``
            for a condition on the person's own photo.
        photo: The photo to draw on; None unless ``own``.
        marks: Differences to point out between the first two; for ``compare``.
    """

    id: str
    case_id: CaseId
    turn_id: str
    owner: Person
    chat: ChatRef
    pictures: tuple[PictureSpec, ...]
    purpose: Literal["reference", "compare", "own"] = "reference"
    photo: BlobKey | None = None
    marks: tuple[Mark, ...] = ()
    quotes: str = ""
    only_for: str = ""
    trace: str = ""
    kind: Literal["render"] = "render"

    @property
    def model(self) -> ModelKind:
        """Which model it needs."""
        return "generator"

    @property
    def priority(self) -> Priority:
        """What was asked for by button would be high; there is one lane for pictures today."""
        return "low"

    @property
    def slot(self) -> str:
        """Slot of the message that it fills."""
        return f"{self.id}.pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookJob:
    """Find out what in a photo speaks for one condition against another; holds up no dialogue.

    It is work for the vision-language model, but of another kind than answers, which it never
    delays: it is claimed by a loop of its own and lets answers pass between two looks.

    Attributes:
        photo: The photo.
        photo_turn: The turn that brought it.
        supports: Condition that is weighed.
        against: Condition that it is weighed against.
    """

    id: str
    case_id: CaseId
    turn_id: str
    owner: Person
    chat: ChatRef
    photo: BlobKey
    photo_turn: str
    supports: str
    against: str
    quotes: str = ""
    only_for: str = ""
    trace: str = ""
    kind: Literal["look"] = "look"

    @property
    def model(self) -> ModelKind:
        """Which model it needs."""
        return "looker"

    @property
    def priority(self) -> Priority:
        """Somebody pressed a button and waits."""
        return "high"

    @property
    def slot(self) -> str:
        """Slot of the message that it fills: the outline that is already there."""
        return f"{self.photo_turn}.outline"


Job = AnswerJob | RenderJob | LookJob


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDone:
    """The model's words, and its assessment when there were photos to assess.

    Attributes:
        similar: Pictures of a collection that look like the first photo, most alike first.
        outline: The first photo with the affected area outlined, JPEG; None when nothing stood out.
    """

    text: str
    assessment: Assessment | None = None
    outline: BlobKey | None = None
    similar: tuple[SimilarPicture, ...] = ()
    kind: Literal["answer_done"] = "answer_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderDone:
    """The pictures, badge included. Fewer than asked for when some were not good enough.

    Attributes:
        pictures: One by one.
        left_out: How many pictures were drawn and not good enough to be shown.
        pair: The first two side by side with arrows, PNG; None where nothing is compared.
        pointed: Numbers of the differences that an arrow points at.
    """

    pictures: tuple[DrawnPicture, ...]
    left_out: int = 0
    pair: BlobKey | None = None
    pointed: tuple[int, ...] = ()
    kind: Literal["render_done"] = "render_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookDone:
    """What in the photo speaks for the condition.

    Attributes:
        heat: The photo with it coloured, JPEG; None when no part of it speaks for the condition.
    """

    heat: BlobKey | None
    kind: Literal["look_done"] = "look_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed:
    """The job will not be tried again; ``code`` names the sentence for the person."""

    code: str
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStopped:
    """The person pressed Stop; ``text`` is what had been written by then."""

    text: str = ""
    kind: Literal["stopped"] = "stopped"


Result = AnswerDone | RenderDone | LookDone | JobFailed | JobStopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A claimed job.

    Attributes:
        job: What to do.
        attempt: Which delivery this is, from 1; the fence of `Completion`.
        worker: Name of the claimer.
        exhausted: True when it was delivered too often: fail it, do not run it.
        cancelled: True when Stop was pressed before the claim.
    """

    job: Job
    attempt: int
    worker: str
    exhausted: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Everything that becomes durable, all or nothing, when a message is accepted.

    Attributes:
        keys: Idempotency keys; nothing happens when any of them was seen before.
        chat: Where the message came from.
        head: The case that it belongs to, opened by this if new; None for messages outside a case.
        opens: True when ``head`` becomes the chat's open case.
        turn: The person's turn; waits in the mailbox while the case is busy.
        job: The job that answers ``turn``, or a side job without one.
        replies: Rows for the outbox.
        sender: Whom ``replies`` answer, where they belong to no case.
    """

    keys: tuple[str, ...]
    chat: ChatRef
    head: CaseHead | None = None
    opens: bool = False
    turn: Turn | None = None
    job: Job | None = None
    replies: tuple[Reply, ...] = ()
    sender: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Everything that becomes durable, all or nothing, when a job ends.

    Attributes:
        job: The job.
        attempt: The lease's attempt; 0 completes a job that was never claimed. A completion whose
            attempt is not the newest is refused.
        outcome: How it ended; ``failed`` also writes a dead letter.
        turns: Appended to the case.
        replies: Rows for the outbox.
        jobs: Side jobs dispatched by it.
        service_ms: Its share of the time that its batch took; feeds the estimates.
    """

    job: Job
    attempt: int
    outcome: Literal["done", "failed", "stopped"]
    turns: tuple[Turn, ...] = ()
    replies: tuple[Reply, ...] = ()
    jobs: tuple[Job, ...] = ()
    service_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job stands: how many are before it, and a measured estimate of the wait."""

    ahead: int
    wait_s: float
