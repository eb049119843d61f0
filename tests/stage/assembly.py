"""The parts of the product inside one process, over the stores of one Redis."""

from pathlib import Path

from bots import Services
from core.adapters.assembly import Stores
from core.conversation import CONSENT_VERSION, Conversation
from core.conversation.tools import PhotoPath
from core.domain.cases import CaseHead, CasePhoto, Turn
from core.domain.jobs import Acceptance
from core.domain.messages import CaseId, ChatRef, Person, Register
from core.ontology import load_ontology
from core.prompts import SYSTEM
from core.words import Words
from workers.answering import Answering
from workers.batching import ModelThread
from workers.desk import Desk
from workers.live import Typist
from workers.loop import Worker
from workers.vlms.instant import InstantVlm

CONFIG = Path(__file__).resolve().parents[2] / "config"


def conversation_over(stores: Stores, photos: PhotoPath | None = None) -> Conversation:
    """Return the real conversation over the stores."""
    return Conversation(
        cases=stores.cases,
        blobs=stores.blobs,
        jobs=stores.jobs,
        albums=stores.albums,
        photos=photos,
        words=Words(CONFIG / "locales"),
        ontology=load_ontology(CONFIG / "conditions.toml"),
        clock=stores.clock,
    )


def services_over(stores: Stores, conversation: Conversation) -> Services:
    """Return what a frontend gets."""
    return Services(
        conversation=conversation,
        words=conversation.words,
        ontology=conversation.ontology,
        blobs=stores.blobs,
        board=stores.board,
        drawer=stores.drawer,
        throttle=stores.throttle,
    )


def instant_worker(stores: Stores, conversation: Conversation, thread: ModelThread) -> Worker:
    """Return a worker that answers at once and draws nothing."""
    desk = Desk(cases=stores.cases, blobs=stores.blobs, conversation=conversation)
    typist = Typist(stores.live)
    answering = Answering(
        vlm=InstantVlm(), desk=desk, thread=thread, typist=typist, candidates=(), system=SYSTEM
    )
    return Worker(
        name="stage",
        queue=stores.jobs,
        desk=desk,
        typist=typist,
        crafts=(answering,),
        max_batch=16,
    )


async def open_case(
    stores: Stores, number: int, chat: ChatRef, person: Person, *, register: Register = "lay"
) -> None:
    """Let a person have agreed and sent a photo, so that questions may be asked."""
    await stores.cases.set_profile(person, {"consent": CONSENT_VERSION})
    head = CaseHead(
        id=CaseId(f"c{number:025d}"),
        chat=chat,
        owner=person,
        locale="en",
        register=register,
        created_s=stores.clock.now_s(),
    )
    photo = CasePhoto(blob=await stores.blobs.put(head.id, b"x"), width_px=1, height_px=1)
    turn = Turn(id=f"t{number}", role="user", text="?", at_s=0.0, photos=(photo,))
    await stores.cases.accept(
        Acceptance(keys=(f"p{number}",), chat=chat, head=head, opens=True, turn=turn)
    )
