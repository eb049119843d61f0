"""Jobs that failed for good, kept for an operator: ids in a stream, each job sealed as it was."""

from core.adapters.redis_link import RedisLink
from core.adapters.redis_records import kept_job
from core.domain.jobs import Job
from core.domain.messages import CaseId
from core.ports import DeadLetter


class RedisDeadLetters:
    """`core.ports.DeadLetters` over a stream and a hash per job."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def newest(self, limit: int) -> tuple[DeadLetter, ...]:
        """Return letters, newest first."""
        link = self._link
        rows = await link.call(lambda: link.client.xrevrange(link.key("dead"), count=limit))
        return tuple(
            DeadLetter(
                job_id=facts[b"job"].decode(),
                case_id=CaseId(facts[b"case"].decode()),
                kind=facts[b"kind"].decode(),
                attempt=int(facts[b"attempt"]),
                at_s=int(entry.split(b"-")[0]) / 1000,
            )
            for entry, facts in rows
        )

    async def job(self, job_id: str) -> Job | None:
        """Return the job of a letter, or None when it expired or its case was erased."""
        return await kept_job(self._link, "deadjob", job_id)

    async def drop(self, job_id: str) -> bool:
        """Forget a letter."""
        return bool(await self._link.run("dead_drop", job_id))

    async def count(self) -> int:
        """Return how many letters there are."""
        link = self._link
        found: int = await link.call(lambda: link.client.xlen(link.key("dead")))
        return found
