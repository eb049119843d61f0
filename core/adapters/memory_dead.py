"""Dead letters in a list; see `core.adapters.memory`."""

from core.adapters.memory_state import MemoryState
from core.domain.jobs import Job
from core.ports import DeadLetter


class MemoryDeadLetters:
    """`core.ports.DeadLetters` over the state's list."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def newest(self, limit: int) -> tuple[DeadLetter, ...]:
        return tuple(
            DeadLetter(
                job_id=job.id, case_id=job.case_id, kind=job.kind, attempt=attempt, at_s=at_s
            )
            for job, attempt, at_s in list(reversed(self._state.dead))[:limit]
        )

    async def job(self, job_id: str) -> Job | None:
        return next(
            (
                job
                for job, _, _ in self._state.dead
                if job.id == job_id and job.case_id in self._state.heads
            ),
            None,
        )

    async def drop(self, job_id: str) -> bool:
        before = len(self._state.dead)
        self._state.dead = [letter for letter in self._state.dead if letter[0].id != job_id]
        return len(self._state.dead) < before

    async def count(self) -> int:
        return len(self._state.dead)
