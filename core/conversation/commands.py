"""Slash commands and buttons, by name. A button is a command with an argument."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from core.conversation import (
    browsing,
    drawing,
    erasing,
    intake,
    messages,
    names,
    own_skin,
    picking,
    records,
    replying,
    results,
    seeing,
    similar,
    verifying,
)
from core.conversation.answers import AnswerDesk
from core.conversation.policy import CONSENT_VERSION
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Turn
from core.domain.jobs import Acceptance, JobStopped
from core.domain.messages import Command, Incoming
from core.domain.replies import Block, Button, Heading, Paragraph

HELP: Final = (
    "new", "stop", "reference", "pick", "verify", "history", "language", "privacy", "export",
    "delete", "feedback", "help",
)  # fmt: skip
"""What `show_help` lists."""

Handler = Callable[[Tools, Incoming, Voice], Awaitable[None]]


async def obey(core: Tools, incoming: Incoming, voice: Voice, *, consented: bool) -> None:
    """Do what a command says. Without consent only what stores nothing is done."""
    name = incoming.command.name if incoming.command else ""
    if name in OPEN_TO_ALL:
        await OPEN_TO_ALL[name](core, incoming, voice)
    elif not consented:
        await ask_consent(core, incoming, voice)
    elif name in COMMANDS:
        await COMMANDS[name](core, incoming, voice)
    else:
        await _say(core, incoming, [voice.paragraph("message-unknown-command")])


async def _say(
    core: Tools,
    incoming: Incoming,
    blocks: Sequence[Block],
    buttons: Sequence[Button] = (),
) -> None:
    await replying.answer_at_once(core, incoming, blocks, buttons)


# First contact


async def ask_consent(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Show the consent card; an emergency is answered before it."""
    keys = ("consent-what", "consent-age", "consent-emergency")
    blocks: list[Block] = list(replying.alarm_blocks(incoming, voice))
    blocks.append(Heading(text=voice.say("consent-title")))
    blocks.extend(voice.paragraph(key) for key in keys)
    blocks.append(voice.paragraph("consent-data", days=core.policy.retention_days))
    if incoming.photos or incoming.text:
        blocks.append(voice.paragraph("consent-needed"))
    blocks.append(voice.paragraph("consent-ask"))
    buttons = [voice.button("button-agree", "agree"), voice.button("button-privacy", "privacy")]
    await _say(core, incoming, blocks, buttons)


