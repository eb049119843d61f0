"""Cases in dicts; see `core.adapters.memory`."""

import time
from collections.abc import Sequence
from dataclasses import replace

from core.adapters.memory_state import JobEntry, MemoryState
from core.domain.cases import Case, CaseHead
from core.domain.jobs import Acceptance, Completion, Job
from core.domain.messages import CaseId, ChatRef, Person
from core.domain.replies import Reply, Shown
from core.ports import AcceptStatus


class MemoryCases:
    """`core.ports.CaseStore` in dicts."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def open_case(self, chat: ChatRef) -> CaseHead | None:
        case_id = self._state.open.get(chat)
        return None if case_id is None else self._state.heads.get(case_id)

    async def load(self, case_id: CaseId) -> Case | None:
        head = self._state.heads.get(case_id)
        if head is None:
            return None
        return Case(head=head, turns=tuple(self._state.turns[case_id]))

    async def seen(self, keys: Sequence[str]) -> bool:
        return any(key in self._state.seen for key in keys)

    async def accept(self, acceptance: Acceptance) -> AcceptStatus:
        state = self._state
        head, job = acceptance.head, acceptance.job
        if await self.seen(acceptance.keys) or (job is not None and job.id in state.jobs):
            return "duplicate"
        if job is not None and self._full(job):
            return "full"
        if head is None and (job is not None or acceptance.turn is not None):
            raise ValueError("Only a case has turns and jobs.")
        state.seen.update(acceptance.keys)
        if head is not None:
            self._store_head(acceptance, head)
        self._take_in(acceptance)
        state.push(acceptance.replies, head.id if head else None)
        self._note_shown(acceptance.replies, head.owner if head else acceptance.sender)
        return "accepted"

    def _full(self, job: Job) -> bool:
        state = self._state
        return (
            len(state.of(job.model, "queued", "lane", "box")) >= state.max_queue
            or len(state.own(job)) >= state.max_own
            or len(state.box[job.case_id]) >= state.max_own
        )

    def _store_head(self, acceptance: Acceptance, head: CaseHead) -> None:
        state = self._state
        known = state.heads.get(head.id)
        state.heads[head.id] = replace(head, busy=known.busy if known else "")
        if acceptance.opens or known is None:
            state.open[acceptance.chat] = head.id

    def _take_in(self, acceptance: Acceptance) -> None:
        state, head, job = self._state, acceptance.head, acceptance.job
        if head is None:
            return
        if job is None:
            if acceptance.turn:
                state.turns[head.id].append(acceptance.turn)
            return
        entry = state.add(job, acceptance.turn)
        if job.kind == "answer" and state.heads[head.id].busy:
            state.box[head.id].append(job.id)
        else:
            self._start(entry)

    def _start(self, entry: JobEntry) -> None:
        state, case_id = self._state, entry.job.case_id
        self._show_turn(entry)
        if entry.job.kind == "answer":
            state.heads[case_id] = replace(state.heads[case_id], busy=entry.job.id)
        state.dispatch(entry)

    def _show_turn(self, entry: JobEntry) -> None:
        if entry.turn is not None:
            self._state.turns[entry.job.case_id].append(entry.turn)
            entry.turn = None

    async def complete(self, completion: Completion) -> bool:
        state, job = self._state, completion.job
        entry = state.jobs.get(job.id)
        if entry is None or entry.attempt != completion.attempt:
            return False
        self._show_turn(entry)
        state.finish(job.id)
        if completion.service_ms:
            old = state.service_ms.get(job.model, completion.service_ms)
            state.service_ms[job.model] = old * 0.8 + completion.service_ms * 0.2
        if completion.outcome == "failed":
            state.dead.append((job, entry.attempt, time.time()))
        state.turns[job.case_id].extend(completion.turns)
        for side in completion.jobs:
            if side.id not in state.jobs:
                state.dispatch(state.add(side))
        state.push(completion.replies, job.case_id)
        self._note_shown(completion.replies, state.heads[job.case_id].owner)
        if state.heads[job.case_id].busy == job.id:
            self._next_turn(job.case_id)
        return True

    def _next_turn(self, case_id: CaseId) -> None:
        state = self._state
        state.heads[case_id] = replace(state.heads[case_id], busy="")
        if state.box[case_id]:
            self._start(state.jobs[state.box[case_id].popleft()])

    async def cases_of(self, person: Person) -> tuple[CaseHead, ...]:
        mine = [head for head in self._state.heads.values() if head.owner == person]
        return tuple(reversed(mine))

    async def erase(self, case_id: CaseId) -> bool:
        state = self._state
        head = state.heads.pop(case_id, None)
        if head is None:
            return False
        for job_id in [key for key, entry in state.jobs.items() if entry.job.case_id == case_id]:
            state.finish(job_id)
        state.epochs[case_id] += 1
        state.turns.pop(case_id, None)
        state.box.pop(case_id, None)
        state.open = {chat: kept for chat, kept in state.open.items() if kept != case_id}
        return True

    def _note_shown(self, replies: Sequence[Reply], owner: Person | None) -> None:
        if owner is not None:
            for reply in replies:
                if reply.blocks:
                    self._state.shown[owner].setdefault(reply.slot, Shown.of(reply))

    async def shown_to(self, person: Person) -> tuple[Shown, ...]:
        return tuple(self._state.shown[person].values())

    async def forget_shown(self, person: Person) -> None:
        self._state.shown.pop(person, None)

    async def profile(self, person: Person) -> dict[str, str]:
        return dict(self._state.profiles[person])

    async def set_profile(self, person: Person, changes: dict[str, str]) -> None:
        merged = self._state.profiles[person] | changes
        self._state.profiles[person] = {k: v for k, v in merged.items() if v}
