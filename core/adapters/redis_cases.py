"""Cases in Redis: encrypted turns in lists, and the two scripts that move a conversation on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.adapters import codec
from core.adapters.redis_link import RedisLink, chat_digest, digest, person_digest
from core.adapters.vault import DataKey, seal
from core.domain.cases import Case, CaseHead
from core.domain.errors import RecordUnreadable, StoreUnavailable
from core.domain.jobs import Acceptance, Completion, Job
from core.domain.messages import CaseId, ChatRef, Person
from core.domain.replies import Reply
from core.ports import AcceptStatus

RECORD_VERSION: Final = b"1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of what is stored.

    Attributes:
        retention_s: Life of cases, counted from their last turn.
        seen_s: How long idempotency keys are remembered.
        max_queue: Jobs per model that may wait before new ones are refused.
        max_own: Jobs per model and person.
        width: Jobs per model and person that run or wait in the common queue at once; the rest
            wait in the person's lane, so that others are not behind them.
    """

    retention_s: int = 30 * 86_400
    seen_s: int = 7 * 86_400
    max_queue: int = 500
    max_own: int = 20
    width: int = 2


class RedisCases:
    """`core.ports.CaseStore` over Redis."""

    def __init__(self, link: RedisLink, limits: Limits) -> None:
        self._link = link
        self._limits = limits

    async def open_case(self, chat: ChatRef) -> CaseHead | None:
        """Return the chat's open case, or None."""
        link = self._link
        found = await link.call(lambda: link.client.get(link.key("chat", chat_digest(chat))))
        return None if found is None else await self._head(CaseId(found.decode()))

    async def _head(self, case_id: CaseId) -> CaseHead | None:
        link = self._link
        fields = ("v", "head", "busy")
        version, sealed, busy = await link.call(
            lambda: link.client.hmget(link.key("case", case_id), fields)
        )
        if sealed is None:
            return None
        if version != RECORD_VERSION:
            raise RecordUnreadable(
                f"Case {case_id} has schema version {version!r}; this program knows 1. "
                "Nothing was changed."
            )
        raw = await link.open_record(case_id, sealed, f"head:{case_id}")
        if raw is None:
            return None
        stored = codec.heads.load(raw)
        return CaseHead(
            id=stored.id,
            chat=stored.chat,
            owner=stored.owner,
            locale=stored.locale,
            register=stored.register,
            created_s=stored.created_s,
            busy=(busy or b"").decode(),
        )

    async def load(self, case_id: CaseId) -> Case | None:
        """Return a case with its turns; see the port."""
        head = await self._head(case_id)
        if head is None:
            return None
        link = self._link
        sealed = await link.call(lambda: link.client.lrange(link.key("turns", case_id), 0, -1))
        turns = []
        for item in sealed:
            raw = await link.open_record(case_id, item, f"turn:{case_id}")
            if raw is None:
                return None
            turns.append(codec.turns.load(raw))
        return Case(head=head, turns=tuple(turns))

    async def seen(self, keys: Sequence[str]) -> bool:
        """Return whether any key was accepted before."""
        link = self._link
        names = [link.key("seen", digest(key)) for key in keys]
        return bool(await link.call(lambda: link.client.exists(*names)))

    async def accept(self, acceptance: Acceptance) -> AcceptStatus:
        """Store a message in one script; see the port."""
        for _ in range(2):
            status: AcceptStatus | Literal["stale"] = await self._accept(acceptance)
            if status != "stale":
                return status
            # Another process erased and reopened the case under a new key.
            if acceptance.head is not None:
                self._link.cache.drop(acceptance.head.id)
        raise StoreUnavailable("The case was replaced twice while a message was stored.")

    async def _accept(self, acceptance: Acceptance) -> Any:  # the script's four words
        head, job, limits = acceptance.head, acceptance.job, self._limits
        meta: dict[str, Any] = {
            "keys": [digest(key) for key in acceptance.keys],
            "chat": chat_digest(acceptance.chat),
            "platform": acceptance.chat.platform,
            "ttl": limits.retention_s,
            "seen_ttl": limits.seen_s,
            "max_queue": limits.max_queue,
            "max_own": limits.max_own,
            "width": limits.width,
            "opens": acceptance.opens,
            "turn": acceptance.turn is not None,
        }
        blobs: list[bytes] = []
        key = None
        if head is not None:
            key = await self._link.data_key_or_new(head.id)
            meta["dek"] = key.wrapped
            meta["case"] = {"id": head.id, "owner": person_digest(head.owner)}
            blobs.append(seal(key.plain, codec.heads.dump(head), f"head:{head.id}"))
            if acceptance.turn is not None:
                turn = codec.turns.dump(acceptance.turn)
                blobs.append(seal(key.plain, turn, f"turn:{head.id}"))
            if job is not None:
                meta["job"] = job_fields(job) | {"serial": job.kind == "answer"}
                blobs.append(seal(key.plain, codec.jobs.dump(job), f"job:{job.id}"))
        case_id = head.id if head else ""
        meta["rows"], rows = self._rows(
            acceptance.replies, case_id, key, digest(acceptance.keys[0])
        )
        answer = await self._link.run("accept", json.dumps(meta), *blobs, *rows)
        return answer.decode()

    def _rows(
        self, replies: Sequence[Reply], case_id: str, key: DataKey | None, event: str
    ) -> tuple[list[dict[str, str]], list[bytes]]:
        fields, bodies = [], []
        for reply in replies:
            # The event makes the row unique: a slot may be filled more than once.
            row = f"{reply.slot}.{reply.stage}.{event}"
            fields.append(
                {
                    "id": row,
                    "slot": reply.slot,
                    "stage": reply.stage,
                    "case": case_id,
                    "lane": chat_digest(reply.chat),
                }
            )
            raw, name = codec.replies.dump(reply), f"row:{row}"
            bodies.append(seal(key.plain, raw, name) if key else self._link.master.seal(raw, name))
        return fields, bodies

    async def complete(self, completion: Completion) -> bool:
        """Store a result in one script; see the port."""
        job = completion.job
        key = await self._link.data_key(job.case_id)
        meta: dict[str, Any] = {
            "job": job.id,
            "kind": job.kind,
            "attempt": completion.attempt,
            "outcome": completion.outcome,
            "service_ms": completion.service_ms,
            "platform": job.chat.platform,
            "ttl": self._limits.retention_s,
            "width": self._limits.width,
            "turns": 0,
            "jobs": [],
            "rows": [],
        }
        blobs: list[bytes] = []
        if key is not None:
            meta["dek"] = key.wrapped
            meta["turns"] = len(completion.turns)
            meta["jobs"] = [job_fields(side) for side in completion.jobs]
            blobs.extend(
                seal(key.plain, codec.turns.dump(turn), f"turn:{job.case_id}")
                for turn in completion.turns
            )
            blobs.extend(
                seal(key.plain, codec.jobs.dump(side), f"job:{side.id}") for side in completion.jobs
            )
            meta["rows"], rows = self._rows(completion.replies, job.case_id, key, job.id)
            blobs.extend(rows)
        return bool(await self._link.run("complete", json.dumps(meta), *blobs))

    async def cases_of(self, person: Person) -> tuple[CaseHead, ...]:
        """Return a person's cases, newest first."""
        link = self._link
        name = link.key("cases", person_digest(person))
        ids = await link.call(lambda: link.client.zrevrange(name, 0, -1))
        heads = [await self._head(CaseId(item.decode())) for item in ids]
        return tuple(head for head in heads if head is not None)

    async def erase(self, case_id: CaseId) -> bool:
        """Delete a case, its key and its waiting work."""
        self._link.cache.drop(case_id)
        return bool(await self._link.run("erase", case_id))

    async def profile(self, person: Person) -> dict[str, str]:
        """Return what a person agreed to and chose."""
        link = self._link
        name = link.key("person", person_digest(person))
        fields = await link.call(lambda: link.client.hgetall(name))
        return {field.decode(): value.decode() for field, value in fields.items()}

    async def set_profile(self, person: Person, changes: dict[str, str]) -> None:
        """Change some fields; an empty value removes one."""
        link = self._link
        name = link.key("person", person_digest(person))
        kept = {field: value for field, value in changes.items() if value}
        gone = [field for field, value in changes.items() if not value]
        if kept:
            await link.call(lambda: link.client.hset(name, mapping=kept))
            await link.call(lambda: link.client.expire(name, self._limits.retention_s * 12))
        if gone:
            await link.call(lambda: link.client.hdel(name, *gone))


def job_fields(job: Job) -> dict[str, str]:
    """Return what a script must know of a job; nothing in it tells of a person."""
    return {
        "id": job.id,
        "model": job.model,
        "priority": job.priority,
        "owner": person_digest(job.owner),
    }
