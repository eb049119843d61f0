"""What people do on Telegram becomes what the core understands."""

import pytest

from bots.telegram_bot.files import PAUSES_S
from core.domain.messages import ChatRef, Command
from core.domain.replies import Button
from tests.bots.telegram.harness import ANN, CHAT, Bench, ledger, reply
from tests.bots.telegram.loopback import BotApi, Fault
from tests.bots.telegram.loopback.world import BOT, person

GROUP = -100700
BOB = 502
NAME = "@skingen_test_bot"


async def test_a_photo_comes_in_its_largest_size_with_its_words(bench: Bench, api: BotApi) -> None:
    """A photo with a caption is one message, with keys that make it unique."""
    async with bench.serving():
        message = api.world.photo(ANN, b"large", "What is this?", language="es")
        (got,) = await bench.heard()
    assert (got.photos, got.text, got.locale) == ((b"large",), "What is this?", "es")
    assert (got.chat, got.sender.user_id, got.private) == (CHAT, str(ANN), True)
    assert got.message_id == str(message["message_id"])
    assert got.keys[1] == f"telegram:message:{ANN}:{message['message_id']}"
    assert got.keys[0].startswith("telegram:update:")
    assert api.world.chat(ANN).actions == ["typing"]


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.heic", "image/heic"),
        ("a.HEIC", "application/octet-stream"),
        ("a.webp", "image/webp"),
        ("a.png", "image/png"),
        ("a.tiff", "image/tiff"),
        ("photo", "image/jpeg"),
    ],
)
async def test_image_files_count_as_photos(bench: Bench, api: BotApi, name: str, mime: str) -> None:
    """A picture sent as a file is a photo, whatever the phone calls it."""
    async with bench.serving():
        api.world.document(ANN, b"bytes", name, mime, caption="as a file")
        (got,) = await bench.heard()
    assert (got.photos, got.text) == ((b"bytes",), "as a file")


async def test_album_parts_share_their_album(bench: Bench, api: BotApi) -> None:
    """Each part of an album comes by itself and names the album, in order."""
    async with bench.serving():
        for n in range(3):
            api.world.photo(ANN, f"{n}".encode(), "Three" if n == 0 else "", media_group_id="G1")
        got = await bench.heard(3)
    assert [g.album for g in got] == ["telegram:G1"] * 3
    assert [g.photos[0] for g in got] == [b"0", b"1", b"2"]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/new", Command(name="new")),
        ("/reference ring worm", Command(name="reference", argument="ring worm")),
        ("/Help@SkinGEN_test_bot", Command(name="help")),
        ("/start", Command(name="start")),
        ("/start group", Command(name="start")),
        ("/start reference-psoriasis", Command(name="reference", argument="psoriasis")),
        ("/start campaign7", Command(name="start", argument="campaign7")),
        ("/feedback two\nlines", Command(name="feedback", argument="two\nlines")),
    ],
)
async def test_commands_and_deep_links(
    bench: Bench, api: BotApi, text: str, command: Command
) -> None:
    """A slash command is a command; a deep link may carry another one."""
    entity = {"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}
    async with bench.serving():
        api.world.say(ANN, text, entities=[entity])
        (got,) = await bench.heard()
    assert (got.command, got.text) == (command, "")


async def test_an_edited_message_is_a_new_question(bench: Bench, api: BotApi) -> None:
    """A corrected text is read again; an edited photo's new caption is words without the photo."""
    async with bench.serving():
        first = api.world.say(ANN, "Is it dangrous?")
        api.world.push("edited_message", first | {"text": "Is it dangerous?", "edit_date": 99})
        photo = api.world.photo(ANN, b"x", "first caption")
        api.world.push("edited_message", photo | {"caption": "second caption", "edit_date": 99})
        got = await bench.heard(4)
    assert [g.text for g in got] == [
        "Is it dangrous?",
        "Is it dangerous?",
        "first caption",
        "second caption",
    ]
    assert [bool(g.photos) for g in got] == [False, False, True, False]
    assert len({key for g in got for key in g.keys}) == 8


async def test_a_press_is_a_command_and_stops_the_spinner(bench: Bench, api: BotApi) -> None:
    """Buttons work after a restart, since their data says everything."""
    async with bench.serving() as bot:
        again = Button(label="Again", command=Command(name="draw", argument="eczema.3.2.arm"))
        await bot.show(reply("Done.", buttons=(again,)), ledger())
    (shown,) = api.world.chat(ANN).visible()
    async with bench.serving():
        query = api.world.press(ANN, shown, shown.button("Again"))
        (got,) = await bench.heard()
        await api.until(lambda: query in api.methods.answers)
    assert got.command == Command(name="draw", argument="eczema.3.2.arm")
    assert (got.chat, got.private, api.methods.answers[query]) == (CHAT, True, None)


async def test_a_button_of_an_unknown_version_gets_a_kind_sentence(
    bench: Bench, api: BotApi
) -> None:
    """Old buttons never fall silent."""
    async with bench.serving() as bot:
        await bot.show(reply("Hi."), ledger())
        (shown,) = api.world.chat(ANN).visible()
        query = api.world.press(ANN, shown, "99|dance|now")
        await api.until(lambda: query in api.methods.answers)
    assert "too old" in str(api.methods.answers[query])
    assert bench.talk.got == []


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({"voice": {"duration": 1}}, "voice"),
        ({"video": {"duration": 1, "width": 1, "height": 1}}, "video"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "photos and written words"),
        ({"location": {"latitude": 1.0, "longitude": 2.0}}, "photos and written words"),
    ],
)
async def test_what_it_cannot_use_gets_a_sentence(
    bench: Bench, api: BotApi, content: dict[str, dict[str, object]], word: str
) -> None:
    """Voice, video and the like are answered, once even when Telegram delivers again."""
    for kind in ("voice", "video"):
        if kind in content:
            content = {kind: content[kind] | api.world.file(b"x")}
    async with bench.serving():
        message = api.world.message(ANN, **content)
        api.world.push("message", message)
        api.world.push("message", message)
        await bench.confirmed()
    (shown,) = api.world.chat(ANN).visible()
    assert word in shown.text
    assert bench.talk.got == []


