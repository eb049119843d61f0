"""A photo goes in; words, a next step and synthetic pictures come out; the dialogue goes on."""

import asyncio
import io
import logging

import pytest
from PIL import Image

from core.adapters.memory import MemoryCases
from core.domain.errors import StoreUnavailable
from core.domain.replies import Gallery, NextStep, Ranking
from tests.e2e.stage import CHAT, PERSON, skin_photo, stage


async def test_nothing_is_stored_before_consent() -> None:
    """A photo sent before consent is answered with the consent card and kept nowhere."""
    async with stage() as bot:
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.finals()))

        assert "do you agree" in bot.frontend.text().lower()
        assert bot.blobs._blobs == {}
        assert await bot.conversation.cases.open_case(CHAT) is None


async def test_photo_is_answered_in_words_then_drawn() -> None:
    """One photo yields findings, a ranking, a next step by rule, and badged pictures."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))

        answer = next(r for r in bot.frontend.finals() if r.slot.endswith(".answer"))
        kinds = [block.kind for block in answer.blocks]
        assert kinds.index("ranking") < kinds.index("next_step")
        ranking = next(b for b in answer.blocks if isinstance(b, Ranking))
        assert 0 < len(ranking.possibilities) <= 6
        assert any(isinstance(b, NextStep) for b in answer.blocks)
        pictures = bot.frontend.galleries()[0].pictures
        assert len(pictures) == 2
        assert all(picture.synthetic for picture in pictures)
        data = await bot.blobs.get(pictures[0].blob)
        assert data is not None
        assert data.startswith(b"\x89PNG")


async def test_follow_up_is_answered_in_the_same_case() -> None:
    """A question after the answer is answered, and both stay in the case in order."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        await bot.say("why do you think so?")
        await bot.until(lambda: sum(r.slot.endswith(".answer") for r in bot.frontend.finals()) == 2)

        head = await bot.conversation.cases.open_case(CHAT)
        assert head is not None
        case = await bot.conversation.cases.load(head.id)
        assert case is not None
        said = [(turn.role, turn.text) for turn in case.turns if turn.role == "user"]
        assert said == [("user", "what is this?"), ("user", "why do you think so?")]


async def test_a_repeated_message_is_dropped() -> None:
    """The same update delivered twice is answered once."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        shown = len(bot.frontend.finals())
        bot.sent -= 1
        await bot.say("what is this?", skin_photo())
        await bot.press("help")
        await bot.until(lambda: len(bot.frontend.finals()) > shown)

        assert len(bot.frontend.finals()) == shown + 1


async def test_album_is_one_turn() -> None:
    """The parts of an album become one turn with all photos and one answer."""
    async with stage() as bot:
        await bot.press("agree")
        for _ in range(3):
            await bot.say("", skin_photo(), album="a1")
        await bot.until(lambda: bool(bot.frontend.galleries()))

        head = await bot.conversation.cases.open_case(CHAT)
        assert head is not None
        case = await bot.conversation.cases.load(head.id)
        assert case is not None
        assert [len(turn.photos) for turn in case.turns if turn.photos] == [3]


async def test_unreadable_photo_gets_a_sentence() -> None:
    """A text file named photo is refused in words and opens no case."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("look", b"this is not a picture")
        await bot.until(lambda: len(bot.frontend.finals()) == 2)

        assert "picture" in bot.frontend.text()
        assert await bot.conversation.cases.open_case(CHAT) is None


async def test_empty_and_endless_messages_get_a_sentence() -> None:
    """Nothing and 20,000 characters are both answered kindly, without a model."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("")
        await bot.say("x" * 20_000)
        await bot.until(lambda: len(bot.frontend.finals()) == 3)

        assert "empty message" in bot.frontend.text()
        assert "too long" in bot.frontend.text()


async def test_reference_draws_by_name() -> None:
    """/reference draws a condition without a photo, and its buttons draw variants."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.press("reference", "psoriasis")
        await bot.until(lambda: len(bot.frontend.galleries()) == 1)
        reply = next(r for r in bot.frontend.finals() if r.slot.endswith(".pictures"))
        milder = next(b for b in reply.buttons if b.command.argument.endswith(".1.arm"))
        await bot.press(milder.command.name, milder.command.argument)
        await bot.until(lambda: len(bot.frontend.galleries()) == 2)

        assert all(len(f"{b.command.name}{b.command.argument}") <= 48 for b in reply.buttons)


