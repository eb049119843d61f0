"""What every `Albums`, `Board`, `Drawer`, `Throttle` and `LiveText` promises."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import cast

import pytest

from core.domain.messages import ChatRef
from core.domain.replies import Live
from core.ports import Album
from tests.contracts.stores.makers import (
    CHAT,
    OTHER_CHAT,
    MakeStores,
    Stores,
    case_id,
    part,
    photo,
    reply,
)


async def due(stores: Stores, quiet_s: float = 0.0) -> Album:
    """Take an album that must be there, now or soon."""
    async with asyncio.timeout(30):
        while (album := await stores.albums.due(quiet_s)) is None:  # noqa: ASYNC110 - time passes
            await asyncio.sleep(0.01)
    return album


async def add(stores: Stores, number: int) -> bool:
    """Add one part with one photo to an album."""
    return await stores.albums.add(
        part(number, text=f"text {number}"), case_id=case_id(), blobs=[photo(number)]
    )


async def test_an_album_is_complete_when_it_is_quiet(stores: Stores) -> None:
    """An album is handed out once nothing came for a moment, in the order sent, without bytes."""
    for number in (10, 9, 11):
        assert await add(stores, number)
    assert await stores.albums.due(60) is None

    album = await due(stores)

    assert album.case_id == case_id()
    assert album.parts == tuple(
        replace(part(number, text=f"text {number}"), photos=()) for number in (9, 10, 11)
    )
    assert album.photos == (photo(9), photo(10), photo(11))


async def test_an_album_is_handed_out_once(make: MakeStores) -> None:
    """While one process is at an album no other gets it, and afterwards nobody does."""
    one, other = make(), make()
    await add(one, 1)

    album = await due(one)
    assert await other.albums.due(0) is None
    await one.albums.done(album)

    assert await one.albums.due(0) is None
    assert await other.albums.due(0) is None


async def test_an_album_comes_back_when_its_process_died(make: MakeStores) -> None:
    """An album that was taken and never done is offered again."""
    stores = make(album_lease_s=0.1)
    await add(stores, 1)
    first = await due(stores)

    assert await due(stores) == first


async def test_a_repeated_part_changes_nothing(stores: Stores) -> None:
    """A part that the platform delivers twice is kept once."""
    assert await add(stores, 1)
    assert not await add(stores, 1)

    assert len((await due(stores)).parts) == 1


async def test_a_late_part_is_an_album_of_its_own(stores: Stores) -> None:
    """A part that comes while the album is being accepted is neither lost nor takes it away."""
    await add(stores, 1)
    album = await due(stores)
    await add(stores, 2)
    assert await stores.albums.due(0) is None

    await stores.albums.done(album)

    late = await due(stores)
    assert late.photos == (photo(2),)
    await stores.albums.done(late)
    assert await stores.albums.due(0) is None


async def test_albums_of_two_chats_are_two_albums(stores: Stores) -> None:
    """An album id means something within its chat only."""
    await add(stores, 1)
    elsewhere = replace(part(2), chat=OTHER_CHAT)
    await stores.albums.add(elsewhere, case_id=case_id(2), blobs=[photo(2)])

    albums = [await due(stores), await due(stores)]

    assert sorted(album.case_id for album in albums) == [case_id(1), case_id(2)]


async def test_a_board_shows_messages_in_order(stores: Stores) -> None:
    """A board keeps messages in the order of their first posting, each slot once."""
    first = await stores.board.post("user", reply("s1"))
    await stores.board.post("assistant", reply("s2", waiting=True))
    replaced = await stores.board.post("assistant", reply("s2", "the answer"))
    again = await stores.board.post("user", reply("s1", "edited"))

    entries = await stores.board.read(CHAT)

    assert [entry.reply for entry in entries] == [reply("s1", "edited"), reply("s2", "the answer")]
    assert [entry.author for entry in entries] == ["user", "assistant"]
    assert first.sequence < replaced.sequence < again.sequence
    assert entries[0].at_s == first.at_s
    assert entries == (again, replaced)
    assert await stores.board.read(CHAT, after=replaced.sequence) == (again,)
    assert await stores.board.read(OTHER_CHAT) == ()


async def test_a_reader_of_a_board_is_woken(make: MakeStores) -> None:
    """A reader learns at once what another process posts to its chat."""
    reader, writer = make(), make()
    last = (await writer.board.post("user", reply("s1"))).sequence
    assert await reader.board.wait(CHAT, after=last - 1, timeout_s=30)

    async with asyncio.TaskGroup() as group:
        news = group.create_task(reader.board.wait(CHAT, after=last, timeout_s=30))
        await asyncio.sleep(0.05)
        await writer.board.post("user", reply("o", chat=OTHER_CHAT))
        await asyncio.sleep(0.05)
        assert not news.done()
        await writer.board.post("assistant", reply("s2"))

    assert news.result()
    assert not await reader.board.wait(CHAT, after=last + 1, timeout_s=0.05)


async def test_an_erased_board_goes_on_counting(stores: Stores) -> None:
    """After erasure a reader's position still means the same."""
    old = await stores.board.post("user", reply("s1"))
    await stores.board.erase(CHAT)
    assert await stores.board.read(CHAT) == ()

    new = await stores.board.post("user", reply("s1"))

    assert new.sequence > old.sequence
    assert await stores.board.read(CHAT, after=old.sequence) == (new,)


