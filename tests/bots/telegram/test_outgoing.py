"""Replies become messages: whole, once, and in place."""

import pytest

from bots import GiveUp, TryLater
from bots.telegram_bot.media import grey_png
from core.domain.messages import CaseId, ChatRef, Command
from core.domain.replies import Button, Download, Gallery, Heading, NextStep, Possibility, Ranking
from tests.bots.telegram.harness import ANN, Bench, ledger, png, reply
from tests.bots.telegram.loopback import BotApi, Fault
from tests.signing import SIGNER

STOP = Button(label="Stop", command=Command(name="stop"))
GROUP = -100700


async def test_a_placeholder_becomes_the_answer(bench: Bench, api: BotApi) -> None:
    """The answer is an edit of the placeholder, and the Stop button is gone with it."""
    book = ledger()
    async with bench.serving() as bot:
        await bot.show(reply("Looking.", stage="waiting", buttons=(STOP,)), book)
        (shown,) = api.world.chat(ANN).visible()
        assert [b["text"] for b in shown.buttons] == ["Stop"]
        await bot.show(reply(Heading(text="I see"), "A red ring."), book)
    (shown,) = api.world.chat(ANN).visible()
    assert shown.looks == ["Looking.", "I see\n\nA red ring."]
    assert shown.buttons == []


async def test_showing_again_changes_nothing(bench: Bench, api: BotApi) -> None:
    """A reply that is delivered twice, even by another process, is visible once."""
    book = ledger()
    answer = reply("Words.", Gallery(pictures=(await bench.picture(), await bench.picture())))
    for _ in range(2):
        async with bench.serving() as bot:
            await bot.show(answer, book)
            await bot.show(answer, book)
    assert api.world.chat(ANN).texts() == ["Words.", "A picture", "A picture"]


async def test_a_reply_without_placeholder_is_anchored_first(bench: Bench, api: BotApi) -> None:
    """When the answer to a send is lost, what was sent twice is three dots, never the content."""
    book = ledger()
    api.faults.add("sendMessage", Fault(kind="lost"))
    async with bench.serving() as bot:
        with pytest.raises(TryLater) as later:
            await bot.show(reply("Your cases."), book)
        assert not later.value.spent
        with pytest.raises(TryLater):  # to look for what comes late
            await bot.show(reply("Your cases."), book)
        await bot.show(reply("Your cases."), book)
    assert api.world.chat(ANN).texts() == ["…", "Your cases."]


@pytest.mark.parametrize("kind", ["lost", "dropped", "bad_gateway"])
async def test_a_broken_edit_is_repeated(bench: Bench, api: BotApi, kind: str) -> None:
    """Whether or not an edit arrived, repeating it ends in the same message."""
    book = ledger()
    api.faults.add("editMessageText", Fault(kind=kind))  # type: ignore[arg-type]
    async with bench.serving() as bot:
        await bot.show(reply("Wait.", stage="waiting"), book)
        with pytest.raises(TryLater):
            await bot.show(reply("Whole."), book)
        await bot.show(reply("Whole."), book)
    assert api.world.chat(ANN).texts() == ["Whole."]


async def test_long_answers_are_split_and_nothing_is_cut(bench: Bench, api: BotApi) -> None:
    """Every sentence of a long answer arrives, in order, in messages of legal length."""
    sentences = [f"Sentence {n} has an emoji 🙂 and ends here." for n in range(400)]
    book = ledger()
    async with bench.serving() as bot:
        await bot.show(reply("Wait.", stage="waiting"), book)
        await bot.show(reply(" ".join(sentences), buttons=(STOP,)), book)
    texts = api.world.chat(ANN).texts()
    assert len(texts) > 3
    assert " ".join(texts) == " ".join(sentences)
    assert all(text.endswith("here.") for text in texts)
    buttons = [bool(shown.buttons) for shown in api.world.chat(ANN).visible()]
    assert buttons == [False] * (len(texts) - 1) + [True]


