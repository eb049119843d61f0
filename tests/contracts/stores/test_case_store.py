"""What every `core.ports.CaseStore` promises."""

import asyncio
from dataclasses import replace

import pytest

from core.domain.jobs import Acceptance, Completion
from core.domain.messages import Person
from core.domain.replies import Shown
from tests.contracts.stores.makers import (
    ANN,
    BOB,
    CHAT,
    OTHER_CHAT,
    MakeStores,
    Stores,
    answer,
    answer_job,
    answered,
    asks,
    busy_with,
    case_id,
    head,
    render_job,
    reply,
    take,
    turn,
    turn_ids,
)


async def test_a_new_case_is_opened_by_its_first_message(stores: Stores) -> None:
    """A message opens its case, and the chat finds it again."""
    assert await stores.cases.open_case(CHAT) is None

    assert await stores.cases.accept(asks("q1", opens=True)) == "accepted"

    assert await stores.cases.open_case(CHAT) == replace(head(), busy="q1")
    assert await stores.cases.open_case(OTHER_CHAT) is None
    assert await turn_ids(stores) == ("turn-of-q1",)


async def test_records_come_back_as_they_were(stores: Stores) -> None:
    """A case keeps every field of its turns, strange characters included."""
    strange = turn("t1", "ünïcödé \N{SNOWMAN} \x00 \u2028 {braces} %s \\ '")
    await stores.cases.accept(Acceptance(keys=("k",), chat=CHAT, head=head(), turn=strange))

    case = await stores.cases.load(case_id())

    assert case is not None
    assert case.head == head()
    assert case.turns == (strange,)


async def test_any_seen_key_makes_a_duplicate(stores: Stores) -> None:
    """A message is dropped when any of its keys was seen, and nothing of it is stored."""
    first = replace(asks("q1"), keys=("update:1", "message:1"))
    assert await stores.cases.accept(first) == "accepted"

    again = replace(asks("q2"), keys=("update:2", "message:1"))

    assert await stores.cases.accept(again) == "duplicate"
    assert await turn_ids(stores) == ("turn-of-q1",)
    assert await stores.cases.seen(("other", "message:1"))
    assert not await stores.cases.seen(("update:2",))
    assert not await stores.cases.seen(())


async def test_of_two_at_the_same_moment_one_is_accepted(make: MakeStores) -> None:
    """One message delivered to several processes at once is accepted once."""
    bots = [make() for _ in range(4)]

    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(bot.cases.accept(asks("q1"))) for bot in bots]

    assert sorted(one.result() for one in tries) == ["accepted"] + ["duplicate"] * 3
    assert await turn_ids(bots[0]) == ("turn-of-q1",)


async def test_turns_wait_in_the_mailbox_and_keep_their_order(stores: Stores) -> None:
    """While a case is busy its next turns wait unseen; each starts when the last one ended."""
    for name in ("q1", "q2", "q3"):
        assert await stores.cases.accept(asks(name)) == "accepted"
    assert await turn_ids(stores) == ("turn-of-q1",)
    assert await busy_with(stores) == "q1"

    for name in ("q1", "q2", "q3"):
        (lease,) = await take(stores, slots=5)
        assert lease.job.id == name
        assert await stores.cases.complete(answered(lease))

    assert await busy_with(stores) == ""
    assert await turn_ids(stores) == tuple(
        f"{kind}-of-{name}" for name in ("q1", "q2", "q3") for kind in ("turn", "answer")
    )


async def test_turns_without_a_job_do_not_wait(stores: Stores) -> None:
    """A turn that was answered at once is stored even while the case is busy."""
    await stores.cases.accept(asks("q1"))

    await stores.cases.accept(Acceptance(keys=("k",), chat=CHAT, head=head(), turn=turn("t2")))

    assert await turn_ids(stores) == ("turn-of-q1", "t2")
    assert await busy_with(stores) == "q1"


