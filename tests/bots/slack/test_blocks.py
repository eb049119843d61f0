"""Everything that is drawn stays within Slack's limits, whatever it says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.slack_bot import blocks, buttons, mrkdwn
from bots.slack_bot.buttons import decode, encode, thread_of
from core.domain.messages import BlobKey, ChatRef, Command
from core.domain.replies import (
    Block,
    Button,
    Download,
    Gallery,
    Heading,
    NextStep,
    Paragraph,
    Picture,
    Possibility,
    Ranking,
    Reply,
)
from tests.bots.slack.loopback import checks
from tests.bots.slack.loopback.world import StoredFile, World

words = st.text(min_size=1, max_size=60)
long_words = st.text(alphabet="ab &<>.\n*_`", min_size=1, max_size=9_000)
pictures = st.builds(
    Picture,
    blob=st.sampled_from([BlobKey("known"), BlobKey("gone")]),
    media_type=st.just("image/png"),
    caption=long_words,
    alt=long_words,
    synthetic=st.booleans(),
)
possibilities = st.builds(
    Possibility,
    condition_id=st.just("x"),
    lay_name=words,
    medical_name=st.text(max_size=40),
    likelihood=st.floats(0, 1),
    words=st.text(max_size=30),
    about=st.text(max_size=300),
)
drawn: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, text=long_words),
    st.builds(Paragraph, text=long_words, quiet=st.booleans()),
    st.builds(Ranking, possibilities=st.lists(possibilities, max_size=8).map(tuple)),
    st.builds(
        NextStep,
        level=st.sampled_from(["emergency", "today", "soon", "routine"]),
        title=st.text(max_size=300),
        text=long_words,
        reasons=st.lists(words, max_size=4).map(tuple),
    ),
    st.builds(Gallery, pictures=st.lists(pictures, min_size=1, max_size=4).map(tuple)),
    st.builds(
        Download,
        blob=st.just(BlobKey("x")),
        media_type=st.just("application/zip"),
        name=st.just("a.zip"),
        caption=words,
    ),
)
pressed = st.builds(
    Button,
    label=st.text(min_size=1, max_size=120),
    command=st.builds(
        Command,
        name=st.sampled_from(["draw", "ask", "rate"]),
        argument=st.sampled_from(["up.1", "down.1", "x", "eczema.3.2.arm"]),
    ),
)
replies = st.builds(
    Reply,
    slot=st.just("s"),
    chat=st.just(ChatRef(platform="slack", chat_id="T:C")),
    blocks=st.lists(drawn, min_size=1, max_size=8).map(tuple),
    buttons=st.lists(pressed, max_size=30).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(reply=replies, rich=st.booleans())
def test_every_reply_fits(reply: Reply, *, rich: bool) -> None:
    """Slack's own models and limits take every page, and the last one has the buttons."""
    world = World()
    world.files["F1"] = StoredFile(id="F1", name="a.png", complete=True)
    found = blocks.pages(reply, {BlobKey("known"): "F1"}, thread="1.2", rich=rich)
    for page in found:
        checks.blocks(world, page.blocks)
        checks.text(page.text)
    everything = [element for page in found for b in page.blocks for element in _values(b)]
    assert len(everything) == len(reply.buttons) or any(
        button.command.name == "rate" for button in reply.buttons
    )


def _values(block: dict[str, object]) -> list[object]:
    elements = block.get("elements", [])
    assert isinstance(elements, list)
    return [e for e in elements if e["type"] in ("button", "feedback_buttons")]


@given(text=long_words, limit=st.integers(20, 3000))
def test_splitting_loses_nothing(text: str, limit: int) -> None:
    """Pieces fit, none ends inside an escape, and together they say the same."""
    pieces = mrkdwn.split(text, limit)
    assert all(0 <= len(piece) <= limit for piece in pieces)
    together = "".join(mrkdwn.unescape(piece) for piece in pieces)
    assert "".join(together.split()) == "".join(text.split())


@given(text=st.text())
def test_escaping_is_undone_by_reading(text: str) -> None:
    """What is escaped reads as it was, mentions and commands of Slack's included."""
    assert mrkdwn.unescape(mrkdwn.escape(text)) == text
    assert "<" not in mrkdwn.escape(text)


def test_a_model_cannot_call_the_channel() -> None:
    """Words of a model that look like a mention of everybody stay words."""
    page = blocks.pages(
        Reply(
            slot="s",
            chat=ChatRef(platform="slack", chat_id="T:C"),
            blocks=(Paragraph(text="<!channel> *hi* <@U1>"),),
        ),
        {},
        thread="",
    )[0]
    assert "&lt;!channel&gt;" in page.text
    assert page.blocks[0]["text"]["text"] == "&lt;!channel&gt; *hi* &lt;@U1&gt;"


@given(name=st.from_regex(r"[a-z]{1,10}", fullmatch=True), argument=st.text(max_size=40))
def test_buttons_read_what_they_wrote(name: str, argument: str) -> None:
    """A command survives its button."""
    command = Command(name=name, argument=argument)
    assert decode(encode(command)) == command


@given(value=st.text())
def test_foreign_values_are_no_commands(value: str) -> None:
    """Whatever stands in a button's value, reading it does not fail."""
    found = decode(value)
    assert found is None or value.startswith("1|")


def test_a_row_names_its_thread() -> None:
    """Buttons say which thread they are for."""
    (row,) = buttons.rows([Button(label="x", command=Command(name="new"))], "1790000000.000001")
    assert thread_of(row["block_id"]) == "1790000000.000001"
    assert thread_of("skingen::0") == ""
    assert thread_of("anything") == ""


def test_a_lone_rating_is_an_ordinary_button() -> None:
    """Only a pair becomes thumbs."""
    lone = Button(label="Helpful", command=Command(name="rate", argument="up.1"))
    (row,) = buttons.rows([lone], "")
    assert row["type"] == "actions"
