"""A case: one conversation about one skin problem, with everything that was said in it."""

from dataclasses import dataclass, field
from typing import Literal

from core.domain.messages import BlobKey, CaseId, ChatRef, Person, Register
from core.domain.seen import Spot, View, ViewKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SkinTone:
    """Estimated tone of unaffected skin.

    Attributes:
        ita_deg: Individual typology angle in degrees; about 60 (very light) to -60 (dark).
        fitzpatrick: 1 to 6, the band that holds ``ita_deg``.
        low: Lightest plausible band.
        high: Darkest plausible band.
    """

    ita_deg: float
    fitzpatrick: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePhoto:
    """A normalised photo in the blob store.

    Attributes:
        blob: Its bytes, JPEG without metadata.
        width_px: Width after rotation.
        height_px: Height after rotation.
        tone: Estimated skin tone; None when it could not be measured.
        notes: Codes of remarks from the photo gate, such as ``ruler``.
    """

    blob: BlobKey
    width_px: int
    height_px: int
    tone: SkinTone | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihood:
    """How likely one condition is among the candidates, 0 to 1."""

    condition_id: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the model made of the photos.

    Attributes:
        findings: What it saw, in sentences.
        differential: Candidates, most likely first; shares sum to 1.
        unusual: True when the photo is unlike everything the model was trained on.
        unstable: True when small honest changes of the photo changed the answer.
        site: Body site as the person stated it or the model saw it; empty if unknown.
        model: Name of the checkpoint, for the record.
        spots: Separate affected areas of the first photo, largest first; empty when none stands out
            or when there are too many to number.
    """

    findings: str
    differential: tuple[Likelihood, ...]
    unusual: bool = False
    unstable: bool = False
    site: str = ""
    model: str = ""
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSpec:
    """One reference picture, described by ontology terms only: no user text gets in here.

    Attributes:
        condition_id: Ontology id.
        tone: Fitzpatrick skin type, 1 to 6.
        site: One of the ontology's sites.
        severity: 1 mild, 2 moderate, 3 severe; 0 healed, on a person's own photo only.
        seed: Seed of the generator, 0 to 2**31 - 1.
    """

    condition_id: str
    tone: int
    site: str
    severity: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPicture:
    """A finished reference picture with its badge.

    Attributes:
        spec: What was asked for.
        blob: PNG bytes.
        source: ``generated`` by a diffusion model, or a ``schematic`` drawing by the renderer.
        model: Name of checkpoint and adapter, for the card.
    """

    spec: PictureSpec
    blob: BlobKey
    source: Literal["generated", "schematic", "composite"]
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarPicture:
    """A picture of a collection that looks like the person's photo.

    Attributes:
        blob: Its bytes; with our badge in them if it is drawn.
        media_type: IANA type of those bytes.
        condition_id: What the collection calls it.
        licence: Under which it may be shown.
        credit: Who is to be named; empty for nobody.
        synthetic: True for a drawn picture.
    """

    blob: BlobKey
    media_type: str
    condition_id: str
    licence: str
    credit: str
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One contribution to a case.

    Attributes:
        id: Unique in the case.
        role: Who contributed.
        text: The words, without cards and buttons.
        at_s: When, seconds since the epoch.
        photos: Photos that came with it.
        assessment: Set on the assistant's turn that assessed them.
        pictures: Reference pictures shown in it.
        similar: Pictures that look like its turn's photo, most alike first.
        answers: Intake answers given by button, as ``question=option``.
        views: Photos with something drawn on them that were shown in it.
    """

    id: str
    role: Literal["user", "assistant"]
    text: str
    at_s: float
    photos: tuple[CasePhoto, ...] = ()
    assessment: Assessment | None = None
    pictures: tuple[DrawnPicture, ...] = ()
    answers: tuple[str, ...] = ()
    similar: tuple[SimilarPicture, ...] = ()
    views: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHead:
    """A case without its turns.

    Attributes:
        id: Its name.
        chat: Where it takes place.
        owner: Who opened it.
        locale: Language of its words.
        register: Whom its words are for.
        created_s: When it was opened, seconds since the epoch.
        busy: Id of the job that answers its last turn; empty when idle.
    """

    id: CaseId
    chat: ChatRef
    owner: Person
    locale: str
    register: Register
    created_s: float
    busy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case with its turns, oldest first."""

    head: CaseHead
    turns: tuple[Turn, ...] = field(default=())

    def last_assessment(self) -> Assessment | None:
        """Return the newest assessment, or None before the first."""
        return next((t.assessment for t in reversed(self.turns) if t.assessment), None)

    def view(self, turn_id: str, kind: ViewKind) -> View | None:
        """Return the newest view of a kind of a turn's photo, or None."""
        views = (view for turn in reversed(self.turns) for view in turn.views)
        return next((v for v in views if (v.turn_id, v.kind) == (turn_id, kind)), None)

    def last_photos(self) -> tuple[CasePhoto, ...]:
        """Return the photos of the newest turn that has any."""
        return next((t.photos for t in reversed(self.turns) if t.photos), ())