async def test_delete_erases_everything() -> None:
    """/delete asks once, erases case, photos and consent, and hands out a receipt."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        await bot.press("delete")
        await bot.press("delete", "yes")
        await bot.until(lambda: "Receipt" in bot.frontend.text())

        assert bot.blobs._blobs == {}
        assert await bot.conversation.cases.cases_of(PERSON) == ()
        assert await bot.conversation.cases.profile(PERSON) == {}


async def test_delete_takes_back_every_message(caplog: pytest.LogCaptureFixture) -> None:
    """What was shown, in cases and outside, is taken back after the receipt, each message once."""
    caplog.set_level(logging.INFO)
    async with stage() as bot:
        await bot.press("agree")
        await bot.press("help")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        await bot.press("delete")
        await bot.until(lambda: "cannot be undone" in bot.frontend.text())
        slots = {reply.slot for reply in bot.frontend.shown}
        before = len(bot.frontend.shown)
        await bot.press("delete", "yes")
        await bot.until(lambda: len(bot.frontend.shown) == before + len(slots) + 1)

        receipt, *gone = bot.frontend.shown[before:]
        assert [reply.blocks for reply in gone] == [()] * len(slots)
        assert {reply.slot for reply in gone} == slots
        number = bot.frontend.text().partition("Receipt: ")[2].split()[0].rstrip(".")
        assert number in str(receipt.blocks)
        (logged,) = [record for record in caplog.records if record.message == "erased"]
        assert vars(logged)["receipt"] == number
        await bot.press("delete", "yes")
        await bot.until(lambda: "nothing to erase" in bot.frontend.text())
        assert bot.state.shown == {}


async def test_an_interrupted_deletion_still_says_what_was_erased(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When the store goes away right before the receipt, the next try counts what was erased."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        with monkeypatch.context() as broken:
            broken.setattr(MemoryCases, "accept", _away)
            with pytest.raises(StoreUnavailable):
                await bot.press("delete", "yes")
        assert await bot.conversation.cases.cases_of(PERSON) == ()
        await bot.press("delete", "yes")
        await bot.until(lambda: "Receipt" in bot.frontend.text())

        assert "Done. 6 items are erased." in bot.frontend.text()
        assert await bot.conversation.cases.profile(PERSON) == {}


async def _away(*_: object) -> str:
    raise StoreUnavailable("away")


async def test_an_album_that_comes_in_during_delete_is_dropped() -> None:
    """Photos that wait for the rest of their album when everything is erased go with it."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("", skin_photo(), album="a1")
        assert bot.blobs._blobs
        await bot.press("delete", "yes")
        async with asyncio.timeout(20):
            while bot.blobs._blobs:  # noqa: ASYNC110 - the stage closes albums by itself
                await asyncio.sleep(0.1)

        assert await bot.conversation.cases.cases_of(PERSON) == ()


