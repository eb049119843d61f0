"""From leased look jobs to results: what in a photo speaks for a condition, laid over the photo."""

import asyncio
import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from core.domain.errors import RecordUnreadable
from core.domain.jobs import JobFailed, JobStopped, Lease, LookDone, LookJob, Result
from core.ports import Hold
from core.prompts import FIRST_QUESTION
from workers.batching import ModelThread, describe, failure_code
from workers.desk import Desk, LeaseLost
from workers.errors import FAILED, JobRefused
from workers.heat import Heat, LookStopped, Question, heat_of
from workers.localizers.heat_overlay import heated
from workers.localizers.looking import jpeg
from workers.vlms import Candidate, VisionLanguageModel

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """The part of a worker that explains answers on the photo itself.

    Attributes:
        vlm: The model that gave the answers.
        desk: Stores.
        thread: Where the model runs.
        candidates: Names of conditions when the model names none of its own.
    """

    vlm: VisionLanguageModel
    desk: Desk
    thread: ModelThread
    candidates: tuple[Candidate, ...]
    model: Literal["looker"] = "looker"
    joins: bool = False

    async def room(self) -> int:
        """One look at a time: each takes as long as many answers."""
        return 1

    async def work(self, leases: Sequence[Lease], holds: Mapping[str, Hold]) -> dict[str, Result]:
        """Look at one photo after the other; returns one result per job id."""
        jobs = [lease.job for lease in leases if isinstance(lease.job, LookJob)]
        return {job.id: await self._result(job, holds[job.id]) for job in jobs}

    async def _result(self, job: LookJob, hold: Hold) -> Result:
        try:
            return await self._looked(job, hold)
        except LookStopped:
            return JobStopped()
        except JobRefused as refusal:
            return JobFailed(code=refusal.code)
        except (RecordUnreadable, LeaseLost) as error:
            logger.error("look not begun", extra={"job": job.id, **describe(error)})  # noqa: TRY400 - the message may quote a record
            return JobFailed(code=FAILED)

    async def _looked(self, job: LookJob, hold: Hold) -> Result:
        photo = await self.desk.photo(job.photo, hold)
        known = {one.condition_id: one for one in self.vlm.candidates or self.candidates}
        if not {job.supports, job.against} <= known.keys():
            return JobFailed(code=FAILED)
        question = Question(
            photo=photo,
            words=FIRST_QUESTION,
            supports=known[job.supports],
            against=known[job.against],
        )
        try:
            heat = await self.thread.run(lambda: self._heat(question, hold), urgent=False)
        except LookStopped:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a model does is one job's fault
            logger.error("look failed", extra={"job": job.id, **describe(error)})  # noqa: TRY400 - the message may quote a person
            return JobFailed(code=failure_code(error))
        if heat is None:
            return LookDone(heat=None)
        drawn = await asyncio.to_thread(_laid_over, photo, heat)
        return LookDone(heat=await self.desk.keep_outline(job.case_id, drawn, hold))

    def _heat(self, question: Question, hold: Hold) -> Heat | None:
        return heat_of(
            self.vlm,
            question,
            stop=lambda: hold.cancelled() or hold.lost(),
            between=self.thread.let_urgent_pass,
        )


def _laid_over(photo: bytes, heat: Heat) -> bytes:
    with Image.open(io.BytesIO(photo)) as opened:
        rgb = np.asarray(opened.convert("RGB"))
    return jpeg(heated(rgb, heat))
