"""A message came in: photos are checked, the turn is stored, the job that answers it dispatched."""

from dataclasses import dataclass, replace
from typing import Final

from core.conversation import names, origins, replying
from core.conversation.dispatching import asked, dispatch, placeholder, stored
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Case, CaseHead, CasePhoto, Turn
from core.domain.jobs import Acceptance, AnswerJob
from core.domain.messages import CaseId, Incoming
from core.domain.replies import Block, Paragraph, Reply
from core.photos.photo import PhotoRejected
from core.refusals import refusal

MINOR: Final = "minor"
"""Kind of refusal for which no photo is looked at or kept either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Photos that can be used, and sentences about those that cannot."""

    photos: tuple[CasePhoto, ...]
    complaints: tuple[str, ...]


async def take(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Take one message that stands alone."""
    complaint = _complaint(core, incoming, voice)
    if complaint:
        await replying.answer_at_once(core, incoming, [Paragraph(text=complaint)])
        return
    refused = refusal(incoming.text, voice.locale, core.ontology) if incoming.text else None
    if refused is not None and refused.kind == MINOR:
        blocks = [*replying.alarm_blocks(incoming, voice), voice.paragraph(refused.key)]
        await replying.answer_at_once(core, incoming, blocks)
        return
    head, opens = await case_for(core, incoming)
    checked = await check(core, incoming, head.id, voice)
    if incoming.photos and not checked.photos:
        blocks = [Paragraph(text=text) for text in dict.fromkeys(checked.complaints)]
        await replying.answer_at_once(core, incoming, blocks)
        return
    await store(core, incoming, head, voice, checked, opens=opens)


def _complaint(core: Tools, incoming: Incoming, voice: Voice) -> str:
    """Return why a message cannot be read at all; empty if it can."""
    policy = core.policy
    if not incoming.text.strip() and not incoming.photos:
        return voice.say("message-empty")
    if len(incoming.text) > policy.max_text_chars:
        return voice.say("message-too-long", limit=policy.max_text_chars)
    if len(incoming.photos) > policy.max_photos:
        return voice.say("photo-too-many", limit=policy.max_photos)
    return ""


async def case_for(core: Tools, incoming: Incoming) -> tuple[CaseHead, bool]:
    """Return the chat's open case, or a new one and True."""
    head = await core.cases.open_case(incoming.chat)
    if head is not None:
        return replace(head, locale=incoming.locale, register=incoming.register), False
    return new_head(core, incoming), True


def new_head(core: Tools, incoming: Incoming) -> CaseHead:
    """Return a new case for a chat; it exists once it was accepted."""
    return CaseHead(
        id=names.case_id(_album_name(incoming) or incoming.keys[0]),
        chat=incoming.chat,
        owner=incoming.sender,
        locale=incoming.locale,
        register=incoming.register,
        created_s=core.clock.now_s(),
    )


def _album_name(incoming: Incoming) -> str:
    """Name an album within its chat: its own id is the platform's, and nobody else's case."""
    chat = incoming.chat
    return f"{chat.platform}:{chat.chat_id}:{incoming.album}" if incoming.album else ""


async def check(core: Tools, incoming: Incoming, case_id: CaseId, voice: Voice) -> Checked:
    """Normalise and keep the photos of a message."""
    photos: list[CasePhoto] = []
    complaints: list[str] = []
    for data in incoming.photos:
        if core.photos is None:
            raise TypeError("This process has no photo path.")
        try:
            photo = await core.photos.normalise(data, owner=incoming.sender.user_id)
        except PhotoRejected as error:
            complaints.append(voice.say(error.code, **error.details))
            continue
        if await origins.ours(core, data, photo.look):
            complaints.append(voice.say("photo-synthetic"))
            continue
        photos.append(
            CasePhoto(
                blob=await core.blobs.put(case_id, photo.data),
                width_px=photo.width_px,
                height_px=photo.height_px,
                tone=photo.tone,
                notes=photo.notes,
            )
        )
    return Checked(photos=tuple(photos), complaints=tuple(complaints))


async def store(
    core: Tools,
    incoming: Incoming,
    head: CaseHead,
    voice: Voice,
    checked: Checked,
    *,
    opens: bool,
) -> None:
    """Store a turn, and answer it at once or by a job."""
    turn = Turn(
        id=names.turn_id(incoming.keys[0]),
        role="user",
        text=incoming.text.strip(),
        at_s=core.clock.now_s(),
        photos=checked.photos,
    )
    case = Case(head=head) if opens else await core.cases.load(head.id) or Case(head=head)
    accepted = replace(stored(incoming, head), opens=opens, turn=turn)
    replies = _alarms(incoming, turn, voice)
    blocks = _at_once(core, case, turn, voice)
    if blocks:
        replies.append(replying.reply_to(incoming, turn.id, blocks))
        if not case.last_photos():
            accepted = Acceptance(keys=incoming.keys, chat=incoming.chat, sender=incoming.sender)
        await dispatch(core, incoming, voice, replace(accepted, replies=tuple(replies)))
        return
    if turn.photos and (refused := _refused(core, turn, voice)):
        replies.append(replying.reply_to(incoming, f"{turn.id}.refusal", refused))
    job = AnswerJob(id=names.job_id("answer", turn.id), **asked(incoming, head.id))
    said = [*_begun(turn, voice, checked), *await replying.waiting_notes(core, voice, head.id)]
    replies.append(placeholder(incoming, job, voice, said))
    await dispatch(core, incoming, voice, replace(accepted, job=job, replies=tuple(replies)))


def _alarms(incoming: Incoming, turn: Turn, voice: Voice) -> list[Reply]:
    """Return the emergency card when the words call for it: it never waits for a model."""
    blocks = replying.alarm_blocks(incoming, voice)
    return [replying.reply_to(incoming, f"{turn.id}.alarm", blocks)] if blocks else []


def _refused(core: Tools, turn: Turn, voice: Voice) -> list[Block]:
    """Return a kind no to what the bot does not do, or nothing."""
    refused = refusal(turn.text, voice.locale, core.ontology) if turn.text else None
    return [] if refused is None else [voice.paragraph(refused.key)]


def _at_once(core: Tools, case: Case, turn: Turn, voice: Voice) -> list[Block]:
    """Return an answer that needs no model, or nothing."""
    if not turn.photos and (refused := _refused(core, turn, voice)):
        return refused
    if not turn.photos and not case.last_photos():
        blocks: list[Block] = [voice.paragraph("no-photo-yet")]
        named = core.ontology.find(turn.text)
        if named is not None and named.drawable:
            blocks.append(voice.paragraph("reference-usage", quiet=True))
        return blocks
    return []


def _begun(turn: Turn, voice: Voice, checked: Checked) -> list[Block]:
    """Return the first words about a turn: what arrived, and what of it cannot be used."""
    blocks: list[Block] = [
        voice.paragraph("photo-arrived", count=len(turn.photos))
        if turn.photos
        else voice.paragraph("thinking")
    ]
    if checked.complaints:
        blocks.append(
            voice.paragraph(
                "photo-some-rejected",
                count=len(checked.complaints),
                reason=checked.complaints[0],
                quiet=True,
            )
        )
    return blocks
