"""What every use case works with."""

from dataclasses import dataclass, field
from typing import Protocol

from core.conversation.policy import Policy
from core.ontology import Ontology
from core.photos.photo import Photo
from core.ports import (
    Albums,
    BlobStore,
    CaseStore,
    Clock,
    JobQueue,
    PictureInspector,
    PictureRegister,
    Throttle,
)
from core.words import Words


class PhotoPath(Protocol):
    """Checks and normalises a photo; `core.photos.PhotoNormaliser` does it in a helper process."""

    async def normalise(self, data: bytes, *, owner: str = "") -> Photo:
        """Return the photo, upright and without metadata.

        Where several people wait, they take turns by ``owner``.

        Raises:
            PhotoRejected: It cannot be used; the error says why.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Stores, words and knowledge.

    Attributes:
        cases: Cases, and the two atomic steps.
        blobs: Photos and pictures.
        jobs: Work for the models.
        albums: Albums that are still coming in.
        photos: The photo path; None in workers, which receive no photos.
        words: The catalogue.
        ontology: The conditions.
        clock: Time of day.
        policy: Bounds and choices.
        register: Pictures that we made; None where pictures are not known again.
        inspector: Reads the marks off pictures; None in workers.
        throttle: Counts for the quotas; None where nothing is counted.
    """

    cases: CaseStore
    blobs: BlobStore
    jobs: JobQueue
    albums: Albums
    photos: PhotoPath | None
    words: Words
    ontology: Ontology
    clock: Clock
    policy: Policy = field(default_factory=Policy)
    register: PictureRegister | None = None
    inspector: PictureInspector | None = None
    throttle: Throttle | None = None