async def test_side_jobs_do_not_make_a_case_busy(stores: Stores) -> None:
    """Pictures are drawn beside the dialogue: neither waits for the other."""
    await stores.cases.accept(asks("q1"))
    (lease,) = await take(stores)
    await stores.cases.complete(answered(lease, jobs=(render_job("r1"),)))

    await stores.cases.accept(asks("q2"))

    assert await busy_with(stores) == "q2"
    assert await stores.jobs.live_jobs(case_id()) == ("r1", "q2")
    (drawing,) = await stores.jobs.claim("w", "generator", slots=1, wait_s=0)
    assert drawing.job == render_job("r1")
    assert await stores.cases.complete(answered(drawing))
    assert await busy_with(stores) == "q2"


async def test_a_side_job_may_come_with_a_message(stores: Stores) -> None:
    """A press on a button can ask for pictures without a turn."""
    await stores.cases.accept(Acceptance(keys=("k",), chat=CHAT, head=head(), job=render_job("r1")))

    assert await busy_with(stores) == ""
    assert await stores.jobs.live_jobs(case_id()) == ("r1",)


async def test_a_stopped_turn_leaves_the_mailbox(stores: Stores) -> None:
    """A job that never ran is completed with attempt 0; its turn stays in the case."""
    for name in ("q1", "q2", "q3"):
        await stores.cases.accept(asks(name))

    stopped = Completion(job=answer_job("q2"), attempt=0, outcome="stopped")
    assert await stores.cases.complete(stopped)

    assert await stores.jobs.live_jobs(case_id()) == ("q1", "q3")
    (lease,) = await take(stores, slots=5)
    await stores.cases.complete(answered(lease))
    (lease,) = await take(stores, slots=5)
    assert lease.job.id == "q3"
    assert "turn-of-q2" in await turn_ids(stores)


async def test_full_stores_nothing(make: MakeStores) -> None:
    """At the bound of the queue a message is refused and leaves no trace, not even its keys."""
    stores = make(max_queue=2)
    for number in (1, 2):
        await stores.cases.accept(
            asks(f"q{number}", number, owner=Person(platform="t", user_id=str(number)))
        )

    assert await stores.cases.accept(asks("q3", 3, replies=(reply("s"),))) == "full"

    assert not await stores.cases.seen(("update:q3",))
    assert await stores.cases.load(case_id(3)) is None
    assert await stores.outbox.claim("telegram", "c", wait_s=0) is None
    await take(stores)
    assert await stores.cases.accept(asks("q3", 3)) == "accepted"


async def test_what_waits_in_mailboxes_counts_as_waiting(make: MakeStores) -> None:
    """People who write again before they are answered cannot fill the store without bound."""
    stores = make(max_queue=3, max_own=20)
    assert await stores.cases.accept(asks("q1", 1)) == "accepted"
    (lease,) = await take(stores)
    for number in (2, 3, 4):
        assert await stores.cases.accept(asks(f"q{number}", 1)) == "accepted"
    assert await stores.jobs.depth("vlm") == 3

    assert await stores.cases.accept(asks("q5", 1)) == "full"
    await stores.cases.complete(answered(lease))
    await take(stores)
    assert await stores.jobs.depth("vlm") == 2
    assert await stores.cases.accept(asks("q5", 1)) == "accepted"
    await stores.cases.erase(case_id(1))
    assert await stores.jobs.depth("vlm") == 0


async def test_one_person_cannot_fill_the_queue(make: MakeStores) -> None:
    """A person has at most so many jobs under way, and so many turns in a mailbox."""
    stores = make(max_own=2)
    for number in (1, 2):
        assert await stores.cases.accept(asks(f"q{number}", number)) == "accepted"

    assert await stores.cases.accept(asks("q3", 3)) == "full"
    assert await stores.cases.accept(asks("b1", 4, owner=BOB)) == "accepted"
    assert await stores.cases.accept(asks("b2", 4, owner=BOB)) == "accepted"
    assert await stores.cases.accept(asks("b3", 4, owner=BOB)) == "accepted"
    assert await stores.cases.accept(asks("b4", 4, owner=BOB)) == "full"


