"""What can be drawn is found: page by page, by part of a name, by family."""

from pathlib import Path

import pytest

from core.adapters.memory import MemoryBlobs, MemoryCases, MemoryJobs, MemoryOutbox, MemoryState
from core.adapters.memory_extras import MemoryAlbums
from core.adapters.redis_extras import SystemClock
from core.conversation import CONSENT_VERSION, Conversation
from core.conversation.browsing import PAGE, search
from core.conversation.voice import Voice
from core.domain.messages import ChatRef, Command, Incoming, Person
from core.domain.replies import Button, Paragraph
from core.ontology import load_ontology
from core.words import Words

CONFIG = Path(__file__).parents[2] / "config"
ONTOLOGY = load_ontology(CONFIG / "conditions.toml")
WORDS = Words(CONFIG / "locales")
CHAT = ChatRef(platform="p", chat_id="1")
PERSON = Person(platform="p", user_id="1")


async def _answer(name: str, argument: str = "") -> tuple[list[str], tuple[Button, ...]]:
    state = MemoryState()
    core = Conversation(
        cases=MemoryCases(state),
        blobs=MemoryBlobs(),
        jobs=MemoryJobs(state),
        albums=MemoryAlbums(),
        photos=None,
        words=WORDS,
        ontology=ONTOLOGY,
        clock=SystemClock(),
    )
    await core.cases.set_profile(PERSON, {"consent": CONSENT_VERSION})
    command = Command(name=name, argument=argument)
    await core.receive(Incoming(keys=("k",), chat=CHAT, sender=PERSON, command=command))
    parcel = await MemoryOutbox(state).claim("p", "d", wait_s=0)
    assert parcel is not None
    assert parcel.reply is not None
    texts = [block.text for block in parcel.reply.blocks if isinstance(block, Paragraph)]
    return texts, parcel.reply.buttons


async def test_every_condition_is_on_one_page() -> None:
    """Paging through to the end shows everything that may be drawn, each once."""
    seen: list[str] = []
    argument = "1"
    while argument:
        _, buttons = await _answer("conditions", argument)
        seen += [one.command.argument for one in buttons if one.command.name == "reference"]
        more = [one for one in buttons if one.label == "More conditions"]
        argument = more[0].command.argument if more else ""
    assert sorted(seen) == sorted(one.id for one in ONTOLOGY.all() if one.drawable)


async def test_the_command_alone_shows_the_first_page() -> None:
    """``/reference`` offers names to press, and a way on."""
    texts, buttons = await _answer("reference")
    assert "page 1 of" in texts[1]
    assert len(buttons) == PAGE + 1


@pytest.mark.parametrize("argument", ["0", "9999", "x", "-3", "²"])
async def test_a_page_that_does_not_exist_is_the_nearest(argument: str) -> None:
    """A number that somebody made up leads to a page all the same."""
    _, buttons = await _answer("conditions", argument)
    assert buttons


async def test_part_of_a_family_finds_its_members() -> None:
    """Who asks for fungal infections may choose among them."""
    texts, buttons = await _answer("reference", "fungal")
    assert "conditions fit" in texts[0]
    assert "tinea-pedis" in [one.command.argument for one in buttons]


def test_search_reads_the_readers_language() -> None:
    """Spanish words find the same conditions; two letters find nothing."""
    voice = Voice(words=WORDS, locale="es")
    assert "tinea-pedis" in [one.id for one in search(ONTOLOGY, voice, "hongos")]
    assert search(ONTOLOGY, voice, "ho") == ()