async def test_intake_questions_follow_the_first_answer() -> None:
    """The questions come one at a time in one message and end with thanks."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        for _ in range(4):
            question = [r for r in bot.frontend.finals() if r.slot.endswith(".intake")][-1]
            skip = question.buttons[-1].command
            count = len(bot.frontend.finals())
            await bot.press(skip.name, skip.argument)
            await bot.until(lambda count=count: len(bot.frontend.finals()) > count)  # type: ignore[misc]

        last = [r for r in bot.frontend.finals() if r.slot.endswith(".intake")][-1]
        assert last.buttons == ()
        assert len({r.slot for r in bot.frontend.finals() if r.slot.endswith(".intake")}) == 1


async def test_an_emergency_is_answered_at_once() -> None:
    """Alarm signs in the words bring the emergency card, before consent and before any model."""
    async with stage() as bot:
        await bot.say("I can't breathe and my lips are swelling")
        await bot.until(lambda: bool(bot.frontend.finals()))

        first = bot.frontend.finals()[0].blocks[0]
        assert isinstance(first, NextStep)
        assert first.level == "emergency"
        assert first.reasons


async def test_answers_to_the_intake_can_raise_the_level() -> None:
    """Shortness of breath, chosen by button, brings an urgent card into the next question."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        count = len(bot.frontend.finals())
        await bot.press("intake", "illness.shortness-of-breath")
        await bot.until(lambda: len(bot.frontend.finals()) > count)

        card = bot.frontend.finals()[-1].blocks[0]
        assert isinstance(card, NextStep)
        assert card.level in {"emergency", "today"}


async def test_a_corrected_skin_tone_is_remembered() -> None:
    """A tone chosen by button is drawn at once, and for every later picture of the case."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.press("reference", "acne")
        await bot.until(lambda: len(bot.frontend.galleries()) == 1)
        await bot.press("tones", "acne.3.2.arm")
        await bot.until(lambda: any(len(r.buttons) == 6 for r in bot.frontend.finals()))
        menu = next(r for r in bot.frontend.finals() if len(r.buttons) == 6)
        assert all(button.command.name == "tone" for button in menu.buttons)
        await bot.press(menu.buttons[5].command.name, menu.buttons[5].command.argument)
        await bot.until(lambda: len(bot.frontend.galleries()) == 2)
        await bot.press("reference", "eczema")
        await bot.until(lambda: len(bot.frontend.galleries()) == 3)

        captions = [picture.caption for picture in bot.frontend.galleries()[2].pictures]
        assert all("dark" in caption for caption in captions)


async def test_the_skin_of_minors_is_neither_looked_at_nor_kept() -> None:
    """A message about a child is refused kindly, photo and all."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("I am 14, what is this rash?", skin_photo())
        await bot.until(lambda: len(bot.frontend.finals()) == 2)

        assert "adults" in bot.frontend.text()
        assert bot.blobs._blobs == {}


async def test_a_refusal_stands_beside_the_answer_to_a_photo() -> None:
    """A photo with a question about doses is looked at, and the dose is refused."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("how many mg of prednisone should I take?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))

        assert "do not name doses" in bot.frontend.text()
        assert any(reply.slot.endswith(".answer") for reply in bot.frontend.finals())


async def test_the_photo_comes_back_with_the_area_outlined() -> None:
    """After the answer, the person's own photo shows what was looked at; it is not synthetic."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))

        outline = next(r for r in bot.frontend.finals() if r.slot.endswith(".outline"))
        (picture,) = [p for b in outline.blocks if isinstance(b, Gallery) for p in b.pictures]
        assert not picture.synthetic
        data = await bot.blobs.get(picture.blob)
        assert data is not None
        assert data.startswith(b"\xff\xd8")


async def test_stored_photos_hold_no_trace_of_where_they_were_taken() -> None:
    """The bytes in the store have no metadata, whatever the camera wrote."""
    photo = Image.open(io.BytesIO(skin_photo()))
    exif = photo.getexif()
    exif[0x010F] = "CameraMaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 24.0)})
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif, comment=b"somewhere")
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", out.getvalue())
        await bot.until(lambda: bool(bot.frontend.galleries()))

        assert b"CameraMaker" in out.getvalue()
        stored = [data for _, data in bot.blobs._blobs.values()]
        assert stored
        assert not any(mark in data for data in stored for mark in (b"CameraMaker", b"somewhere"))
        jpegs = [data for data in stored if data.startswith(b"\xff\xd8")]
        assert all(not Image.open(io.BytesIO(data)).getexif() for data in jpegs)