async def test_a_result_is_stored_once(stores: Stores) -> None:
    """A job that has ended cannot be completed again."""
    await stores.cases.accept(asks("q1"))
    (lease,) = await take(stores)

    assert await stores.cases.complete(answered(lease, replies=(reply("s"),)))
    assert not await stores.cases.complete(answered(lease, replies=(reply("s"),)))

    assert await turn_ids(stores) == ("turn-of-q1", "answer-of-q1")
    parcel = await stores.outbox.claim("telegram", "c", wait_s=0)
    assert parcel is not None
    await stores.outbox.done(parcel)
    assert await stores.outbox.claim("telegram", "c", wait_s=0) is None


async def test_only_the_newest_attempt_completes(make: MakeStores) -> None:
    """A worker that lost its job to another one cannot complete it, before or after the other."""
    stores = make(lease_s=0.05)
    await stores.cases.accept(asks("q1"))
    (late,) = await take(stores, worker="late")
    (newest,) = await stores.jobs.claim("other", "vlm", slots=1, wait_s=5)

    assert not await stores.cases.complete(answered(late))
    assert not await stores.cases.complete(replace(answered(late), attempt=0))
    assert await stores.cases.complete(answered(newest))
    assert not await stores.cases.complete(answered(late))
    assert await turn_ids(stores) == ("turn-of-q1", "answer-of-q1")


async def test_a_job_is_dispatched_once(stores: Stores) -> None:
    """A job whose id is under way is not dispatched a second time."""
    await stores.cases.accept(asks("q1"))

    assert await stores.cases.accept(replace(asks("q1"), keys=("other",))) == "duplicate"
    assert await stores.jobs.depth("vlm") == 1


async def test_replies_in_one_message_are_all_kept(stores: Stores) -> None:
    """Several replies of one acceptance keep their order, even for one slot."""
    rows = (reply("a", "1"), reply("a", "2"), reply("b", "3"))
    await stores.cases.accept(Acceptance(keys=("k",), chat=CHAT, replies=rows))

    shown = []
    while (parcel := await stores.outbox.claim("telegram", "c", wait_s=0)) is not None:
        shown.append(parcel.reply)
        await stores.outbox.done(parcel)

    assert tuple(shown) == rows


async def test_cases_of_a_person_come_newest_first(stores: Stores) -> None:
    """A person's cases are listed newest first, and nobody else's."""
    for number in (1, 2, 3):
        await stores.cases.accept(
            Acceptance(keys=(f"k{number}",), chat=CHAT, head=head(number), turn=turn("t"))
        )
    await stores.cases.accept(
        Acceptance(keys=("k4",), chat=OTHER_CHAT, head=head(4, owner=BOB), turn=turn("t"))
    )

    assert await stores.cases.cases_of(ANN) == (head(3), head(2), head(1))
    assert await stores.cases.cases_of(BOB) == (head(4, owner=BOB),)


async def test_the_newest_opened_case_is_the_open_one(stores: Stores) -> None:
    """A new case takes the place of the chat's open one; the old one stays readable."""
    await stores.cases.accept(asks("q1", 1, opens=True))
    await stores.cases.accept(asks("q2", 2, opens=True))
    await stores.cases.accept(asks("q3", 1))

    opened = await stores.cases.open_case(CHAT)
    assert opened is not None
    assert opened.id == case_id(2)
    assert await stores.cases.load(case_id(1)) is not None


async def test_an_erased_case_is_gone_with_its_work(stores: Stores) -> None:
    """Erasing removes turns, jobs in queue and mailbox, and the chat's pointer."""
    await stores.cases.accept(asks("q1", opens=True))
    await stores.cases.accept(asks("q2"))
    await stores.cases.accept(asks("b1", 2, owner=BOB, chat=OTHER_CHAT))
    (lease,) = await take(stores)

    assert await stores.cases.erase(case_id())

    assert await stores.cases.load(case_id()) is None
    assert await stores.cases.open_case(CHAT) is None
    assert await stores.cases.cases_of(ANN) == ()
    assert await stores.jobs.live_jobs(case_id()) == ()
    assert not await stores.cases.complete(answered(lease))
    assert await stores.cases.load(case_id()) is None
    assert not await stores.cases.erase(case_id())
    (other,) = await take(stores, slots=5)
    assert other.job.id == "b1"