async def test_a_shorter_reply_removes_what_is_left_over(bench: Bench, api: BotApi) -> None:
    """Replacing a long answer by a short one leaves no second half behind."""
    book = ledger()
    async with bench.serving() as bot:
        await bot.show(reply("Long words. " * 600), book)
        await bot.show(reply("Short."), book)
        assert api.world.chat(ANN).texts() == ["Short."]
        await bot.show(reply(), book)
        assert api.world.chat(ANN).texts() == []


async def test_pictures_come_as_an_album_with_captions(bench: Bench, api: BotApi) -> None:
    """Two to ten pictures are one album below the words, which carry the buttons."""
    pictures = tuple([await bench.picture(f"Synthetic {n}") for n in range(3)])
    book = ledger()
    async with bench.serving() as bot:
        await bot.show(reply("Drawing.", stage="waiting"), book)
        await bot.show(reply(Gallery(pictures=pictures), buttons=(STOP,)), book)
    words, *album = api.world.chat(ANN).visible()
    assert words.text == "1. Synthetic 0\n2. Synthetic 1\n3. Synthetic 2"
    assert words.buttons
    assert [shown.text for shown in album] == ["Synthetic 0", "Synthetic 1", "Synthetic 2"]
    assert len({shown.raw["media_group_id"] for shown in album}) == 1
    assert "upload_photo" in api.world.chat(ANN).actions


async def test_one_picture_takes_the_place_of_its_placeholder(bench: Bench, api: BotApi) -> None:
    """A single picture is edited into the placeholder, with caption and buttons; once."""
    book = ledger()
    one = reply(Gallery(pictures=(await bench.picture("Outlined"),)), buttons=(STOP,))
    async with bench.serving() as bot:
        await bot.show(reply("Looking closer.", stage="waiting"), book)
        await bot.show(one, book)
    async with bench.serving() as bot:
        await bot.show(one, book)
    (shown,) = api.world.chat(ANN).visible()
    assert (shown.text, len(shown.files), bool(shown.buttons)) == ("Outlined", 1, True)


async def test_a_file_is_sent_as_a_file(bench: Bench, api: BotApi) -> None:
    """An export arrives under its name."""
    blob = await bench.blobs.put(CaseId("c"), b"zip")
    file = Download(blob=blob, media_type="application/zip", name="case.zip", caption="Here.")
    async with bench.serving() as bot:
        await bot.show(reply(file), ledger())
    (shown,) = api.world.chat(ANN).visible()
    assert shown.raw["document"]["file_name"] == "case.zip"
    assert shown.text == "Here."


async def test_a_signed_picture_arrives_byte_for_byte(bench: Bench, api: BotApi) -> None:
    """What Telegram receives as a document is the signed file, not one byte changed."""
    signed = SIGNER.sign(png(), "generated", "demo")
    blob = await bench.blobs.put(CaseId("c"), signed)
    file = Download(blob=blob, media_type="image/png", name="synthetic.png", caption="Signed.")
    async with bench.serving() as bot:
        await bot.show(reply(file), ledger())
    (shown,) = api.world.chat(ANN).visible()
    assert shown.raw["document"]["file_name"] == "synthetic.png"
    assert shown.files == [signed]


async def test_a_picture_that_is_no_photo_for_telegram_goes_as_a_file(
    bench: Bench, api: BotApi
) -> None:
    """A picture of unusual shape is not lost."""
    strip = await bench.picture("Strip", size=(900, 20))
    async with bench.serving() as bot:
        await bot.show(reply(Gallery(pictures=(strip,))), ledger())
        await bot.show(reply(Gallery(pictures=(strip, strip)), slot="t"), ledger())
    assert ["document" in shown.raw for shown in api.world.chat(ANN).visible()] == [True] * 3


async def test_erased_pictures_are_left_out(bench: Bench, api: BotApi) -> None:
    """A reply whose pictures were erased meanwhile still shows its words."""
    pictures = tuple([await bench.picture(f"P{n}") for n in range(2)])
    await bench.blobs.erase(CaseId("c"))
    left = Gallery(pictures=(pictures[0], await bench.picture("P2")))
    async with bench.serving() as bot:
        await bot.show(reply("Words.", Gallery(pictures=pictures)), ledger())
        await bot.show(reply(Gallery(pictures=pictures[:1]), slot="t"), ledger())
        await bot.show(reply(left, slot="u"), ledger())
    assert api.world.chat(ANN).texts() == ["Words.", "P0", "P2"]


