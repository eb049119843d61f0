"""What every `core.ports.Outbox` promises."""

import asyncio

import pytest

from core.domain.errors import LeaseLost
from core.domain.jobs import Acceptance
from core.domain.messages import ChatRef
from core.domain.replies import Reply
from core.ports import Parcel
from tests.contracts.stores.makers import CHAT, OTHER_CHAT, MakeStores, Stores, asks, reply


async def send(stores: Stores, *replies: Reply) -> None:
    """Put replies into the outbox, outside any case."""
    key = "-".join([str(id(replies)), *(one.slot for one in replies)])
    for number, one in enumerate(replies):
        acceptance = Acceptance(keys=(f"{key}.{number}",), chat=one.chat, replies=(one,))
        assert await stores.cases.accept(acceptance) == "accepted"


async def get(stores: Stores, consumer: str = "c1", *, wait_s: float = 0) -> Parcel:
    """Claim a parcel that must be there."""
    parcel = await stores.outbox.claim("telegram", consumer, wait_s=wait_s)
    assert parcel is not None
    return parcel


async def nothing(stores: Stores, consumer: str = "c2") -> bool:
    """Return whether there is nothing to claim now."""
    return await stores.outbox.claim("telegram", consumer, wait_s=0) is None


async def test_replies_come_in_order_one_at_a_time(stores: Stores) -> None:
    """A chat's next reply is handed out only when the one before is done."""
    await send(stores, reply("s1"), reply("s2"), reply("s3"))

    shown = []
    for _ in range(3):
        parcel = await get(stores)
        assert await nothing(stores)
        shown.append(parcel.reply)
        await stores.outbox.done(parcel)

    assert shown == [reply("s1"), reply("s2"), reply("s3")]
    assert await nothing(stores)


async def test_a_slow_chat_does_not_hold_up_others(stores: Stores) -> None:
    """While one chat's reply is on its way, other chats get theirs."""
    await send(stores, reply("s1"), reply("s2"), reply("o1", chat=OTHER_CHAT))

    first, second = await get(stores), await get(stores, "c2")

    assert first.reply == reply("s1")
    assert second.reply == reply("o1", chat=OTHER_CHAT)
    assert first.lane != second.lane


async def test_threads_are_chats_of_their_own(stores: Stores) -> None:
    """Two threads of one channel do not wait for each other."""
    threads = [ChatRef(platform="telegram", chat_id="1", thread_id=str(n)) for n in (1, 2)]
    await send(stores, *(reply(f"s{chat.thread_id}", chat=chat) for chat in threads))

    await get(stores)
    assert not await nothing(stores)


async def test_platforms_have_outboxes_of_their_own(stores: Stores) -> None:
    """A frontend gets only replies of its platform."""
    chat = ChatRef(platform="slack", chat_id="C1")
    await send(stores, reply("s1", chat=chat))

    assert await nothing(stores)
    parcel = await stores.outbox.claim("slack", "c", wait_s=0)
    assert parcel is not None
    assert parcel.reply == reply("s1", chat=chat)


async def test_a_reply_is_delivered_as_it_comes(make: MakeStores) -> None:
    """A waiting frontend gets a reply as soon as it is stored by another process."""
    frontend, worker = make(), make()

    async with asyncio.TaskGroup() as group:
        claim = group.create_task(frontend.outbox.claim("telegram", "c", wait_s=30))
        await asyncio.sleep(0.05)
        await send(worker, reply("s1"))

    parcel = claim.result()
    assert parcel is not None
    assert parcel.reply == reply("s1")


async def test_a_postponed_reply_keeps_its_place(stores: Stores) -> None:
    """A reply that could not be sent comes again, before the chat's later ones."""
    await send(stores, reply("s1"), reply("s2"))

    first = await get(stores)
    await stores.outbox.later(first, 0.4)
    assert await nothing(stores)
    again = await get(stores, wait_s=30)

    assert (again.reply, again.attempt) == (reply("s1"), 2)
    await stores.outbox.done(again)
    assert (await get(stores)).reply == reply("s2")


async def test_an_attempt_is_not_spent_while_the_platform_is_down(stores: Stores) -> None:
    """A postponement that was not the reply's fault does not count."""
    await send(stores, reply("s1"))

    for _ in range(3):
        parcel = await get(stores, wait_s=30)
        assert parcel.attempt == 1
        await stores.outbox.later(parcel, 0.01, spent=False)


