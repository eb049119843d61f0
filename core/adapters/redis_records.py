"""What `core.adapters.redis_cases` hands to its scripts: plain facts as JSON, the rest sealed.

The facts hold random ids and digests only; every word of a person is in a sealed blob.
"""

import json
import secrets
from collections.abc import Sequence
from typing import Any, Final

from core.adapters import codec
from core.adapters.redis_link import RedisLink, chat_digest, person_digest
from core.adapters.vault import DataKey, MasterKeys, seal
from core.domain.cases import CaseHead, Turn
from core.domain.jobs import Job
from core.domain.messages import CaseId
from core.domain.replies import Reply, Shown

CASE_VERSION: Final = str(codec.VERSION)
"""Schema version of a case as a whole; scripts change no case of another version."""


class Packet:
    """The arguments of one script call, built up in the order in which the script reads them."""

    def __init__(self, facts: dict[str, Any], case_id: CaseId | None, key: DataKey | None) -> None:
        # The nonce lets the script know a repetition of this very call.
        self._facts = facts | {"nonce": secrets.token_hex(8), "version": CASE_VERSION, "rows": []}
        self._case_id = case_id
        self._key = key
        self._blobs: list[bytes] = []
        if key is not None:
            self._facts["dek"] = key.wrapped

    def note(self, **facts: Any) -> None:
        """Add facts."""
        self._facts |= facts

    def seal(self, plain: bytes, name: str) -> None:
        """Add a blob under the case's key."""
        if self._key is None:
            raise ValueError("Only a case has turns and jobs.")
        self._blobs.append(seal(self._key.plain, plain, name))

    def add_head(self, head: CaseHead) -> None:
        """Add the case's head."""
        self.seal(codec.heads.dump(head), f"head:{head.id}")

    def add_turn(self, turn: Turn) -> None:
        """Add a turn, its id before it in the clear: it is bound to case and id."""
        if self._key is None:
            raise ValueError("Only a case has turns and jobs.")
        name = f"turn:{self._case_id}:{turn.id}"
        sealed = seal(self._key.plain, codec.turns.dump(turn), name)
        self._blobs.append(turn.id.encode() + b"\n" + sealed)

    def add_job(self, job: Job) -> None:
        """Add a job."""
        self.seal(codec.jobs.dump(job), f"job:{job.id}")

    def add_replies(self, replies: Sequence[Reply], event: str, master: MasterKeys) -> None:
        """Add rows of the outbox; ``event`` makes them unique, for a slot may be filled again."""
        for number, reply in enumerate(replies):
            row = f"{reply.slot}.{reply.stage}.{event}.{number}"
            self._facts["rows"].append(
                {
                    "id": row,
                    "slot": reply.slot,
                    "stage": reply.stage,
                    "case": self._case_id or "",
                    "lane": chat_digest(reply.chat),
                }
            )
            raw, name = codec.replies.dump(reply), f"row:{row}"
            self._blobs.append(
                seal(self._key.plain, raw, name) if self._key else master.seal(raw, name)
            )
            # An empty reply takes a message back: there is nothing to take back later.
            place = codec.shown.dump(Shown.of(reply)) if reply.blocks else b""
            self._blobs.append(place and master.seal(place, f"slot:{reply.slot}"))

    def arguments(self) -> tuple[str | bytes, ...]:
        """Return what to send."""
        return (json.dumps(self._facts), *self._blobs)


def job_facts(job: Job) -> dict[str, Any]:
    """Return what a script must know of a job; nothing in it tells of a person."""
    return {
        "id": job.id,
        "model": job.model,
        "priority": job.priority,
        "owner": person_digest(job.owner),
        "serial": job.kind == "answer",
    }


async def open_job(link: RedisLink, job_id: str, case_id: bytes, sealed: bytes) -> Job | None:
    """Return a sealed job, or None when its case was erased.

    Raises:
        RecordUnreadable: It was sealed by another version, or changed.
    """
    raw = await link.open_record(case_id.decode(), sealed, f"job:{job_id}")
    return None if raw is None else codec.jobs.load(raw)


async def kept_job(link: RedisLink, kind: str, job_id: str) -> Job | None:
    """Return the job under a key of this kind, or None."""
    key = link.key(kind, job_id)
    body, case_id = await link.call(lambda: link.client.hmget(key, ("body", "case")))
    return None if body is None else await open_job(link, job_id, case_id, body)
