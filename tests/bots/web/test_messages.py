"""What a person sends arrives once, within limits, and shows up on the board."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from core.domain.messages import Command
from tests.bots.web.client import Visitor, new_key, until
from tests.bots.web.scripted import Running, running, skin

PHOTO = skin(form="JPEG", size_px=128)


async def test_a_photo_with_words_becomes_one_message(site: Running, visitor: Visitor) -> None:
    """The core gets the original bytes, the session as person, and the case as thread."""
    status, _ = await visitor.send("It itches", PHOTO, PHOTO)
    got = site.script.received[-1]
    assert status == 202
    assert (got.text, got.photos) == ("It itches", (PHOTO, PHOTO))
    assert got.chat.thread_id == "1"
    assert got.chat.chat_id == got.sender.user_id


async def test_nothing_is_taken_before_the_consent(site: Running) -> None:
    """A message before the card was accepted is refused and not stored anywhere."""
    async with Visitor(site.url) as guest:
        await guest.session()
        status, body = await guest.send("It itches", PHOTO)
        assert (status, body["code"]) == (409, "web-error-consent")
        assert await guest.entries() == []
    assert site.script.received == []


async def test_the_same_message_twice_is_one_message(site: Running, visitor: Visitor) -> None:
    """A browser that heard no answer sends again; nothing appears twice."""
    key = new_key()
    before = len(site.script.received)
    for _ in range(2):
        assert (await visitor.send("hello", key=key))[0] == 202
    own = [entry for entry in await visitor.entries() if entry["author"] == "user"]
    assert (len(site.script.received) - before, len(own)) == (1, 1)


async def test_a_store_that_is_down_loses_nothing(site: Running, visitor: Visitor) -> None:
    """The message is not acknowledged, not shown, and arrives when it is sent again."""
    key = new_key()
    site.script.failing = True
    assert (await visitor.send("hello", key=key))[0] == 503
    assert [e for e in await visitor.entries() if e["author"] == "user"] == []
    site.script.failing = False
    assert (await visitor.send("hello", key=key))[0] == 202
    assert [e["slot"] for e in await visitor.entries() if e["author"] == "user"] == [f"user.{key}"]


async def test_a_large_photo_is_refused_while_it_comes_in() -> None:
    """Reading stops at the limit; the rest of the file is never taken into memory."""
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--edge\r\nContent-Disposition: form-data; name="photo"; filename="p"\r\n\r\n'
        for _ in range(1000):
            await asyncio.sleep(0)
            sent += 65_536
            yield bytes(65_536)

    async with running(max_photo_bytes=200_000) as site, Visitor(site.url) as guest:
        await guest.agreed()
        headers = {"X-CSRF-Token": guest.csrf, "Content-Type": "multipart/form-data; boundary=edge"}
        path = "/api/cases/1/messages"
        async with guest.http.post(path, data=body(), headers=headers) as response:
            assert (response.status, (await response.json())["code"]) == (
                413,
                "web-error-upload-size",
            )
        assert sent < 1000 * 65_536
        assert all(not incoming.photos for incoming in site.script.received)


async def test_a_message_has_limits() -> None:
    """Too many photos, or too many bytes in all, are refused with a sentence."""
    async with running(max_photos=2, max_upload_bytes=20_000) as site, Visitor(site.url) as guest:
        await guest.agreed()
        assert (await guest.send("", b"a", b"b", b"c"))[1]["code"] == "web-error-photo-count"
        assert (await guest.send("", b"a" * 15_000, b"b" * 15_000))[0] == 413
        assert (await guest.send("", b"a", b"b"))[0] == 202


@pytest.mark.parametrize("key", ["", "short", "with space", "x" * 65])
async def test_a_message_needs_a_proper_key(visitor: Visitor, key: str) -> None:
    """Without an idempotency key a message could not be sent again safely."""
    form = aiohttp.FormData({"key": key, "text": "hello"}, default_to_multipart=True)
    headers = {"X-CSRF-Token": visitor.csrf}
    path = "/api/cases/1/messages"
    async with visitor.http.post(path, data=form, headers=headers) as response:
        assert response.status in {400, 413}


async def test_an_empty_message_is_refused(visitor: Visitor) -> None:
    """There must be a word or a photo."""
    assert (await visitor.send("  "))[1]["code"] == "web-error-empty"


async def test_a_photo_without_preview_becomes_a_tile(visitor: Visitor) -> None:
    """What the browser cannot draw, such as HEIC, is sent all the same and shown neutrally."""
    await visitor.send("", b"heic bytes", previews=(b"",))
    entry = next(e for e in await visitor.entries() if e["author"] == "user")
    assert entry["blocks"][0]["pictures"] == [
        {"url": None, "caption": "", "alt": "Your photo", "synthetic": False}
    ]


async def test_a_preview_that_is_no_jpeg_is_dropped(visitor: Visitor) -> None:
    """Only what the page itself draws is kept for showing."""
    await visitor.send("", PHOTO, previews=(b"<svg onload=alert(1)>",))
    entry = next(e for e in await visitor.entries() if e["author"] == "user")
    assert entry["blocks"][0]["pictures"][0]["url"] is None


async def test_a_typed_command_is_a_command(site: Running, visitor: Visitor) -> None:
    """``/reference ringworm`` reaches the core as name and argument."""
    await visitor.send("/reference ringworm")
    assert site.script.received[-1].command == Command(name="reference", argument="ringworm")


async def test_a_pressed_question_reads_like_something_said(
    site: Running, visitor: Visitor
) -> None:
    """The transcript shows the button's words, looked up here and not taken from the browser."""
    await visitor.send("", PHOTO)
    answer = next(e for e in await visitor.entries() if e["slot"].startswith("turn"))
    await visitor.press("ask", "1", slot=answer["slot"])
    own = [entry for entry in await visitor.entries() if entry["author"] == "user"]
    assert own[-1]["blocks"][0]["text"] == "Why do you think so?"
    assert site.script.received[-1].command == Command(name="ask", argument="1")


