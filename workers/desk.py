"""The worker's side of the ports, with patience for a store that is down for a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from core.domain.cases import Case
from core.domain.errors import StoreUnavailable
from core.domain.jobs import Job, Lease, Result
from core.domain.messages import BlobKey, CaseId
from core.domain.provenance import RegisterEntry
from core.ports import BlobStore, CaseStore, Hold, PictureRegister
from workers.badge import BadgedPicture
from workers.errors import FAILED, PHOTO_GONE, JobRefused

logger = logging.getLogger(__name__)

T = TypeVar("T")
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0


class LeaseLost(Exception):
    """Another worker has the job now; nothing that this one does counts any more."""


class Resume(Protocol):
    """Where results go: `Conversation` takes them."""

    async def resume(self, lease: Lease, result: Result, *, service_ms: int = 0) -> bool:
        """Make a result durable, all or nothing, and complete its job; False if it was late."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a job needs from the stores.

    Attributes:
        cases: Cases and their turns.
        blobs: Photos and pictures.
        conversation: Takes results.
        register: Pictures that we made; None keeps no hashes of them.
        register_s: How long a hash is kept.
        first_pause_s: Pause after the first refusal; it doubles up to `LONGEST_PAUSE_S`.
    """

    cases: CaseStore
    blobs: BlobStore
    conversation: Resume
    register: PictureRegister | None = None
    register_s: float = 730 * 86_400.0
    first_pause_s: float = FIRST_PAUSE_S

    async def case(self, job: Job, hold: Hold) -> Case:
        """Return a job's case.

        Raises:
            JobRefused: It expired or was erased.
            LeaseLost: The job went to another worker while the store was down.
            RecordUnreadable: It was written by an unknown version.
        """
        case = await self._patiently(lambda: self.cases.load(job.case_id), hold)
        if case is None:
            raise JobRefused(FAILED)
        return case

    async def photo(self, key: BlobKey, hold: Hold) -> bytes:
        """Return a photo.

        Raises:
            JobRefused: It expired or was erased.
            LeaseLost: The job went to another worker while the store was down.
        """
        data = await self._patiently(lambda: self.blobs.get(key), hold)
        if data is None:
            raise JobRefused(PHOTO_GONE)
        return data

    async def keep(self, case_id: CaseId, picture: BadgedPicture, hold: Hold) -> BlobKey:
        """Store a generated picture; there is no way to store one without its badge.

        Raises:
            LeaseLost: The job went to another worker while the store was down.
        """
        return await self._patiently(lambda: self.blobs.put(case_id, picture.png), hold)

    async def enter(self, entry: RegisterEntry, hold: Hold, *, ttl_s: float | None = None) -> None:
        """Put a picture's hashes into the register, for the usual time or another.

        Raises:
            LeaseLost: The job went to another worker while the store was down.
        """
        register = self.register
        if register is not None:
            time_s = self.register_s if ttl_s is None else ttl_s
            await self._patiently(lambda: register.enter(entry, ttl_s=time_s), hold)

    async def keep_outline(self, case_id: CaseId, jpeg: bytes, hold: Hold) -> BlobKey:
        """Store a person's own photo, or a part of it, with or without lines on it.

        Nothing in it is generated.

        Raises:
            LeaseLost: The job went to another worker while the store was down.
        """
        return await self._patiently(lambda: self.blobs.put(case_id, jpeg), hold)

    async def complete(
        self, lease: Lease, result: Result, hold: Hold, *, service_ms: int = 0
    ) -> bool:
        """Hand in a result; False when another worker had finished the job first.

        Raises:
            LeaseLost: The job went to another worker while the store was down.
        """
        return await self._patiently(
            lambda: self.conversation.resume(lease, result, service_ms=service_ms), hold
        )

    async def _patiently(self, call: Callable[[], Awaitable[T]], hold: Hold) -> T:
        pause_s = self.first_pause_s
        while True:
            try:
                return await call()
            except StoreUnavailable as error:
                if hold.lost():
                    raise LeaseLost from error
                logger.warning("store unavailable", extra={"retry_s": pause_s})
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
