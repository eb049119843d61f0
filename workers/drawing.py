"""From leased render jobs to results: draw, badge, store."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from core.domain.cases import DrawnPicture, PictureSpec
from core.domain.errors import RecordUnreadable
from core.domain.jobs import JobFailed, JobStopped, Lease, RenderDone, RenderJob, Result
from core.domain.messages import BlobKey
from core.domain.provenance import RegisterEntry
from core.ports import Hold
from core.provenance.fingerprint import fingerprint
from workers.badge import BadgedPicture, Sign, badge
from workers.batching import describe
from workers.desk import Desk, LeaseLost
from workers.errors import (
    NO_OWN_SKIN,
    NO_SPOT,
    NOT_DRAWN,
    NOT_LEARNED,
    JobRefused,
    NotGoodEnough,
)
from workers.generators import DrawingStopped, Drawn, DrawRequest, Source
from workers.localizers import Localizer
from workers.pairing import pair_of
from workers.redrawing import Redrawing
from workers.sketches import Sketch, Sketches
from workers.studio import Studio
from workers.verifier import Verifier

logger = logging.getLogger(__name__)

BadgeWord = Callable[[str, Source], str]
"""Gives the word on the badge for a locale and a source."""


class DrawsOnPhotos(Protocol):
    """Draws a condition on a person's own photo."""

    async def canvas(self, photo: bytes) -> Any:
        """Find the spot on a photo; None when there is none to draw on."""
        ...

    async def draw(self, canvas: Any, spec: PictureSpec, hold: Hold) -> Drawn | Exception:
        """Draw one form; one that does not pass the check yields `NotGoodEnough`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The picture half of a worker.

    Attributes:
        studio: Draws the pictures of all jobs under way together.
        desk: Stores.
        badge_word: What the badge says.
        verifier: Checks every picture before it is kept; None accepts all.
        own_skin: Draws on people's own photos; None does not.
        sign: Signs finished files; None leaves them unsigned.
        localizer: Finds what arrows point at; None sets nothing side by side.
        sketches: Shows drawings in the making; None shows nothing before they are done.
        composite_s: How long the hash of a picture on a person's photo is kept: as the photo is.
    """

    studio: Studio
    desk: Desk
    badge_word: BadgeWord
    verifier: Verifier | None = None
    own_skin: DrawsOnPhotos | None = None
    sign: Sign | None = None
    sketches: Sketches | None = None
    composite_s: float = 30 * 86_400.0
    localizer: Localizer | None = None
    model: Literal["generator"] = "generator"
    joins: bool = True

    async def room(self) -> int:
        """Wait for a free place. One job at a time: nobody knows how many pictures it wants."""
        await self.studio.room()
        return 1

    async def work(self, leases: Sequence[Lease], holds: Mapping[str, Hold]) -> dict[str, Result]:
        """Draw the pictures of jobs, each as soon as there is a place; one result per job id."""
        jobs = [lease.job for lease in leases if isinstance(lease.job, RenderJob)]
        async with asyncio.TaskGroup() as group:
            done = {job.id: group.create_task(self._done(job, holds[job.id])) for job in jobs}
        return {job_id: task.result() for job_id, task in done.items()}

    async def _done(self, job: RenderJob, hold: Hold) -> Result:
        if job.purpose == "own":
            return await self._on_photo(job, hold)
        sketch = await self._sketch(job, hold)

        async def draw(index: int, spec: PictureSpec, hold: Hold) -> Drawn | Exception:
            return await self._draw(spec, hold, sketch, index)

        loop = Redrawing(draw=draw, thread=self.studio.thread, verifier=self.verifier)
        until_good = loop.together if job.purpose == "compare" else loop.each
        outcomes = await until_good(job.pictures, hold)
        if self.sketches is not None:
            self.sketches.forget(job)
        return await self._result(job, outcomes, hold)

    async def _on_photo(self, job: RenderJob, hold: Hold) -> Result:
        """Draw on the person's own photo; its own check is part of that."""
        skin = self.own_skin
        if skin is None or job.photo is None:
            return JobFailed(code=NO_OWN_SKIN)
        try:
            canvas = await skin.canvas(await self.desk.photo(job.photo, hold))
        except JobRefused as refusal:
            return JobFailed(code=refusal.code)
        except LeaseLost:
            return JobFailed(code=NOT_DRAWN)
        if canvas is None:
            return JobFailed(code=NO_SPOT)

        async def draw(_index: int, spec: PictureSpec, hold: Hold) -> Drawn | Exception:
            return await skin.draw(canvas, spec, hold)

        loop = Redrawing(draw=draw, thread=self.studio.thread)
        return await self._result(job, await loop.each(job.pictures, hold), hold)

    async def _sketch(self, job: RenderJob, hold: Hold) -> Sketch | None:
        """Return what shows the job in the making; a case in trouble shows nothing."""
        if self.sketches is None:
            return None
        try:
            return self.sketches.of(job, (await self.desk.case(job, hold)).head.locale)
        except (JobRefused, RecordUnreadable, LeaseLost):
            return None  # it is found again, and said, when the pictures are kept

    async def _draw(
        self, spec: PictureSpec, hold: Hold, sketch: Sketch | None, index: int
    ) -> Drawn | Exception:
        try:
            prompt = self.studio.generator.prompt(spec)
        except KeyError as error:
            return error
        note = sketch.on_step(index) if sketch else None

        def on_step(share: float) -> None:
            if note:
                note(share)
            self.studio.thread.let_urgent_pass()

        request = DrawRequest(
            spec=spec,
            prompt=prompt,
            stop=lambda: hold.cancelled() or hold.lost(),
            on_step=on_step,
            on_preview=sketch.on_preview if sketch else None,
        )
        return await self.studio.draw(request)

    async def _result(
        self, job: RenderJob, own: Sequence[tuple[PictureSpec, Drawn | Exception]], hold: Hold
    ) -> Result:
        errors = [picture for _, picture in own if isinstance(picture, Exception)]
        if any(isinstance(error, DrawingStopped) for error in errors):
            return JobStopped()
        if errors and all(isinstance(error, NotGoodEnough) for error in errors):
            return await self._kept(job, own, hold)
        for error in errors:
            logger.error("picture failed", extra={"job": job.id, **describe(error)})
        if len(errors) == len(own):
            unknown = own and all(isinstance(error, KeyError) for error in errors)
            return JobFailed(code=NOT_LEARNED if unknown else NOT_DRAWN)
        return await self._kept(job, own, hold)

    async def _kept(
        self, job: RenderJob, own: Sequence[tuple[PictureSpec, Drawn | Exception]], hold: Hold
    ) -> Result:
        try:
            return await self._keep(job, own, hold)
        except JobRefused as refusal:
            return JobFailed(code=refusal.code)
        except (RecordUnreadable, LeaseLost) as error:
            logger.error("pictures not kept", extra={"job": job.id, **describe(error)})  # noqa: TRY400 - the message may quote a record
            return JobFailed(code=NOT_DRAWN)

    async def _keep(
        self, job: RenderJob, own: Sequence[tuple[PictureSpec, Drawn | Exception]], hold: Hold
    ) -> Result:
        locale = (await self.desk.case(job, hold)).head.locale
        pictures = []
        for spec, drawn in own:
            if isinstance(drawn, Exception):
                continue
            word = self.badge_word(locale, drawn.source)
            badged = await asyncio.to_thread(badge, drawn, word, self.sign)
            blob = await self.desk.keep(job.case_id, badged, hold)
            await self._enter(spec, badged, hold)
            pictures.append(
                DrawnPicture(spec=spec, blob=blob, source=badged.source, model=badged.model)
            )
        pair, pointed = await self._pair(job, own, hold)
        return RenderDone(
            pictures=tuple(pictures),
            left_out=len(own) - len(pictures),
            pair=pair,
            pointed=pointed,
        )

    async def _pair(
        self, job: RenderJob, own: Sequence[tuple[PictureSpec, Drawn | Exception]], hold: Hold
    ) -> tuple[BlobKey | None, tuple[int, ...]]:
        """Set the first two pictures side by side, if that was asked for and both were drawn."""
        drawn = [picture for _, picture in own if not isinstance(picture, Exception)]
        if self.localizer is None or not job.marks or len(drawn) != len(own) or len(own) < 2:
            return None, ()
        pair = await asyncio.to_thread(pair_of, drawn[0], drawn[1], job.marks, self.localizer)
        locale = (await self.desk.case(job, hold)).head.locale
        word = self.badge_word(locale, pair.drawn.source)
        badged = await asyncio.to_thread(badge, pair.drawn, word, self.sign)
        await self._enter(own[0][0], badged, hold)
        return await self.desk.keep(job.case_id, badged, hold), pair.pointed

    async def _enter(self, spec: PictureSpec, badged: BadgedPicture, hold: Hold) -> None:
        """Remember the picture's hashes; of one on a person's photo the file's alone."""
        own_skin = badged.source == "composite"
        mark = await asyncio.to_thread(fingerprint, badged.png, look=not own_skin)
        entry = RegisterEntry(
            fingerprint=mark,
            making=badged.source,
            condition_id=spec.condition_id,
            day=datetime.now(UTC).date().isoformat(),
        )
        await self.desk.enter(entry, hold, ttl_s=self.composite_s if own_skin else None)
