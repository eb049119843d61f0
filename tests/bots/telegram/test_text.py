"""Texts are formatted by entities, measured in UTF-16 and cut at sentence ends."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.telegram_bot.buttons import decode, encode, keyboard
from bots.telegram_bot.markdown import rich
from bots.telegram_bot.rendering import Album, Carrier, plan
from bots.telegram_bot.richtext import MAX_ENTITIES, RichText, Span, width
from bots.telegram_bot.splitting import pages
from core.domain.messages import BlobKey, Command
from core.domain.replies import Button, Gallery, Paragraph
from tests.bots.telegram.harness import picture, reply
from tests.bots.telegram.loopback.rules import units

TEXTS = st.text(alphabet=st.sampled_from("ab c.\n!?é🙂👩‍🔬日。*_`#-"), max_size=400)


@given(TEXTS)
def test_width_is_what_telegram_counts(text: str) -> None:
    """The width of a text is its number of UTF-16 code units."""
    assert width(text) == units(text)


@given(TEXTS, st.integers(4, 60))
def test_pages_lose_nothing_and_fit(text: str, limit: int) -> None:
    """Split pages hold all characters but white space, in order, each within the limit."""
    found = pages(rich(text), limit)
    assert all(0 < width(page.text) <= limit for page in found)
    bare = re.sub(r"\s", "", rich(text).text)
    assert "".join(re.sub(r"\s", "", page.text) for page in found) == bare


@given(TEXTS, st.integers(4, 60))
def test_styles_survive_the_split(text: str, limit: int) -> None:
    """Every character that is not white space keeps its styles, and entities stay in bounds."""
    whole = rich(text)
    assert "".join(styled(whole)) == "".join(
        mark for p in pages(whole, limit) for mark in styled(p)
    )
    for page in pages(whole, limit):
        for entity in page.entities():
            assert 0 <= entity.offset < entity.offset + entity.length <= width(page.text)


def styled(text: RichText) -> list[str]:
    """Return each visible character with the styles over it."""
    return [
        f"{char}{sorted(s.style for s in text.spans if s.start <= at < s.end)}"
        for at, char in enumerate(text.text)
        if not char.isspace()
    ]


def test_a_cut_falls_on_a_sentence_end() -> None:
    """Paragraphs first, then sentences, then words, then characters."""
    text = RichText("One is here. Two is there. " + "x" * 30)
    assert [page.text for page in pages(text, 30)] == ["One is here. Two is there.", "x" * 30]
    assert [page.text for page in pages(RichText("word " * 4), 11)] == ["word word", "word word"]
    assert [page.text for page in pages(RichText("a" * 25), 10)] == ["a" * 10, "a" * 10, "a" * 5]
    assert [page.text for page in pages(RichText("🙂" * 5), 5)] == ["🙂🙂", "🙂🙂", "🙂"]


def test_a_page_holds_no_more_entities_than_telegram_shows() -> None:
    """Formatting beyond a hundred entities moves to the next page instead of vanishing."""
    found = pages(rich("**a** " * (MAX_ENTITIES + 20)))
    assert [len(page.spans) for page in found] == [MAX_ENTITIES, 20]


@pytest.mark.parametrize(
    ("text", "plain", "spans"),
    [
        ("**bold** and *it*", "bold and it", [(0, 4, "bold"), (9, 11, "italic")]),
        ("a `code` b", "a code b", [(2, 6, "code")]),
        ("# Title", "Title", [(0, 5, "bold")]),
        ("- one\n* two", "• one\n• two", []),
        ("2*3*4 snake_case_name **open", "2*3*4 snake_case_name **open", []),
        ("<b>&amp;</b>", "<b>&amp;</b>", []),
    ],
)
def test_light_markdown(text: str, plain: str, spans: list[tuple[int, int, str]]) -> None:
    """What models write becomes formatting; what only looks like it stays as it is."""
    found = rich(text)
    assert found.text == plain
    assert [(s.start, s.end, s.style) for s in found.spans] == spans


@given(st.from_regex(r"[a-z_]{1,16}", fullmatch=True), st.text("abc123.-|", max_size=32))
def test_buttons_say_all_they_mean(name: str, argument: str) -> None:
    """Any command of at most 48 bytes survives the way through callback data."""
    command = Command(name=name, argument=argument)
    assert decode(encode(command)) == command
    assert len(encode(command).encode()) <= 64


@pytest.mark.parametrize("data", [None, "", "1", "1|", "2|stop|", "x" * 64, "1|UPPER|", "stop"])
def test_unknown_callback_data_is_no_command(data: str | None) -> None:
    """Data of another version or form is recognised as such."""
    assert decode(data) is None


def test_a_keyboard_reads_in_order_and_leaves_out_what_cannot_work() -> None:
    """Short labels share a row, long ones stand alone, oversized data is left out."""
    stop = Command(name="stop")
    labels = ["Another", "Milder", "More severe", "x" * 40, "OK"]
    buttons = [Button(label=label, command=stop) for label in labels]
    buttons.append(Button(label="bad", command=Command(name="stop", argument="y" * 70)))
    made = keyboard(buttons)
    assert made is not None
    rows = [[key.text for key in row] for row in made.inline_keyboard]
    assert rows == [["Another", "Milder"], ["More severe"], ["x" * 40], ["OK"]]
    assert keyboard([]) is None


def test_a_plan_has_carriers_and_albums() -> None:
    """Many pictures become albums of at most ten; long captions go on below; empty stays empty."""
    many = Gallery(pictures=tuple(picture(BlobKey(str(n)), "c") for n in range(11)))
    found = plan(reply("Words.", many, "More."))
    kinds = [type(part).__name__ for part in found]
    assert kinds == ["Carrier", "Album", "Carrier", "Carrier"]
    one = Gallery(pictures=(picture(BlobKey("x"), "A long caption. " * 100),))
    first, second = plan(reply(one))
    assert isinstance(first, Carrier)
    assert isinstance(second, Carrier)
    assert width(first.text.text) <= 1024
    assert second.file is None
    two = Gallery(pictures=many.pictures[:2])
    assert [type(p) for p in plan(reply(two))] == [Album]
    assert [type(p) for p in plan(reply(two), placed=True)] == [Album, Carrier]
    assert plan(reply(Paragraph(text="  "))) == ()
    quiet = plan(reply(Paragraph(text="Small print.", quiet=True)))[0]
    assert isinstance(quiet, Carrier)
    assert quiet.text.spans == (Span(start=0, end=12, style="italic"),)
