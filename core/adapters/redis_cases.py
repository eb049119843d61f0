"""Cases in Redis: encrypted turns in lists, and the two scripts that move a conversation on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.adapters import codec
from core.adapters.redis_link import PLUMBING_S, RedisLink, chat_digest, digest, person_digest
from core.adapters.redis_records import CASE_VERSION, Packet, job_facts
from core.domain.cases import Case, CaseHead
from core.domain.errors import RecordUnreadable, StoreUnavailable
from core.domain.jobs import Acceptance, Completion
from core.domain.messages import CaseId, ChatRef, Person
from core.domain.replies import Shown
from core.ports import AcceptStatus


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
        version, sealed, busy = await link.call(
            lambda: link.client.hmget(link.key("case", case_id), ("v", "head", "busy"))
        )
        if version is None:
            return None
        if version.decode() != CASE_VERSION or sealed is None:
            raise _other_version(case_id)
        raw = await link.open_record(case_id, sealed, f"head:{case_id}")
        if raw is None:
            return None
        return replace(codec.heads.load(raw), busy=(busy or b"").decode())

    async def load(self, case_id: CaseId) -> Case | None:
        """Return a case with its turns; see the port."""
        head = await self._head(case_id)
        if head is None:
            return None
        link = self._link
        sealed = await link.call(lambda: link.client.lrange(link.key("turns", case_id), 0, -1))
        turns = []
        for item in sealed:
            turn_id, _, body = item.partition(b"\n")
            raw = await link.open_record(case_id, body, f"turn:{case_id}:{turn_id.decode()}")
            if raw is None:
                return None
            turns.append(codec.turns.load(raw))
        return Case(head=head, turns=tuple(turns))

    async def seen(self, keys: Sequence[str]) -> bool:
        """Return whether any key was accepted before."""
        link = self._link
        names = [link.key("seen", digest(key)) for key in keys]
        return bool(names and await link.call(lambda: link.client.exists(*names)))

    async def accept(self, acceptance: Acceptance) -> AcceptStatus:
        """Store a message in one script; see the port.

        Raises:
            RecordUnreadable: The case was written by another version; nothing was changed.
        """
        for _ in range(3):
            packet = await self._packet_to_accept(acceptance)
            answer = (await self._link.run("accept", *packet.arguments())).decode()
            if answer == "unreadable" and acceptance.head is not None:
                raise _other_version(acceptance.head.id)
            if answer != "stale":
                status: AcceptStatus = answer
                return status
            # The case was erased, and perhaps opened anew, since we last saw its key.
            if acceptance.head is not None:
                self._link.cache.drop(acceptance.head.id)
        raise StoreUnavailable("A case was replaced again and again while a message was stored.")

    async def _packet_to_accept(self, acceptance: Acceptance) -> Packet:
        head, job, link = acceptance.head, acceptance.job, self._link
        key = None
        if head is not None:
            key = await link.data_key(head.id) or await link.data_key_or_new(head.id)
        packet = Packet(
            {
                "keys": [digest(key) for key in acceptance.keys],
                "chat": chat_digest(acceptance.chat),
                "platform": acceptance.chat.platform,
                "opens": acceptance.opens,
                "turn": acceptance.turn is not None,
                **({"sender": person_digest(acceptance.sender)} if acceptance.sender else {}),
                **self._bounds(),
            },
            head.id if head else None,
            key,
        )
        if head is not None:
            packet.note(case={"id": head.id, "owner": person_digest(head.owner)})
            packet.add_head(head)
        if acceptance.turn is not None:
            packet.add_turn(acceptance.turn)
        if job is not None:
            packet.note(job=job_facts(job))
            packet.add_job(job)
        packet.add_replies(acceptance.replies, digest(acceptance.keys[0]), link.master)
        return packet

    def _bounds(self) -> dict[str, int]:
        limits = self._limits
        return {
            "ttl": limits.retention_s,
            "seen_ttl": limits.seen_s,
            "max_queue": limits.max_queue,
            "max_own": limits.max_own,
            "width": limits.width,
        }

    async def complete(self, completion: Completion) -> bool:
        """Store a result in one script; see the port.

        Raises:
            RecordUnreadable: The case was written by another version; nothing was changed.
        """
        job = completion.job
        key = await self._link.data_key(job.case_id)
        packet = Packet(
            {
                "job": job.id,
                "kind": job.kind,
                "attempt": completion.attempt,
                "outcome": completion.outcome,
                "service_ms": completion.service_ms,
                "platform": job.chat.platform,
                "turns": len(completion.turns),
                "jobs": [job_facts(side) for side in completion.jobs],
                **self._bounds(),
            },
            job.case_id,
            key,
        )
        if key is not None:  # without one the script only takes the job away
            for turn in completion.turns:
                packet.add_turn(turn)
            for side in completion.jobs:
                packet.add_job(side)
            packet.add_replies(completion.replies, job.id, self._link.master)
        done = await self._link.run("complete", *packet.arguments())
        if done < 0:
            raise _other_version(job.case_id)
        return bool(done)

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

    async def shown_to(self, person: Person) -> tuple[Shown, ...]:
        """Return the replies that a person got, oldest first."""
        found = await self._link.run("shown", person_digest(person))
        return tuple(
            codec.shown.load(self._link.master.unseal(place, f"slot:{slot.decode()}"))
            for slot, place in zip(found[::2], found[1::2], strict=True)
        )

    async def forget_shown(self, person: Person) -> None:
        """Forget which replies a person got."""
        link = self._link
        await link.call(lambda: link.client.delete(link.key("shown", person_digest(person))))

    async def profile(self, person: Person) -> dict[str, str]:
        """Return what a person agreed to and chose."""
        link, name = self._link, person_digest(person)
        sealed = await link.call(lambda: link.client.hgetall(link.key("person", name)))
        return {
            field.decode(): link.master.unseal(value, f"person:{name}:{field.decode()}").decode()
            for field, value in sealed.items()
        }

    async def set_profile(self, person: Person, changes: dict[str, str]) -> None:
        """Change some fields; an empty value removes one."""
        link, name = self._link, person_digest(person)
        key = link.key("person", name)
        kept = {
            field: link.master.seal(value.encode(), f"person:{name}:{field}")
            for field, value in changes.items()
            if value
        }
        gone = [field for field, value in changes.items() if not value]

        async def write() -> None:
            async with link.client.pipeline(transaction=True) as pipe:
                if kept:
                    pipe.hset(key, mapping=kept)
                if gone:
                    pipe.hdel(key, *gone)
                    pipe.incr(link.key("erased"))
                    pipe.expire(link.key("erased"), PLUMBING_S)
                pipe.expire(key, self._limits.retention_s * 12)
                await pipe.execute()

        await link.call(write)


def _other_version(case_id: CaseId) -> RecordUnreadable:
    return RecordUnreadable(
        f"Case {case_id} was stored by another version of this program. Run that version; "
        "nothing was changed."
    )
