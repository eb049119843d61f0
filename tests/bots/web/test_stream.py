"""The event stream: nothing lost, nothing twice, whatever the connection does."""

import asyncio
import contextlib

import pytest
from aiohttp.typedefs import URL

from core.domain.errors import StoreUnavailable
from core.domain.messages import ChatRef
from core.domain.replies import Paragraph
from tests.bots.web.client import Visitor, until
from tests.bots.web.scripted import Running, running


def chat_of(site: Running) -> ChatRef:
    """Return the chat of the only visitor's first case."""
    return site.script.received[0].chat


async def test_a_stream_resumes_after_the_last_entry(site: Running, visitor: Visitor) -> None:
    """With ``Last-Event-ID`` or ``?after=`` a browser gets exactly what it has not seen."""
    for number in range(6):
        await site.script.say(chat_of(site), f"slot{number}", Paragraph(text=str(number)))
    everything = await visitor.entries()
    seen = everything[2]["sequence"]
    async with visitor.listening(last_id=seen) as events:
        resumed = [(await anext(events))[1] for _ in everything[3:]]
    assert resumed == everything[3:]
    assert await visitor.entries(after=seen) == everything[3:]


async def test_cutting_the_line_anywhere_loses_nothing(site: Running, visitor: Visitor) -> None:
    """Cut off after every single entry, a browser ends with the same page as one that is not."""
    stop = asyncio.Event()

    async def talk() -> None:
        for number in range(20):
            # A third of them replace what stands in a slot, as answers replace placeholders.
            slot = f"slot{number if number % 3 else 0}"
            await site.script.say(chat_of(site), slot, Paragraph(text=str(number)))
            await asyncio.sleep(0.003)
        stop.set()

    shown: dict[str, str] = {}
    sequences: list[int] = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(talk())
        while not stop.is_set():
            after = sequences[-1] if sequences else 0
            async with visitor.listening(after=after) as events:
                entry = await until(events, "entry")
                shown[entry["slot"]] = entry["blocks"][0]["text"]
                sequences.append(entry["sequence"])
                if entry["blocks"][0]["text"] == "19":
                    break
    whole = {e["slot"]: e["blocks"][0]["text"] for e in await visitor.entries()}
    assert {slot: shown[slot] for slot in whole if slot in shown} == {
        slot: text for slot, text in whole.items() if slot in shown
    }
    assert set(whole) - set(shown) <= {"slot19"}
    assert sequences == sorted(set(sequences))


async def test_a_tab_that_comes_late_sees_the_text_so_far(site: Running, visitor: Visitor) -> None:
    """After a reload in mid-stream the placeholder and the text in the making are there at once."""
    site.script.pace.clear()
    await visitor.send("hello")
    async with visitor.listening() as events:
        waiting = await until(events, "entry", stage="waiting")
        live = await until(events, "live", slot=waiting["slot"])
        assert live["text"]
        site.script.pace.set()
        final = await until(events, "entry", slot=waiting["slot"], stage="final")
    assert final["sequence"] > waiting["sequence"]


async def test_two_tabs_see_the_same(site: Running, visitor: Visitor) -> None:
    """What is said in one tab appears in the other."""
    async with visitor.listening() as one, visitor.listening() as two:
        await visitor.send("hello")
        mine = await until(one, "entry", author="user")
        assert await until(two, "entry", author="user") == mine
    assert len(site.script.received) == 2


async def test_an_answer_names_the_message_that_it_answers(visitor: Visitor) -> None:
    """So that a page can put the two in order even when the answer comes first."""
    await visitor.send("hello")
    entries = await visitor.entries()
    own = next(entry for entry in entries if entry["author"] == "user")
    answer = next(entry for entry in entries if entry["slot"].startswith("turn"))
    assert answer["quotes"] == own["slot"]


async def test_a_store_that_goes_down_ends_the_stream_quietly(
    site: Running, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser is sent away without an error page, and later goes on where it was."""

    async def down(*_: object, **__: object) -> bool:
        raise StoreUnavailable("the store plays dead")

    with monkeypatch.context() as patch:
        patch.setattr(site.services.board, "wait", down)
        async with visitor.listening() as events:
            seen = [name async for name, _ in events]
    assert seen[-1] == "ready"
    await visitor.send("hello")
    assert any(entry["author"] == "user" for entry in await visitor.entries())


async def test_a_restart_is_a_pause_and_nothing_else() -> None:
    """After a restart the same cookie opens the same case, and the stream goes on where it was."""
    async with running() as first, Visitor(first.url) as guest:
        await guest.agreed()
        await guest.send("before")
        seen = (await guest.entries())[-1]["sequence"]
    async with running(after=first) as second, Visitor(second.url) as same:
        same.http.cookie_jar.update_cookies(guest.http.cookie_jar.filter_cookies(URL(first.url)))
        assert (await same.session())["agreed"]
        await same.send("after")
        fresh = await same.entries(after=seen)
    assert [e["blocks"][0]["text"] for e in fresh if e["author"] == "user"] == ["after"]


async def test_a_server_that_stops_ends_its_streams() -> None:
    """A shutdown does not wait for browsers that would listen for ever."""
    async with asyncio.timeout(5), contextlib.AsyncExitStack() as left_open, running() as site:
        guest = await left_open.enter_async_context(Visitor(site.url))
        await guest.session()
        events = await left_open.enter_async_context(guest.listening())
        await until(events, "ready")
