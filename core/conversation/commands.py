"""Slash commands and buttons, by name. A button is a command with an argument."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from core.conversation import intake, messages, names, records, results
from core.conversation.answers import AnswerDesk, drawable
from core.conversation.pictures import (
    MODERATE,
    TONES,
    condition_name,
    draw_argument,
    parse_draw,
    side_by_side,
    site_of,
    tone_of,
    variants,
)
from core.conversation.policy import CONSENT_VERSION
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import PictureSpec, Turn
from core.domain.conditions import Condition
from core.domain.jobs import Acceptance, JobStopped, RenderJob
from core.domain.messages import Command, Incoming
from core.domain.replies import Block, Button, Heading, Paragraph, Reply

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


def _argument(incoming: Incoming) -> str:
    return incoming.command.argument.strip() if incoming.command else ""


async def _say(
    core: Tools,
    incoming: Incoming,
    blocks: Sequence[Block],
    buttons: Sequence[Button] = (),
) -> None:
    await messages.answer_at_once(core, incoming, blocks, buttons)


# First contact


async def ask_consent(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Show the consent card; an emergency is answered before it."""
    keys = ("consent-what", "consent-age", "consent-emergency")
    blocks: list[Block] = list(messages.alarm_blocks(incoming, voice))
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
    await core.cases.set_profile(incoming.sender, {"consent": CONSENT_VERSION})
    await _say(core, incoming, [voice.paragraph("consent-thanks")])


async def show_help(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """List what can be asked."""
    listed = ("new", "stop", "reference", "history", "language", "privacy", "export", "delete")
    lines = [voice.say(f"help-{name}") for name in (*listed, "feedback", "help")]
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
    wanted = _argument(incoming).lower()
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
    reply = messages.reply_to(
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
    text = questions.get(_argument(incoming))
    if text is None:
        await _say(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    await messages.take(core, replace(incoming, text=text, command=None), voice)


async def rate(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Keep a judgement about an answer with the case."""
    verdict = _argument(incoming).partition(".")[0]
    key = "feedback-thanks" if verdict == "up" else "feedback-why"
    await note(core, incoming, voice, f"rate={_argument(incoming)}", [voice.paragraph(key)])


async def feedback(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Keep what somebody wrote about the bot with the case."""
    words = (_argument(incoming) or incoming.text).strip()[:2000]
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
    reply = messages.reply_to(incoming, turn_id, blocks)
    await core.cases.accept(
        Acceptance(keys=incoming.keys, chat=incoming.chat, head=head, turn=turn, replies=(reply,))
    )


# Pictures


async def reference(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Draw a condition asked for by name."""
    wanted = _argument(incoming)
    if not wanted:
        listed = [c for c in core.ontology.all() if c.drawable]
        text = ", ".join(sorted(condition_name(c, voice) for c in listed))
        blocks = [voice.paragraph("reference-usage"), voice.paragraph("reference-list", names=text)]
        await _say(core, incoming, blocks)
        return
    condition = core.ontology.find(wanted)
    if condition is None:
        await _unknown_condition(core, incoming, voice, wanted)
    elif not condition.drawable:
        name = condition_name(condition, voice)
        await _say(core, incoming, [voice.paragraph("pictures-not-drawn", name=name)])
    else:
        spec = await _spec(core, incoming, condition)
        await _draw(core, incoming, voice, variants(spec, core.policy.pictures))


async def _unknown_condition(core: Tools, incoming: Incoming, voice: Voice, wanted: str) -> None:
    blocks: list[Block] = [voice.paragraph("reference-unknown", name=wanted[:60])]
    close = core.ontology.suggestions(wanted)
    if close:
        listed = ", ".join(condition_name(condition, voice) for condition in close)
        blocks.append(voice.paragraph("reference-suggestions", names=listed))
    await _say(core, incoming, blocks)


async def _spec(core: Tools, incoming: Incoming, condition: Condition) -> PictureSpec:
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    return PictureSpec(
        condition_id=condition.id,
        tone=tone_of(case, core.policy),
        site=site_of(case, core.policy),
        severity=MODERATE,
        seed=names.seed(incoming.keys[0]),
    )


async def draw(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Draw what a picture's button says."""
    spec = parse_draw(_argument(incoming), core.ontology, seed_key=incoming.keys[0])
    if spec is None:
        await _say(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    await _draw(core, incoming, voice, variants(spec, core.policy.pictures))


async def tones(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Offer the six skin tones for a picture."""
    spec = parse_draw(_argument(incoming), core.ontology, seed_key=incoming.keys[0])
    if spec is None:
        await _say(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    buttons = [
        Button(
            label=voice.tone(tone),
            command=Command(name="draw", argument=draw_argument(spec, tone=tone)),
        )
        for tone in TONES
    ]
    await _say(core, incoming, [voice.paragraph("pictures-tone-ask")], buttons)


async def compare(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Draw the leading condition beside another one, on the same skin."""
    other = core.ontology.find(_argument(incoming).replace("-", " "))
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    assessment = case.last_assessment() if case else None
    likely = drawable(core.ontology, assessment) if assessment else []
    if other is None or not other.drawable or not likely:
        await _say(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    spec = await _spec(core, incoming, likely[0])
    await _draw(core, incoming, voice, side_by_side(spec, [likely[0].id, other.id]), compare=True)


async def _draw(
    core: Tools,
    incoming: Incoming,
    voice: Voice,
    pictures: tuple[PictureSpec, ...],
    *,
    compare: bool = False,
) -> None:
    """Dispatch a drawing; its placeholder is replaced by the pictures."""
    head, opens = await messages.case_for(core, incoming)
    job = RenderJob(
        id=names.job_id("render", incoming.keys[0]),
        case_id=head.id,
        turn_id=names.turn_id(incoming.keys[0]),
        owner=incoming.sender,
        chat=incoming.chat,
        pictures=pictures,
        purpose="compare" if compare else "reference",
        quotes=incoming.message_id,
        only_for="" if incoming.private else incoming.sender.user_id,
    )
    waiting = Reply(
        slot=job.slot,
        chat=incoming.chat,
        blocks=(voice.paragraph("drawing"),),
        buttons=(voice.button("button-stop", "stop"),),
        stage="waiting",
        quotes=incoming.message_id,
        only_for=job.only_for,
    )
    acceptance = Acceptance(
        keys=incoming.keys,
        chat=incoming.chat,
        head=head,
        opens=opens,
        job=job,
        replies=(waiting,),
    )
    if await core.cases.accept(acceptance) == "full":
        await messages.refuse_busy(core, incoming, voice)


OPEN_TO_ALL: Final[dict[str, Handler]] = {
    "start": start,
    "agree": agree,
    "help": show_help,
    "privacy": privacy,
    "language": language,
    "delete": records.delete,
}
COMMANDS: Final[dict[str, Handler]] = {
    "new": new,
    "stop": stop,
    "ask": ask,
    "rate": rate,
    "feedback": feedback,
    "reference": reference,
    "draw": draw,
    "tones": tones,
    "compare": compare,
    "intake": intake.answered,
    "history": records.history,
    "export": records.export,
}
