"""What similar cases add to an answer: a say in the ranking, and pictures to show."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.domain.cases import SimilarPicture
from core.domain.jobs import AnswerDone, AnswerJob
from core.ports import Hold
from workers.badge import Sign
from workers.batching import ModelThread, describe
from workers.desk import Desk, LeaseLost
from workers.errors import JobRefused
from workers.generators import Source
from workers.retrieval import Match
from workers.retrieval.library import Library

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulting:
    """Asks the library about each assessed photo.

    Attributes:
        library: The cases.
        desk: Stores.
        thread: Where the embedder runs.
        badge_word: What the badge on drawn cases says, by locale and source.
        sign: Signs drawn cases; None leaves them unsigned.
    """

    library: Library
    desk: Desk
    thread: ModelThread
    badge_word: Callable[[str, Source], str]
    sign: Sign | None = None

    async def enriched(
        self, job: AnswerJob, photo: bytes, done: AnswerDone, hold: Hold
    ) -> AnswerDone:
        """Return an answer with similar cases worked in; as it was where that fails."""
        if done.assessment is None or done.assessment.unusual:
            return done
        assessment = done.assessment
        try:
            matches = await self.thread.run(lambda: self.library.similar(photo), urgent=True)
            differential = self.library.rerank(assessment.differential, matches)
            pictures = await self._pictures(job, matches, hold)
        except (LeaseLost, JobRefused):
            return done
        except Exception as error:  # noqa: BLE001 - a library that fails costs nobody the answer
            logger.error("no similar cases", extra={"job": job.id, **describe(error)})  # noqa: TRY400 - the message may quote a record
            return done
        return replace(
            done,
            assessment=replace(assessment, differential=differential),
            similar=tuple(pictures),
        )

    async def _pictures(
        self, job: AnswerJob, matches: tuple[Match, ...], hold: Hold
    ) -> list[SimilarPicture]:
        shown = self.library.may_show(matches)
        locale = (await self.desk.case(job, hold)).head.locale if shown else ""
        return [await self._picture(job, match, locale, hold) for match in shown]

    async def _picture(
        self, job: AnswerJob, match: Match, locale: str, hold: Hold
    ) -> SimilarPicture:
        card = self.library.index.card
        if card.synthetic:
            word = self.badge_word(locale, "schematic")
            badged = await asyncio.to_thread(self.library.drawn, match, word, self.sign)
            blob = await self.desk.keep(job.case_id, badged, hold)
        else:
            jpeg = await asyncio.to_thread(self.library.photographed, match)
            blob = await self.desk.keep_outline(job.case_id, jpeg, hold)
        return SimilarPicture(
            blob=blob,
            media_type="image/png" if card.synthetic else "image/jpeg",
            condition_id=match.case.condition_id,
            licence=card.licence,
            credit=card.credit,
            synthetic=card.synthetic,
        )