async def test_new_replies_wait_behind_a_postponed_one(stores: Stores) -> None:
    """A reply that comes while the chat pauses does not overtake."""
    await send(stores, reply("s1"))
    await stores.outbox.later(await get(stores), 0.5)

    await send(stores, reply("s2"))

    assert await nothing(stores)
    parcel = await get(stores, wait_s=30)
    assert parcel.reply == reply("s1")


async def test_a_reply_of_a_dead_frontend_comes_again(make: MakeStores) -> None:
    """When a frontend dies, another one gets its reply once the lease is over."""
    stores = make(delivery_lease_s=0.1)
    await send(stores, reply("s1"))
    await get(stores, "dead")

    again = await get(stores, "alive", wait_s=30)

    assert (again.reply, again.attempt) == (reply("s1"), 2)


async def test_many_dead_frontends_leave_nothing_behind(make: MakeStores) -> None:
    """However many replies were on their way, each comes again."""
    stores = make(delivery_lease_s=0.2)
    chats = [ChatRef(platform="telegram", chat_id=str(n)) for n in range(25)]
    await send(stores, *(reply(f"s{chat.chat_id}", chat=chat) for chat in chats))
    for chat in chats:
        await get(stores, f"dead-{chat.chat_id}")

    slots: set[str] = set()
    while len(slots) < len(chats):
        parcel = await get(stores, "alive", wait_s=30)
        assert parcel.reply is not None
        slots.add(parcel.reply.slot)
        await stores.outbox.done(parcel)

    assert slots == {f"s{chat.chat_id}" for chat in chats}


async def test_a_renewed_delivery_keeps_its_chat(make: MakeStores) -> None:
    """A slow delivery that says so is not given to anybody else."""
    stores = make(delivery_lease_s=1.0)
    await send(stores, reply("s1"))
    parcel = await get(stores)

    for _ in range(3):
        await asyncio.sleep(0.4)
        await stores.outbox.renew(parcel)
        assert await nothing(stores)


async def test_who_lost_a_chat_cannot_end_its_delivery(make: MakeStores) -> None:
    """A late report about a reply that went to somebody else changes nothing."""
    stores = make(delivery_lease_s=0.6)
    await send(stores, reply("s1"), reply("s2"))
    late = await get(stores, "same name")
    newest = await get(stores, "same name", wait_s=30)

    await stores.outbox.done(late)
    await stores.outbox.later(late, 0)
    await stores.outbox.renew(late)

    assert await nothing(stores, "same name")
    await stores.outbox.done(newest)
    await stores.outbox.done(newest)
    assert (await get(stores)).reply == reply("s2")


async def test_who_lost_a_chat_cannot_write_its_ledger(make: MakeStores) -> None:
    """What a successor noted is not overwritten by a delivery that was frozen meanwhile."""
    stores = make(delivery_lease_s=0.3)
    await send(stores, reply("s1"))
    lost = await get(stores, "first")
    await lost.ledger.intend("text")
    await asyncio.sleep(0.4)
    taken = await get(stores, "second")
    assert taken.ledger.intended("text")
    await taken.ledger.record("text", "2")

    for write in (lost.ledger.record("text", "1"), lost.ledger.intend("more")):
        with pytest.raises(LeaseLost):
            await write

    assert (await stores.outbox.ledger("s1")).parts() == {"text": "2"}
    assert lost.ledger.parts() == {"text": "2"}


async def test_a_write_tells_what_others_have_written(make: MakeStores) -> None:
    """Of two who write down what they begin and then look, one at least sees the other."""
    stores, other = make(), make()
    await send(stores, reply("s1"))
    parcel = await get(stores)
    live = await other.outbox.ledger("s1")
    await live.intend("stream")
    assert not parcel.ledger.intended("stream")

    await parcel.ledger.intend("over")

    assert parcel.ledger.intended("stream")
    assert not live.intended("over")
    await live.record("stream", "7")
    assert live.intended("over")