async def test_an_empty_reply_takes_everything_back(bench: Bench, api: BotApi) -> None:
    """Texts, albums and files of a slot are deleted; doing it again changes nothing."""
    book = ledger()
    pictures = tuple([await bench.picture(f"P{n}") for n in range(3)])
    async with bench.serving() as bot:
        one = Gallery(pictures=pictures[:1])
        await bot.show(reply("Words.", Gallery(pictures=pictures), one), book)
        assert len(api.world.chat(ANN).visible()) == 5
        await bot.show(reply(), book)
        await bot.show(reply(), book)
    assert api.world.chat(ANN).visible() == []


async def test_what_is_too_old_to_be_deleted_is_emptied(bench: Bench, api: BotApi) -> None:
    """Telegram deletes nothing after two days: words become dots, pictures plain grey."""
    book = ledger()
    async with bench.serving() as bot:
        await bot.show(reply("Words.", Gallery(pictures=(await bench.picture("Mine"),))), book)
        before = [shown.files[:] for shown in api.world.chat(ANN).visible()]
        for shown in api.world.chat(ANN).visible():
            shown.old = True
        await bot.show(reply(), book)
    after = api.world.chat(ANN).visible()
    assert "Words." not in " ".join(shown.text for shown in after)
    assert "Mine" not in " ".join(shown.text for shown in after)
    assert [shown.files[-1:] for shown in after if shown.files] == [[grey_png()]]
    assert before != [shown.files for shown in after]


async def test_a_deleted_message_is_sent_anew(bench: Bench, api: BotApi) -> None:
    """Who deletes the placeholder still gets the answer."""
    book = ledger()
    async with bench.serving() as bot:
        await bot.show(reply("Wait.", stage="waiting"), book)
        api.world.chat(ANN).visible()[0].deleted = True
        await bot.show(reply("Answer."), book)
    assert api.world.chat(ANN).texts() == ["Answer."]


async def test_a_blocked_bot_gives_up(bench: Bench, api: BotApi) -> None:
    """A reply to somebody who blocked the bot is dropped, as is one to a chat that is gone."""
    api.world.chat(ANN).state = "blocked"
    async with bench.serving() as bot:
        with pytest.raises(GiveUp):
            await bot.show(reply("Hello."), ledger())
        gone = ChatRef(platform="telegram", chat_id="999")
        with pytest.raises(GiveUp):
            await bot.show(reply("Hello.", chat=gone), ledger())


async def test_a_group_that_moved_is_followed(bench: Bench, api: BotApi) -> None:
    """When a group became a supergroup, the reply reaches it there, also after a restart."""
    old = api.world.chat(-55, "group")
    old.moved_to = GROUP
    api.world.chat(GROUP)
    there = ChatRef(platform="telegram", chat_id="-55")
    async with bench.serving() as bot:
        with pytest.raises(TryLater):
            await bot.show(reply("Hi.", chat=there), ledger())
        await bot.show(reply("Hi.", chat=there), ledger())
    async with bench.serving() as bot:
        await bot.show(reply("Again.", chat=there, slot="t"), ledger())
    assert api.world.chat(GROUP).texts() == ["Hi.", "Again."]


async def test_topics_are_kept_and_survive_their_end(bench: Bench, api: BotApi) -> None:
    """A reply goes to its topic; when that was deleted, to the group itself."""
    api.world.chat(GROUP).topics.add(9)
    there = ChatRef(platform="telegram", chat_id=str(GROUP), thread_id="9")
    async with bench.serving() as bot:
        await bot.show(reply("One.", chat=there, quotes="77"), ledger())
        api.world.chat(GROUP).topics.clear()
        await bot.show(reply("Two.", chat=there, slot="t"), ledger())
    threads = [shown.raw.get("message_thread_id") for shown in api.world.chat(GROUP).visible()]
    assert threads == [9, None]