async def test_replies_of_an_erased_case_are_empty(stores: Stores) -> None:
    """A reply that waits while its case is erased is handed out without its words."""
    await stores.cases.accept(asks("q1", replies=(reply("s1"),)))
    await stores.cases.erase(case_id())
    # The same chat goes on under the same case id, with another key.
    await stores.cases.accept(asks("q2", replies=(reply("s2"),)))

    first = await stores.outbox.claim("telegram", "c", wait_s=0)
    assert first is not None
    assert first.reply is None
    await stores.outbox.done(first)
    second = await stores.outbox.claim("telegram", "c", wait_s=0)
    assert second is not None
    assert second.reply == reply("s2")


async def test_a_late_message_reopens_an_erased_case(make: MakeStores) -> None:
    """A process that still knows an erased case stores its next message readably."""
    one, other = make(), make()
    await one.cases.accept(asks("q1", opens=True))
    await other.cases.load(case_id())
    await one.cases.erase(case_id())

    assert await other.cases.accept(asks("q2")) == "accepted"

    assert await turn_ids(one) == ("turn-of-q2",)
    opened = await one.cases.open_case(CHAT)
    assert opened is not None
    assert opened.busy == "q2"


async def test_profiles_are_kept_by_field(stores: Stores) -> None:
    """A profile changes field by field; an empty value removes one."""
    assert await stores.cases.profile(ANN) == {}

    await stores.cases.set_profile(ANN, {"consent": "2", "locale": "es"})
    await stores.cases.set_profile(ANN, {"locale": ""})
    await stores.cases.set_profile(BOB, {"locale": "de"})

    assert await stores.cases.profile(ANN) == {"consent": "2"}
    assert await stores.cases.profile(BOB) == {"locale": "de"}


async def test_half_a_character_does_not_poison_a_case(stores: Stores) -> None:
    """Text that no encoding can hold is stored with a replacement, and the case stays readable."""
    await stores.cases.accept(
        Acceptance(keys=("k",), chat=CHAT, head=head(), turn=turn("t1", "odd \ud83d end"))
    )

    case = await stores.cases.load(case_id())

    assert case is not None
    assert case.turns[0].text.startswith("odd ")
    assert case.turns[0].text.endswith(" end")


async def test_turns_need_a_case(stores: Stores) -> None:
    """A turn or job outside a case is a mistake of the caller and stores nothing."""
    with pytest.raises(ValueError, match="case"):
        await stores.cases.accept(Acceptance(keys=("k",), chat=CHAT, turn=answer("t")))

    assert not await stores.cases.seen(("k",))


async def test_it_is_known_which_replies_a_person_got(stores: Stores) -> None:
    """Replies in a person's cases and outside are listed, a slot once, until forgotten."""
    aside = replace(reply("aside"), only_for=ANN.user_id)
    await stores.cases.accept(asks("q1", opens=True, replies=(reply("s1", waiting=True),)))
    await stores.cases.accept(
        Acceptance(keys=("k1",), chat=CHAT, replies=(aside, reply("s1")), sender=ANN)
    )
    await stores.cases.accept(Acceptance(keys=("k2",), chat=CHAT, replies=(reply("nobody"),)))
    await stores.cases.accept(
        Acceptance(keys=("k3",), chat=CHAT, replies=(Shown.of(aside).taken_back(),), sender=BOB)
    )
    (lease,) = await take(stores)
    await stores.cases.complete(answered(lease, replies=(reply("s1"), reply("s2"))))

    assert set(await stores.cases.shown_to(ANN)) == {
        Shown.of(one) for one in (reply("s1"), aside, reply("s2"))
    }
    assert await stores.cases.shown_to(BOB) == ()
    await stores.cases.erase(case_id())
    assert len(await stores.cases.shown_to(ANN)) == 3
    await stores.cases.forget_shown(ANN)
    assert await stores.cases.shown_to(ANN) == ()