async def start(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Greet: the consent card, or help for those who agreed before."""
    profile = await core.cases.profile(incoming.sender)
    if profile.get("consent") == CONSENT_VERSION:
        await show_help(core, incoming, voice)
    else:
        await ask_consent(core, incoming, voice)


async def agree(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Record consent."""
    consent = {"consent": CONSENT_VERSION, erasing.NOTE: ""}
    await core.cases.set_profile(incoming.sender, consent)
    await _say(core, incoming, [voice.paragraph("consent-thanks")])


async def show_help(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """List what can be asked."""
    lines = [voice.say(f"help-{name}") for name in HELP]
    await _say(
        core,
        incoming,
        [
            Heading(text=voice.say("help-title")),
            voice.paragraph("help-intro"),
            Paragraph(text="\n".join(lines)),
            voice.paragraph("help-photo-tips", quiet=True),
        ],
    )


async def privacy(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Say what is kept."""
    keys = ("privacy-photo", "privacy-use", "privacy-platform", "privacy-rights")
    blocks: list[Block] = [Heading(text=voice.say("privacy-title"))]
    blocks.append(voice.paragraph("privacy-kept", days=core.policy.retention_days))
    blocks.extend(voice.paragraph(key) for key in keys)
    await _say(core, incoming, blocks)


async def language(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Change the language, or offer the ones there are."""
    wanted = replying.argument_of(incoming).lower()
    known = voice.words.locales()
    if not wanted:
        buttons = [
            Button(
                label=voice.words.text(locale, "language-name"),
                command=Command(name="language", argument=locale),
            )
            for locale in known
        ]
        await _say(core, incoming, [voice.paragraph("language-ask")], buttons)
        return
    by_name = {voice.words.text(locale, "language-name").casefold(): locale for locale in known}
    locale = wanted if wanted in known else by_name.get(wanted.casefold())
    if locale is None:
        listed = ", ".join(voice.words.text(one, "language-name") for one in known)
        text = voice.paragraph("language-unknown", language=wanted[:40], languages=listed)
        await _say(core, incoming, [text])
        return
    await core.cases.set_profile(incoming.sender, {"locale": locale})
    new_voice = replace(voice, locale=locale)
    await _say(core, incoming, [new_voice.paragraph("language-changed")])


# The open case


async def new(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Stop what runs and open another case."""
    await _stop_all(core, incoming)
    reply = replying.reply_to(
        incoming, names.turn_id(incoming.keys[0]), [voice.paragraph("new-case")]
    )
    await core.cases.accept(
        Acceptance(
            keys=incoming.keys,
            chat=incoming.chat,
            head=messages.new_head(core, incoming),
            opens=True,
            replies=(reply,),
        )
    )


async def stop(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Stop the answer and the pictures under way; the placeholder says so itself."""
    if await _stop_all(core, incoming):
        await core.cases.accept(Acceptance(keys=incoming.keys, chat=incoming.chat))
    else:
        await _say(core, incoming, [voice.paragraph("nothing-to-stop")])


async def _stop_all(core: Tools, incoming: Incoming) -> bool:
    head = await core.cases.open_case(incoming.chat)
    if head is None:
        return False
    stopped = False
    # The newest first: else stopping the first would set the next one going.
    for job_id in reversed(await core.jobs.live_jobs(head.id)):
        job = await core.jobs.job(job_id)
        state = await core.jobs.cancel(job_id)
        if job is not None and state == "waiting":
            await results.end(core, job, 0, JobStopped())
        stopped = stopped or state != "gone"
    return stopped


async def ask(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Ask a suggested question, as if it had been typed."""
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    desk = AnswerDesk(ontology=core.ontology, voice=voice)
    questions = dict(desk.questions(case)) if case else {}
    text = questions.get(replying.argument_of(incoming))
    if text is None:
        await _say(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    await messages.take(core, replace(incoming, text=text, command=None), voice)


async def rate(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Keep a judgement about an answer with the case."""
    verdict = replying.argument_of(incoming).partition(".")[0]
    key = "feedback-thanks" if verdict == "up" else "feedback-why"
    await note(
        core, incoming, voice, f"rate={replying.argument_of(incoming)}", [voice.paragraph(key)]
    )


async def feedback(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Keep what somebody wrote about the bot with the case."""
    words = (replying.argument_of(incoming) or incoming.text).strip()[:2000]
    if not words:
        await _say(core, incoming, [voice.paragraph("feedback-why")])
        return
    thanks = [voice.paragraph("feedback-thanks")]
    await note(core, incoming, voice, f"feedback={words}", thanks)


async def note(
    core: Tools, incoming: Incoming, voice: Voice, answer: str, blocks: Sequence[Block]
) -> None:
    """Append an answer without words to the open case and say something."""
    head = await core.cases.open_case(incoming.chat)
    if head is None:
        await _say(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    turn_id = names.turn_id(incoming.keys[0])
    turn = Turn(id=turn_id, role="user", text="", at_s=core.clock.now_s(), answers=(answer,))
    reply = replying.reply_to(incoming, turn_id, blocks)
    await core.cases.accept(
        Acceptance(keys=incoming.keys, chat=incoming.chat, head=head, turn=turn, replies=(reply,))
    )


OPEN_TO_ALL: Final[dict[str, Handler]] = {
    "start": start,
    "agree": agree,
    "help": show_help,
    "privacy": privacy,
    "language": language,
    "delete": erasing.delete,
}
COMMANDS: Final[dict[str, Handler]] = {
    "new": new,
    "stop": stop,
    "ask": ask,
    "rate": rate,
    "feedback": feedback,
    "reference": drawing.reference,
    "conditions": browsing.conditions,
    "draw": drawing.draw,
    "tones": drawing.tones,
    "tone": drawing.tone,
    "compare": drawing.compare,
    "files": drawing.files,
    "verify": verifying.ask,
    "similar": similar.show,
    "own": own_skin.own,
    "intake": intake.answered,
    "view": seeing.view,
    "pick": picking.pick,
    "history": records.history,
    "export": records.export,
}
