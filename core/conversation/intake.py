"""Four quick, skippable questions after the first answer, one at a time in one message.

Modelled on the self-report form of SCIN (Ward et al., JAMA Network Open 2024): duration, symptoms,
other symptoms, body parts.
"""

from typing import Final

from core.conversation import messages, names
from core.conversation.care import care_for, worth_repeating
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Case, Turn
from core.domain.jobs import Acceptance, AnswerJob
from core.domain.messages import Command, Incoming
from core.domain.replies import Block, Button, Reply

QUESTIONS: Final[dict[str, tuple[str, ...]]] = {
    "duration": ("day", "week", "month", "three-months", "year", "years", "comes-goes"),
    "symptoms": ("itching", "pain", "burning", "bleeding", "growing", "darkening", "none"),
    "illness": ("fever", "chills", "joint-pain", "mouth-sores", "shortness-of-breath", "none"),
    "site": ("head", "trunk", "back", "arm", "hand", "leg", "foot", "folds", "elsewhere"),
}
SKIP: Final = "skip"


def first_question(case: Case, job: AnswerJob, voice: Voice) -> tuple[Reply, ...]:
    """Return the first question, once per case, for after the first assessment."""
    asked_before = sum(1 for turn in case.turns if turn.assessment is not None) > 1
    if asked_before:
        return ()
    question = next(iter(QUESTIONS))
    return (
        Reply(
            slot=f"{case.head.id}.intake",
            chat=job.chat,
            blocks=(voice.paragraph(f"intake-{question}"),),
            buttons=_options(question, voice),
            only_for=job.only_for,
        ),
    )


def _options(question: str, voice: Voice) -> tuple[Button, ...]:
    options = tuple(
        voice.button(f"intake-{question}-{option}", "intake", f"{question}.{option}")
        for option in QUESTIONS[question]
    )
    skip = Button(
        label=voice.say("button-skip"), command=Command(name="intake", argument=f"{question}.skip")
    )
    return (*options, skip)


async def answered(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Keep an answer and replace the question by the next one."""
    argument = incoming.command.argument if incoming.command else ""
    question, _, option = argument.partition(".")
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    if case is None or option not in (*QUESTIONS.get(question, ()), SKIP):
        blocks = [voice.paragraph("failure-expired-button")]
        await messages.answer_at_once(core, incoming, blocks)
        return
    turn_id = names.turn_id(incoming.keys[0])
    answers = () if option == SKIP else (f"{question}={option}",)
    turn = Turn(id=turn_id, role="user", text="", at_s=core.clock.now_s(), answers=answers)
    after = Case(head=case.head, turns=(*case.turns, turn))
    reply = Reply(
        slot=f"{case.head.id}.intake",
        chat=incoming.chat,
        blocks=_next_blocks(core, after, question, voice),
        buttons=_next_buttons(question, voice),
        only_for="" if incoming.private else incoming.sender.user_id,
    )
    await core.cases.accept(
        Acceptance(
            keys=incoming.keys, chat=incoming.chat, head=case.head, turn=turn, replies=(reply,)
        )
    )


def _following(question: str) -> str | None:
    order = list(QUESTIONS)
    at = order.index(question) + 1
    return order[at] if at < len(order) else None


def _next_blocks(core: Tools, case: Case, question: str, voice: Voice) -> tuple[Block, ...]:
    """Return the next question, or thanks; with the card as soon as an answer makes it urgent."""
    blocks: list[Block] = []
    care = care_for(core.ontology, case, case.last_assessment())
    if worth_repeating(care):
        blocks.append(care.card(voice))
    following = _following(question)
    blocks.append(voice.paragraph(f"intake-{following}" if following else "intake-done"))
    return tuple(blocks)


def _next_buttons(question: str, voice: Voice) -> tuple[Button, ...]:
    following = _following(question)
    return _options(following, voice) if following else ()