async def test_posts_at_the_same_time_are_all_kept(make: MakeStores) -> None:
    """Several processes may post at once."""
    writers = [make() for _ in range(3)]

    async with asyncio.TaskGroup() as group:
        for number in range(12):
            group.create_task(writers[number % 3].board.post("user", reply(f"s{number}")))

    entries = await writers[0].board.read(CHAT)
    assert sorted(entry.sequence for entry in entries) == list(range(1, 13))


async def test_a_drawer_keeps_values(stores: Stores) -> None:
    """A value stays until it is replaced, erased or its time is over."""
    assert await stores.drawer.get("offset") is None

    await stores.drawer.put("offset", "17")
    await stores.drawer.put("offset", "18")
    await stores.drawer.put("brief", "x", ttl_s=0.05)

    assert await stores.drawer.get("offset") == "18"
    await asyncio.sleep(0.1)
    assert await stores.drawer.get("brief") is None
    assert await stores.drawer.keys("") == ("offset",)
    assert await stores.drawer.erase("offset")
    assert not await stores.drawer.erase("offset")
    assert await stores.drawer.get("offset") is None


async def test_a_drawer_finds_keys_by_their_start(stores: Stores) -> None:
    """Keys are found by what they start with, taken literally."""
    for key in ("team:2", "team:1", "tea", "team*:3", "team[1]:4", "team:\U0010ffff", "teams"):
        await stores.drawer.put(key, "v")
    await stores.drawer.put("team:0", "v", ttl_s=0.01)
    await asyncio.sleep(0.05)

    assert await stores.drawer.keys("team:") == ("team:1", "team:2", "team:\U0010ffff")
    assert await stores.drawer.keys("team*") == ("team*:3",)
    assert await stores.drawer.keys("team[1]") == ("team[1]:4",)


async def test_a_throttle_grants_what_the_windows_allow(stores: Stores) -> None:
    """A token is granted while every window has room; then the wait is told."""
    windows = [(5, 60.0), (2, 30.0)]

    assert [await stores.throttle.wait_s("chat", windows) for _ in range(2)] == [0, 0]
    wait_s = await stores.throttle.wait_s("chat", windows)

    assert 0 < wait_s <= 30
    assert await stores.throttle.wait_s("other chat", windows) == 0


async def test_a_refused_token_costs_nothing(stores: Stores) -> None:
    """Asking again and again while one window is full takes nothing from the others."""
    windows = [(1, 0.2), (3, 60.0)]

    granted = 0
    for _ in range(3):
        while (wait_s := await stores.throttle.wait_s("chat", windows)) > 0:
            assert wait_s <= 0.2
            await asyncio.sleep(wait_s)
        granted += 1

    assert granted == 3
    assert await stores.throttle.wait_s("chat", windows) > 1


async def test_a_throttle_is_exact_between_processes(make: MakeStores) -> None:
    """Processes that ask at the same time get exactly as many tokens as there are."""
    askers = [make() for _ in range(4)]

    async with asyncio.TaskGroup() as group:
        tries = [
            group.create_task(askers[n % 4].throttle.wait_s("chat", [(7, 60.0)])) for n in range(20)
        ]

    assert sum(one.result() == 0 for one in tries) == 7


async def test_live_text_reaches_who_listens(make: MakeStores) -> None:
    """What is published reaches every listener of that platform, and no other."""
    one, other = make(), make()
    slack = Live(slot="s0", chat=ChatRef(platform="slack", chat_id="C"), text="not for us")
    live = Live(slot="s1", chat=CHAT, text="It looks like …")

    async def first(stores: Stores) -> Live:
        stream = cast("AsyncGenerator[Live, None]", stores.live.listen("telegram"))
        async with aclosing(stream):
            return await anext(stream)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        heard = [group.create_task(first(stores)) for stores in (one, other)]
        while not all(task.done() for task in heard):
            await one.live.publish(slack)
            await one.live.publish(live)
            await asyncio.sleep(0.02)

    assert [task.result() for task in heard] == [live, live]


async def test_live_text_without_a_listener_is_dropped(stores: Stores) -> None:
    """Nobody has to listen."""
    await stores.live.publish(Live(slot="s1", chat=CHAT, text="x"))


@pytest.mark.parametrize("text", ["", "ünïcödé", "x" * 100_000, 'quote " and \\ and \x00'])
async def test_values_come_back_as_they_were(stores: Stores, text: str) -> None:
    """A drawer gives back what was put in."""
    await stores.drawer.put("k", text)

    assert await stores.drawer.get("k") == text


async def test_one_entry_of_a_board_can_be_taken_back(stores: Stores) -> None:
    """Taking back removes one slot's entry and no other; repeating it changes nothing."""
    await stores.board.post("assistant", reply("a"))
    await stores.board.post("assistant", reply("b"))

    await stores.board.take_back(CHAT, "a")
    await stores.board.take_back(CHAT, "a")

    assert [entry.slot for entry in await stores.board.read(CHAT)] == ["b"]