async def test_a_placeholder_is_dropped_when_its_answer_is_there(stores: Stores) -> None:
    """A placeholder that was not sent yet makes way for what comes right behind to replace it."""
    await send(stores, reply("s1", waiting=True), reply("s1", "the answer"), reply("s2"))

    shown = []
    while not shown or shown[-1] != reply("s2"):
        parcel = await get(stores)
        shown.append(parcel.reply)
        await stores.outbox.done(parcel)

    assert shown == [reply("s1", "the answer"), reply("s2")]
    assert await nothing(stores)


async def test_a_placeholder_without_an_answer_is_shown(stores: Stores) -> None:
    """A placeholder is delivered when nothing else fills its slot."""
    await send(stores, reply("s1", waiting=True))

    assert (await get(stores)).reply == reply("s1", waiting=True)


async def test_the_ledger_knows_what_was_sent(make: MakeStores) -> None:
    """What was recorded for a slot is there for every later reply of that slot, in any process."""
    stores, other = make(), make()
    await send(stores, reply("s1"), reply("s1", "replaced"))
    parcel = await get(stores)
    assert parcel.ledger.parts() == {}
    assert not parcel.ledger.intended("text")

    await parcel.ledger.intend("text")
    assert parcel.ledger.intended("text")
    assert (await other.outbox.ledger("s1")).intended("text")
    assert parcel.ledger.message_id("text") is None
    await parcel.ledger.record("text", "msg-1")
    await parcel.ledger.record("photo:1", "msg-2")
    await stores.outbox.done(parcel)

    ledger = (await get(other)).ledger
    assert ledger.message_id("text") == "msg-1"
    assert not ledger.intended("text")
    assert ledger.parts() == {"text": "msg-1", "photo:1": "msg-2"}
    assert (await stores.outbox.ledger("never sent")).parts() == {}


async def test_a_chat_of_many_replies_is_delivered_by_many(make: MakeStores) -> None:
    """Several frontends at once keep each chat's order and deliver every reply once."""
    stores = make()
    chats = [CHAT, OTHER_CHAT, ChatRef(platform="telegram", chat_id="3")]
    await send(stores, *(reply(f"s{n}", chat=chats[n % 3]) for n in range(30)))
    shown: dict[str, list[str]] = {chat.chat_id: [] for chat in chats}

    async def deliver(consumer: str) -> None:
        frontend = make()
        while parcel := await frontend.outbox.claim("telegram", consumer, wait_s=0.05):
            assert parcel.reply is not None
            shown[parcel.reply.chat.chat_id].append(parcel.reply.slot)
            await asyncio.sleep(0)
            await frontend.outbox.done(parcel)

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(deliver(f"c{number}"))

    assert shown == {
        chat.chat_id: [f"s{n}" for n in range(30) if chats[n % 3] == chat] for chat in chats
    }


async def test_a_busy_chat_does_not_starve_others(stores: Stores) -> None:
    """Chats take turns, however much one of them has to be told."""
    await send(stores, *(reply(f"s{n}") for n in range(3)), reply("o", chat=OTHER_CHAT))

    shown = []
    for _ in range(4):
        parcel = await get(stores)
        assert parcel.reply is not None
        shown.append(parcel.reply.slot)
        await stores.outbox.done(parcel)

    assert shown == ["s0", "o", "s1", "s2"]


async def test_a_ledger_can_be_forgotten(stores: Stores) -> None:
    """After a message was taken back nothing is known of it."""
    await stores.cases.accept(asks("q1", opens=True, replies=(reply("s1"),)))
    book = await stores.outbox.ledger("s1")
    await book.record("text", "77")

    await book.forget()

    assert book.parts() == {}
    assert (await stores.outbox.ledger("s1")).parts() == {}


async def test_placeholder_keeps_its_place_above_later_rows(stores: Stores) -> None:
    """Two turns are asked before the first is answered: the first placeholder is shown first."""
    rows = (
        reply("one", waiting=True),
        reply("two", waiting=True),
        reply("one"),
        reply("two"),
    )
    await stores.cases.accept(Acceptance(keys=("k",), chat=CHAT, replies=rows))

    shown = []
    while (parcel := await stores.outbox.claim("telegram", "d", wait_s=0)) is not None:
        assert parcel.reply is not None
        shown.append((parcel.reply.slot, parcel.reply.stage))
        await stores.outbox.done(parcel)

    assert shown == [("one", "waiting"), ("two", "waiting"), ("one", "final"), ("two", "final")]
