"""A job is handed over: who asked for it, what stands in its place, or no room for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

from core import tracing
from core.conversation import names, replying
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import CaseHead
from core.domain.jobs import Acceptance, Job
from core.domain.messages import CaseId, ChatRef, Incoming, Person
from core.domain.replies import Block, Reply


class Asked(TypedDict):
    """What every job knows of the message that asked for it."""

    case_id: CaseId
    turn_id: str
    owner: Person
    chat: ChatRef
    quotes: str
    only_for: str
    trace: str


def asked(incoming: Incoming, case_id: CaseId) -> Asked:
    """Return the part of a job that its message decides."""
    return Asked(
        case_id=case_id,
        turn_id=names.turn_id(incoming.keys[0]),
        owner=incoming.sender,
        chat=incoming.chat,
        quotes=incoming.message_id,
        only_for=replying.only_for(incoming),
        trace=tracing.current(),
    )


def placeholder(incoming: Incoming, job: Job, voice: Voice, said: Sequence[Block]) -> Reply:
    """Return what stands in the job's slot until it ends; it can be stopped."""
    stop = [voice.button("button-stop", "stop")]
    return replace(replying.reply_to(incoming, job.slot, said, stop), stage="waiting")


async def dispatch(core: Tools, incoming: Incoming, voice: Voice, acceptance: Acceptance) -> None:
    """Accept a message with its job; with no room, say when to come back."""
    if await core.cases.accept(acceptance) == "full":
        await replying.refuse_busy(core, incoming, voice)


def stored(incoming: Incoming, head: CaseHead) -> Acceptance:
    """Return the acceptance of a message into a case; job, turn and replies are added to it."""
    return Acceptance(keys=incoming.keys, chat=incoming.chat, head=head)