async def test_other_files_get_a_sentence_and_their_caption_is_read(
    bench: Bench, api: BotApi
) -> None:
    """A PDF cannot be opened, but the words with it count."""
    async with bench.serving():
        api.world.document(ANN, b"%PDF", "a.pdf", "application/pdf", caption="My report")
        (got,) = await bench.heard()
    assert (got.text, got.photos) == ("My report", ())
    assert "only open pictures" in api.world.chat(ANN).texts()[0]


async def test_a_photo_that_is_too_big_or_gone_gets_a_sentence(bench: Bench, api: BotApi) -> None:
    """Above 20 MB nothing is fetched; what Telegram no longer has is asked for again."""
    async with bench.serving():
        api.world.document(ANN, b"x", "a.png", "image/png", size=20_000_001)
        api.world.photo(ANN, b"y")
        api.world.files.clear()
        await bench.confirmed()
    first, second = api.world.chat(ANN).texts()
    assert "too big" in first
    assert "once more" in second
    assert api.calls["download"] == 0


async def test_a_broken_download_is_tried_again(bench: Bench, api: BotApi) -> None:
    """A connection that breaks once costs nothing but a moment."""
    api.faults.add("download", Fault(kind="dropped"))
    async with bench.serving():
        api.world.photo(ANN, b"whole")
        (got,) = await bench.heard()
    assert got.photos == (b"whole",)
    assert len(PAUSES_S) > 1


async def test_a_slow_photo_holds_up_nobody_else_and_no_stop(bench: Bench, api: BotApi) -> None:
    """While one photo is on its way, other chats are served, and Stop works in the same one."""
    stop = Button(label="Stop", command=Command(name="stop"))
    api.faults.add("download", Fault(kind="hang"))
    async with bench.serving() as bot:
        await bot.show(reply("Wait.", stage="waiting", buttons=(stop,)), ledger())
        api.world.photo(ANN, b"slow")
        await api.until(lambda: api.calls["download"] == 1)
        api.world.say(ANN, "and this?")
        api.world.say(BOB, "hello")
        api.world.press(ANN, api.world.chat(ANN).visible()[0], "1|stop|")
        got = await bench.heard(2)
        assert {g.sender.user_id for g in got} == {str(ANN), str(BOB)}
        assert Command(name="stop") in {g.command for g in got}
        api.faults.release()
        got = await bench.heard(4)
    assert [g.text for g in got[2:]] == ["", "and this?"]


