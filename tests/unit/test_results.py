"""What a result becomes, where no worker is needed to see it."""

from pathlib import Path

from core.adapters.memory import MemoryBlobs, MemoryCases, MemoryJobs, MemoryOutbox, MemoryState
from core.adapters.memory_extras import MemoryAlbums
from core.adapters.redis_extras import SystemClock
from core.conversation import CONSENT_VERSION, Conversation
from core.domain.jobs import JobFailed
from core.domain.messages import ChatRef, Command, Incoming, Person
from core.domain.replies import Paragraph
from core.ontology import load_ontology
from core.words import Words

ROOT = Path(__file__).resolve().parents[2]
CHAT = ChatRef(platform="p", chat_id="1")
PERSON = Person(platform="p", user_id="1")


async def test_a_condition_that_cannot_be_drawn_is_named() -> None:
    """The sentence says which picture the model has not learned."""
    state = MemoryState()
    core = Conversation(
        cases=MemoryCases(state),
        blobs=MemoryBlobs(),
        jobs=MemoryJobs(state),
        albums=MemoryAlbums(),
        photos=None,
        words=Words(ROOT / "config" / "locales"),
        ontology=load_ontology(ROOT / "config" / "conditions.toml"),
        clock=SystemClock(),
    )
    await core.cases.set_profile(PERSON, {"consent": CONSENT_VERSION})
    command = Command(name="reference", argument="rosacea")
    await core.receive(Incoming(keys=("k",), chat=CHAT, sender=PERSON, command=command))
    (lease,) = await core.jobs.claim("w", "generator", slots=1, wait_s=0)
    await core.resume(lease, JobFailed(code="pictures-not-learned"))

    parcel = await MemoryOutbox(state).claim("p", "d", wait_s=0)
    assert parcel is not None
    assert parcel.reply is not None
    assert parcel.reply.blocks == (Paragraph(text="I have not learned to draw rosacea yet."),)
