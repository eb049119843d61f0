"""The small parts of the web chat, and the promises that its page's files keep."""

import asyncio
import re
from pathlib import Path

import pytest

import bots.web_chat
from bots.web_chat.lives import Lives
from bots.web_chat.sessions import Session, Sessions
from bots.web_chat.signing import Signer
from bots.web_chat.strings import KEYS, MARKS
from bots.web_chat.wire import pressed_command, slash_command
from core.adapters.memory_extras import MemoryDrawer
from core.domain.messages import ChatRef, Command
from core.domain.replies import Live, Reply
from core.words import Words
from tests.bots.web.scripted import LOCALES

STATIC = Path(bots.web_chat.__file__).with_name("static")
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
CHAT = ChatRef(platform="web", chat_id="s", thread_id="1")


class Hands:
    """A clock whose hands a test moves."""

    at_s = 1_000_000.0

    def now_s(self) -> float:
        return self.at_s


def signer(clock: Hands, key: bytes = b"sixteen bytes or more") -> Signer:
    """Return a signer whose time a test moves."""
    return Signer(key, max_age_s=100, now_s=clock.now_s)


def test_a_sealed_value_opens_for_its_purpose_and_its_time_only() -> None:
    """Another purpose, another key, a changed letter or too much age opens nothing."""
    clock = Hands()
    ours = signer(clock)
    sealed = ours.seal("cookie", "value")
    assert ours.unseal("cookie", sealed) == "value"
    assert ours.unseal("other", sealed) is None
    assert signer(clock, b"another key of bytes").unseal("cookie", sealed) is None
    assert ours.unseal("cookie", sealed.replace("value", "valve")) is None
    assert all(ours.unseal("cookie", junk) is None for junk in ("", "~", "a~b~c", "~1~x"))
    clock.at_s += 101
    assert ours.unseal("cookie", sealed) is None


async def test_a_slow_tab_skips_to_the_latest_text() -> None:
    """Texts that were overtaken are not kept for anybody."""
    lives = Lives()
    with lives.watch(CHAT) as watcher:
        for text in ("a", "ab", "abc"):
            lives.publish(Live(slot="x", chat=CHAT, text=text))
        assert [live.text for live in await watcher.take()] == ["abc"]


async def test_a_settled_answer_is_forgotten() -> None:
    """Once the whole answer is there, a new tab hears nothing of its making."""
    lives = Lives()
    lives.publish(Live(slot="x", chat=CHAT, text="a"))
    lives.settle(Reply(slot="x", chat=CHAT, blocks=()))
    with lives.watch(CHAT) as watcher, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await watcher.take()


async def test_a_session_survives_in_the_drawer() -> None:
    """Language, consent and cases come back as they were."""
    sessions = Sessions(MemoryDrawer(), Hands(), ttl_s=100)
    async with sessions.change("s") as session:
        session.agreed = True
        session.open_case(5.0)
        session.touch(1, "  It   itches " + "x" * 100, 7.0)
    loaded = await sessions.load("s")
    assert (loaded.agreed, loaded.cases[0].updated_s) == (True, 7.0)
    assert loaded.cases[0].title.startswith("It itches xxx")
    assert len(loaded.cases[0].title) == 60


async def test_two_tabs_that_change_a_session_lose_nothing() -> None:
    """Changes of one session happen one after the other."""
    sessions = Sessions(MemoryDrawer(), Hands(), ttl_s=100)

    async def open_one() -> None:
        async with sessions.change("s") as session:
            await asyncio.sleep(0)
            session.touch(session.open_case(0.0).number, "words", 0.0)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(10):
            tasks.create_task(open_one())
    assert [case.number for case in (await sessions.load("s")).cases] == list(range(1, 11))


def test_numbers_of_cases_are_never_used_twice() -> None:
    """After everything was deleted, the next case has a new number: old tabs find nothing."""
    session = Session()
    session.open_case(0.0)
    session.cases.clear()
    assert session.open_case(0.0).number == 2


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/help", Command(name="help")),
        (" /reference  ring worm ", Command(name="reference", argument="ring worm")),
        ("/new@skin_bot", Command(name="new")),
        ("/Help", None),
        ("a/b", None),
        ("/", None),
        ("hello", None),
    ],
)
def test_a_slash_command_is_recognised(text: str, command: Command | None) -> None:
    """A message that begins with a slash and a word is a command; anything else is text."""
    assert slash_command(text) == command


def test_a_button_fits_into_its_bytes() -> None:
    """48 bytes together pass, 49 do not."""
    assert pressed_command("draw", "x" * 44) == Command(name="draw", argument="x" * 44)
    assert pressed_command("draw", "x" * 45) is None


@pytest.mark.parametrize("locale", ["en", "es"])
def test_every_sentence_of_the_page_is_in_every_language(locale: str) -> None:
    """No reader meets a sentence in another language, or a mark that nobody fills in."""
    words = Words(LOCALES)
    assert [key for key in KEYS if not words.has(locale, key)] == []
    for key, names in MARKS.items():
        text = words.text(locale, key, register="lay", **{n: f"{{{n}}}" for n in names})
        assert all(f"{{{name}}}" in text for name in names)


def test_the_page_uses_the_sentences_it_gets_and_no_other() -> None:
    """Scripts and page name only known keys, and no key is sent for nothing."""
    sources = "".join(p.read_text() for p in (*SCRIPTS, STATIC / "index.html"))
    used = set(re.findall(r"\bweb-[a-z0-9-]+[a-z0-9]", sources)) - {"web-error-access"}
    stems = {"web-level", "web-severity", "web-theme", "web-hero", "web-words"}
    known = set(KEYS)
    assert used - known - stems == set()
    built = {key for key in known if key.startswith(tuple(f"{stem}-" for stem in stems))}
    assert known - used - built == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_turns_text_into_html_or_code(path: Path) -> None:
    """Nothing that anybody wrote can become markup: there is no such call in the page."""
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|Function\("
    assert re.findall(sinks, path.read_text()) == []


def test_nothing_is_fetched_from_elsewhere() -> None:
    """Page, styles and scripts name no address but their own."""
    for path in STATIC.rglob("*.*"):
        text = path.read_text().replace("http://www.w3.org/", "")
        assert re.findall(r"(?:https?:)?//[a-z0-9]+\.[a-z]", text) == [], path