async def test_channel_posts_bots_and_service_messages_are_ignored(
    bench: Bench, api: BotApi
) -> None:
    """Nobody is answered who did not speak to the bot."""
    world = api.world
    async with bench.serving():
        world.push("message", world.message(ANN, chat_id=-100900, text="x") | {"from": BOT})
        service = world.message(ANN, pinned_message=world.message(ANN, text="old"))
        world.push("message", service)
        anonymous = world.message(ANN, chat_id=GROUP, text=f"{NAME} hi")
        world.push("message", anonymous | {"sender_chat": world.chat(GROUP).raw})
        world.allowed = None
        world.chat(-100901, "channel")
        world.push("channel_post", world.message(ANN, chat_id=-100901, text="news"))
        await bench.confirmed()
    assert bench.talk.got == []


async def test_in_groups_only_what_is_addressed_counts_and_it_goes_to_the_private_chat(
    bench: Bench, api: BotApi
) -> None:
    """A question in a group is answered in private; the group gets a button to that chat."""
    world = api.world
    async with bench.serving():
        world.say(ANN, "/start")
        await bench.heard()
        world.say(ANN, "just chatting", chat_id=GROUP)
        world.say(ANN, f"{NAME} is it bad?", chat_id=GROUP)
        got = await bench.heard(2)
        await api.until(lambda: world.chat(GROUP).visible() != [])
    assert (got[1].chat, got[1].text, got[1].private) == (CHAT, "is it bad?", True)
    assert got[1].message_id == ""
    (notice,) = world.chat(GROUP).visible()
    assert "in our private chat" in notice.text
    assert notice.buttons[0]["url"].endswith("?start=group")


async def test_who_never_wrote_in_private_is_asked_there_first(bench: Bench, api: BotApi) -> None:
    """A bot may not write first; so nothing is taken in, and the button opens the chat."""
    async with bench.serving():
        api.world.photo(BOB, b"x", f"{NAME} what is it?", chat_id=GROUP)
        await api.until(lambda: api.world.chat(GROUP).visible() != [])
        await bench.confirmed()
    assert bench.talk.got == []
    assert "ask me there" in api.world.chat(GROUP).texts()[0]


async def test_replies_mentions_commands_and_own_quoted_photos_address_the_bot(
    bench: Bench, api: BotApi
) -> None:
    """In a group set to answer openly, every way of addressing works, and others do not."""
    world = api.world
    mine = world.message(ANN, chat_id=GROUP, text="I am the bot") | {"from": BOT}
    own = world.photo(ANN, b"own", chat_id=GROUP)
    theirs = world.photo(BOB, b"theirs", chat_id=GROUP)
    topic = mine | {"forum_topic_created": {"name": "t", "icon_color": 7322096}}
    async with bench.serving(group_answers="group"):
        world.say(ANN, "an answer", chat_id=GROUP, reply_to_message=mine)
        world.say(ANN, "in a topic", chat_id=GROUP, reply_to_message=topic)
        world.say(ANN, "/help@other_bot", chat_id=GROUP)
        world.say(ANN, "/help@skingen_test_bot", chat_id=GROUP)
        world.say(ANN, f"{NAME} this one", chat_id=GROUP, reply_to_message=own)
        world.say(ANN, f"{NAME} and this", chat_id=GROUP, reply_to_message=theirs)
        mention = {"type": "text_mention", "offset": 0, "length": 3, "user": BOT}
        world.say(ANN, "Bot hi", chat_id=GROUP, entities=[mention])
        world.say(ANN, f"{NAME} here", chat_id=GROUP, message_thread_id=9, is_topic_message=True)
        got = await bench.heard(6)
        await bench.confirmed()
    assert [g.text for g in got] == ["an answer", "", "this one", "and this", "Bot hi", "here"]
    assert [g.photos for g in got if g.photos] == [(b"own",)]
    assert {g.private for g in got} == {False}
    assert got[-1].chat == ChatRef(platform="telegram", chat_id=str(GROUP), thread_id="9")


async def test_an_album_in_a_group_is_ours_when_one_part_names_the_bot(
    bench: Bench, api: BotApi
) -> None:
    """The caption of an album addresses all of it, and there is one notice."""
    async with bench.serving():
        api.world.say(ANN, "/start")
        for n in range(3):
            caption = f"{NAME} look" if n == 0 else ""
            api.world.photo(ANN, b"p", caption, chat_id=GROUP, media_group_id="G2")
        got = await bench.heard(4)
        await bench.confirmed()
    assert [g.album for g in got[1:]] == ["telegram:G2"] * 3
    assert len(api.world.chat(GROUP).visible()) == 1


