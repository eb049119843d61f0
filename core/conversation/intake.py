"""Four quick, skippable questions after the first answer, one at a time in one message."""

from typing import Final

from core.conversation import names, replying
from core.conversation.care import care_for, worth_repeating
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Case, Turn
from core.domain.jobs import Acceptance, AnswerJob
from core.domain.messages import Incoming
from core.domain.replies import Block, Button, Reply
from core.intake import NONE_OF_THESE, QUESTIONS, Question

SKIP: Final = "skip"
DONE: Final = "done"


def first_question(case: Case, job: AnswerJob, voice: Voice) -> tuple[Reply, ...]:
    """Return the first question, once per case, for after the first assessment."""
    asked_before = sum(1 for turn in case.turns if turn.assessment is not None) > 1
    if asked_before:
        return ()
    return (
        Reply(
            slot=f"{case.head.id}.intake",
            chat=job.chat,
            blocks=(
                voice.paragraph("intake-intro", quiet=True),
                voice.paragraph(QUESTIONS[0].key),
            ),
            buttons=_buttons(QUESTIONS[0], frozenset(), voice),
            only_for=job.only_for,
        ),
    )


def chosen(case: Case, question_id: str) -> frozenset[str]:
    """Return the options that a person chose for a question so far."""
    pairs = (answer.partition("=") for turn in case.turns for answer in turn.answers)
    return frozenset(option for name, _, option in pairs if name == question_id)


def _buttons(question: Question, taken: frozenset[str], voice: Voice) -> tuple[Button, ...]:
    options = tuple(
        voice.button(question.option_key(option), "intake", f"{question.id}.{option}")
        for option in question.options
        if option not in taken and not (taken and option == NONE_OF_THESE)
    )
    end = (
        voice.button("intake-finish", "intake", f"{question.id}.{DONE}")
        if taken
        else voice.button("intake-skip", "intake", f"{question.id}.{SKIP}")
    )
    return (*options, end)


async def answered(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Keep an answer; show the same question again where more may be chosen, or the next one."""
    name, _, option = (incoming.command.argument if incoming.command else "").partition(".")
    question = next((one for one in QUESTIONS if one.id == name), None)
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    if case is None or question is None or option not in (*question.options, SKIP, DONE):
        blocks = [voice.paragraph("failure-expired-button")]
        await replying.answer_at_once(core, incoming, blocks)
        return
    turn = Turn(
        id=names.turn_id(incoming.keys[0]),
        role="user",
        text="",
        at_s=core.clock.now_s(),
        answers=() if option in {SKIP, DONE} else (f"{name}={option}",),
    )
    after = Case(head=case.head, turns=(*case.turns, turn))
    reply = Reply(
        slot=f"{case.head.id}.intake",
        chat=incoming.chat,
        blocks=_blocks(core, after, question, option, voice),
        buttons=_next_buttons(after, question, option, voice),
        only_for=replying.only_for(incoming),
    )
    await core.cases.accept(
        Acceptance(
            keys=incoming.keys, chat=incoming.chat, head=case.head, turn=turn, replies=(reply,)
        )
    )


def _next(question: Question, option: str) -> Question | None:
    """Return the question to show after an answer; None when all were asked."""
    if question.multiple and option not in {SKIP, DONE, NONE_OF_THESE}:
        return question
    at = QUESTIONS.index(question) + 1
    return QUESTIONS[at] if at < len(QUESTIONS) else None


def _blocks(
    core: Tools, case: Case, question: Question, option: str, voice: Voice
) -> tuple[Block, ...]:
    """Return the question or thanks, with the card as soon as an answer makes it urgent."""
    blocks: list[Block] = []
    care = care_for(core.ontology, case, case.last_assessment())
    if worth_repeating(care):
        blocks.append(care.card(voice))
    following = _next(question, option)
    if following is question:
        words = ", ".join(
            voice.say(question.option_key(one)) for one in sorted(chosen(case, question.id))
        )
        blocks.append(voice.paragraph("intake-chosen", choices=words))
        blocks.append(voice.paragraph("intake-more"))
    elif following is None:
        blocks.append(voice.paragraph("intake-done"))
    else:
        blocks.append(voice.paragraph(following.key))
    return tuple(blocks)


def _next_buttons(case: Case, question: Question, option: str, voice: Voice) -> tuple[Button, ...]:
    following = _next(question, option)
    if following is None:
        return ()
    taken = chosen(case, following.id) if following is question else frozenset[str]()
    return _buttons(following, taken - {NONE_OF_THESE}, voice)