@pytest.mark.parametrize(
    ("name", "argument"), [("Draw", ""), ("", ""), ("draw", "x" * 60), (7, ""), ("draw", None)]
)
async def test_a_malformed_button_is_refused(
    visitor: Visitor, name: object, argument: object
) -> None:
    """Names are short lower-case words, and name and argument fit into 48 bytes."""
    body = {"key": new_key(), "name": name, "argument": argument}
    assert (await visitor.post("/api/cases/1/commands", body))[0] == 400


async def test_delete_erases_what_this_frontend_keeps(site: Running, visitor: Visitor) -> None:
    """Boards, previews and the list of cases go; the receipt arrives in a fresh case."""
    await visitor.send("my secret", PHOTO, previews=(PHOTO,))
    entry = next(e for e in await visitor.entries() if e["author"] == "user")
    url = entry["blocks"][0]["pictures"][0]["url"]
    status, body = await visitor.post("/api/delete", {"key": new_key()})
    assert (status, body) == (200, {"number": 2})
    assert site.script.received[-1].command == Command(name="delete", argument="yes")
    session = await visitor.session()
    assert ([case["number"] for case in session["cases"]], session["agreed"]) == ([2], False)
    async with visitor.http.get(url) as response:
        assert response.status == 404
    async with visitor.listening(2) as events:
        receipt = await until(events, "entry")
    assert receipt["blocks"][0]["text"] == "/delete is done."
    chat = site.script.received[-1].chat
    assert [e.author for e in await site.services.board.read(chat)] == ["assistant"]


async def test_a_typed_delete_erases_just_as_much(site: Running, visitor: Visitor) -> None:
    """``/delete yes``, typed or pressed, takes boards and previews with it."""
    for way in ("typed", "pressed"):
        number = (await visitor.session())["cases"][-1]["number"]
        await visitor.press("agree", number=number)
        await visitor.send("my secret", PHOTO, previews=(PHOTO,), number=number)
        if way == "typed":
            status, body = await visitor.send("/delete yes", number=number)
        else:
            status, body = await visitor.press("delete", "yes", number=number)
        assert (status, body["number"]) == (202, number + 1)
        chat = replace(site.script.received[0].chat, thread_id=str(number))
        assert await site.services.board.read(chat) == ()
        assert not (await visitor.session())["agreed"]


async def test_language_is_remembered_and_told(site: Running, visitor: Visitor) -> None:
    """The page and the conversation change together, by menu as by button."""
    status, _ = await visitor.post("/api/locale", {"key": new_key(), "locale": "es", "case": 1})
    assert status == 200
    assert site.script.received[-1].command == Command(name="language", argument="es")
    assert (await visitor.session())["locale"] == "es"
    await visitor.press("language", "en")
    assert (await visitor.session())["locale"] == "en"


async def test_the_register_is_remembered_and_told(site: Running, visitor: Visitor) -> None:
    """Clinicians read clinical words from their next message on; nonsense is refused."""
    assert (await visitor.session())["register"] == "lay"
    status, _ = await visitor.post("/api/register", {"key": new_key(), "register": "clinician"})
    assert status == 200
    assert (await visitor.session())["register"] == "clinician"
    await visitor.send("What is it?")
    assert site.script.received[-1].register == "clinician"
    status, _ = await visitor.post("/api/register", {"key": new_key(), "register": "wizard"})
    assert status == 400


async def test_a_case_can_be_kept_as_one_page(visitor: Visitor) -> None:
    """The page is a download without scripts; what people wrote is text in it."""
    await visitor.send("<script>alert(1)</script>", PHOTO, previews=(PHOTO,))
    async with visitor.http.get("/api/cases/1/export.html") as response:
        page = await response.text()
        assert response.headers["Content-Disposition"] == "attachment; filename=skingen-1.html"
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Tinea corporis" in page
    assert page.count("data:image/") == 4


async def test_cases_are_separate_and_listed(site: Running, visitor: Visitor) -> None:
    """A second case is another thread; an empty one is offered again instead of piling up."""
    await visitor.send("first")
    assert (await visitor.post("/api/cases"))[1] == {"number": 2}
    assert (await visitor.post("/api/cases"))[1] == {"number": 2}
    await visitor.send("second", number=2)
    assert [incoming.chat.thread_id for incoming in site.script.received[-2:]] == ["1", "2"]
    cases = (await visitor.session())["cases"]
    assert [(case["number"], case["title"]) for case in cases] == [(1, "first"), (2, "second")]