async def test_a_case_goes_on_when_its_group_moves(bench: Bench, api: BotApi) -> None:
    """After a group became a supergroup, its conversation keeps its old name."""
    world = api.world
    world.chat(-55, "group")
    async with bench.serving(group_answers="group"):
        moved = world.message(ANN, chat_id=-55) | {"migrate_to_chat_id": GROUP}
        world.push("message", moved)
        world.say(ANN, f"{NAME} still here?", chat_id=GROUP)
        (got,) = await bench.heard()
    assert got.chat.chat_id == "-55"


def _membership(api: BotApi, chat_id: int, old: str, new: str) -> None:
    def member(status: str) -> dict[str, object]:
        more = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": BOT} | more

    change = {
        "chat": api.world.chat(chat_id).raw,
        "from": person(ANN),
        "date": 1,
        "old_chat_member": member(old),
        "new_chat_member": member(new),
    }
    api.world.push("my_chat_member", change)


async def test_blocking_closes_the_private_door(bench: Bench, api: BotApi) -> None:
    """Who blocked the bot is not answered in private from a group."""
    async with bench.serving():
        api.world.say(ANN, "/start")
        await bench.heard()
        _membership(api, ANN, "member", "kicked")
        await bench.confirmed()
        api.world.say(ANN, f"{NAME} hello?", chat_id=GROUP)
        await api.until(lambda: api.world.chat(GROUP).visible() != [])
    assert len(bench.talk.got) == 1
    assert "ask me there" in api.world.chat(GROUP).texts()[0]


async def test_it_introduces_itself_to_a_group_once(bench: Bench, api: BotApi) -> None:
    """When it is added, it says how to be addressed, and nothing when it leaves."""
    async with bench.serving():
        _membership(api, GROUP, "left", "member")
        await api.until(lambda: api.world.chat(GROUP).visible() != [])
        _membership(api, GROUP, "member", "left")
        await bench.confirmed()
    (hello,) = api.world.chat(GROUP).texts()
    assert NAME in hello


async def test_only_listed_persons_are_served_where_there_is_a_list(
    bench: Bench, api: BotApi
) -> None:
    """Strangers get their number to hand in; an admin lets them in; blocked ones hear nothing."""
    admin = 900
    async with bench.serving(access="listed", admins=[admin]):
        api.world.say(ANN, "hello")
        await api.until(lambda: api.world.chat(ANN).visible() != [])
        assert str(ANN) in api.world.chat(ANN).texts()[0]
        api.world.say(admin, f"/allow {ANN}")
        await api.until(lambda: api.world.chat(admin).visible() != [])
        api.world.say(ANN, "again")
        await bench.heard()
        api.world.say(admin, f"/block {ANN}")
        await api.until(lambda: len(api.world.chat(admin).visible()) == 2)
        api.world.say(ANN, "once more")
        api.world.say(admin, "/allow nobody")
        api.world.say(admin, "/stats")
        await api.until(lambda: len(api.world.chat(admin).visible()) == 4)
        await bench.confirmed()
    assert [g.text for g in bench.talk.got] == ["again"]
    assert len(api.world.chat(ANN).visible()) == 1
    who, stats = api.world.chat(admin).texts()[2:]
    assert "/allow 123456" in who
    assert "0 allowed, 1 blocked" in stats


async def test_admin_commands_are_ordinary_for_others(bench: Bench, api: BotApi) -> None:
    """Who is no admin gets what the core says about an unknown command."""
    async with bench.serving():
        api.world.say(ANN, "/stats")
        (got,) = await bench.heard()
    assert got.command == Command(name="stats")


async def test_the_menu_is_there_in_every_language(bench: Bench, api: BotApi) -> None:
    """Commands are published per language, with more for admins."""
    async with bench.serving(admins=[900]):
        await api.until(lambda: api.calls["setMyCommands"] == 3)
    menus = api.methods.commands
    assert set(menus) == {
        ("all_private_chats", ""),
        ("all_private_chats", "es"),
        ("chat", ""),
    }
    assert "reference" in menus["all_private_chats", "es"]
    assert "block" in menus["chat", ""]


async def test_parts_of_an_album_are_fetched_together_and_what_follows_waits(
    bench: Bench, api: BotApi
) -> None:
    """One slow part keeps back neither its siblings nor the order of the chat."""
    api.faults.add("download", Fault(kind="hang"))
    async with bench.serving():
        for n in range(3):
            api.world.photo(ANN, f"{n}".encode(), media_group_id="G3")
        api.world.say(ANN, "that was it")
        got = await bench.heard(2)
        assert [g.album for g in got] == ["telegram:G3"] * 2
        await api.until(lambda: api.calls["download"] == 3)
        api.faults.release()
        got = await bench.heard(4)
    assert got[3].text == "that was it"