async def test_flood_control_holds_one_chat_for_exactly_its_time(bench: Bench, api: BotApi) -> None:
    """A 429 postpones the row unspent by what Telegram said, and no other chat."""
    api.world.chat(502)
    api.faults.add("sendMessage", Fault(kind="flood", seconds=30))
    other = ChatRef(platform="telegram", chat_id="502")
    async with bench.serving() as bot:
        with pytest.raises(TryLater) as first:
            await bot.show(reply("A."), ledger())
        with pytest.raises(TryLater) as second:
            await bot.show(reply("A."), ledger())
        await bot.show(reply("B.", chat=other), ledger())
    assert (first.value.after_s, first.value.spent) == (30, False)
    assert 25 < second.value.after_s <= 30
    assert api.world.chat(502).texts() == ["B."]
    assert api.calls["sendMessage"] == 2
    async with bench.serving() as bot:
        with pytest.raises(TryLater):  # the halt outlives the process
            await bot.show(reply("A."), ledger())


async def test_cards_are_formatted_by_entities(bench: Bench, api: BotApi) -> None:
    """Headings, ranks and next steps look like cards, and no character can break them."""
    rank = Possibility(
        condition_id="x",
        lay_name="Ringworm <b>*_",
        medical_name="Tinea",
        likelihood=0.6,
        words="fits well",
        about="A fungus.",
    )
    step = NextStep(level="emergency", title="Call now", text="Do `it`.", reasons=("Why",))
    async with bench.serving() as bot:
        await bot.show(reply(Ranking(possibilities=(rank,)), step), ledger())
    (shown,) = api.world.chat(ANN).visible()
    assert shown.text == (
        "1. Ringworm <b>*_ (Tinea): fits well\nA fungus.\n\n🚨 Call now\nDo it.\n• Why"
    )
    kinds = sorted(entity["type"] for entity in shown.raw["entities"])
    assert kinds == ["blockquote", "bold", "bold", "code"]


async def test_group_answers_for_one_reader_go_to_the_private_chat(
    bench: Bench, api: BotApi
) -> None:
    """What only one person should read goes to them; the group gets the door as a button."""
    api.world.chat(GROUP)
    aside = reply(
        "Private.",
        chat=ChatRef(platform="telegram", chat_id=str(GROUP)),
        only_for=str(ANN),
        quotes="12",
    )
    async with bench.serving() as bot:
        await bot.show(aside, ledger())
        api.world.chat(ANN).state = "blocked"
        with pytest.raises(GiveUp):
            await bot.show(aside, ledger())
    assert api.world.chat(ANN).texts() == ["Private."]
    (notice,) = api.world.chat(GROUP).visible()
    assert notice.buttons[0]["url"] == "https://t.me/skingen_test_bot?start=group"


async def test_a_download_is_not_uploaded_again_for_a_new_caption(
    bench: Bench, api: BotApi
) -> None:
    """Changing words under a picture changes only the words."""
    book = ledger()
    one = await bench.picture("Before")
    async with bench.serving() as bot:
        await bot.show(reply(Gallery(pictures=(one,))), book)
        await bot.show(reply(Gallery(pictures=(one,)), buttons=(STOP,)), book)
    (shown,) = api.world.chat(ANN).visible()
    assert (len(shown.files), bool(shown.buttons)) == (1, True)
    assert png() == shown.files[0]


async def test_two_pictures_take_turns_in_one_message(bench: Bench, api: BotApi) -> None:
    """A reply that shows another picture, and then the first again, edits the same message."""
    book = ledger()
    outline = await bench.picture("Outline", (64, 48))
    heat = await bench.picture("Heat", (48, 64))
    async with bench.serving() as bot:
        for shown, size in ((outline, (64, 48)), (heat, (48, 64)), (outline, (64, 48))):
            await bot.show(reply(Gallery(pictures=(shown,)), "Words."), book)
            photo, words = api.world.chat(ANN).visible()
            assert (photo.text, photo.files[-1]) == (shown.caption, png(size))
            assert words.text == "Words."
