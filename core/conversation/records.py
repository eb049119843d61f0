"""What a person may do with what is kept of them: look, and take a copy."""

import io
import json
import zipfile
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from core.conversation import names, replying
from core.conversation.pictures import condition_name
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import Case, CaseHead
from core.domain.jobs import Acceptance
from core.domain.messages import Incoming
from core.domain.replies import Block, Download, Heading, Paragraph

HISTORY_LINES = 10


async def history(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """List recent cases."""
    heads = await core.cases.cases_of(incoming.sender)
    if not heads:
        await replying.answer_at_once(core, incoming, [voice.paragraph("history-empty")])
        return
    lines = []
    for head in heads[:HISTORY_LINES]:
        case = await core.cases.load(head.id)
        if case is not None:
            lines.append(_line(core, case, voice))
    blocks: list[Block] = [Heading(text=voice.say("history-title"))]
    blocks.append(Paragraph(text="\n".join(lines)))
    await replying.answer_at_once(core, incoming, blocks)


def _line(core: Tools, case: Case, voice: Voice) -> str:
    date = datetime.fromtimestamp(case.head.created_s, UTC).date().isoformat()
    assessment = case.last_assessment()
    if assessment is None or not assessment.differential:
        title = voice.say("history-untitled")
    else:
        leading = core.ontology.get(assessment.differential[0].condition_id)
        title = condition_name(leading, voice)
    return voice.say("history-line", date=date, title=title)


async def export(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Hand out a copy of everything: JSON and pictures in one archive."""
    heads = await core.cases.cases_of(incoming.sender)
    if not heads:
        await replying.answer_at_once(core, incoming, [voice.paragraph("export-nothing")])
        return
    archive = await _archive(core, incoming, heads)
    head = await core.cases.open_case(incoming.chat) or heads[0]
    blob = await core.blobs.put(head.id, archive)
    file = Download(
        blob=blob,
        media_type="application/zip",
        name=f"{voice.say('export-file-name')}.zip",
        caption=voice.say("export-ready"),
    )
    reply = replying.reply_to(incoming, names.turn_id(incoming.keys[0]), [file])
    await core.cases.accept(
        Acceptance(keys=incoming.keys, chat=incoming.chat, head=head, replies=(reply,))
    )


async def _archive(core: Tools, incoming: Incoming, heads: tuple[CaseHead, ...]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        profile: dict[str, Any] = dict(await core.cases.profile(incoming.sender))
        archive.writestr("profile.json", json.dumps(profile, indent=2))
        for head in heads:
            case = await core.cases.load(head.id)
            if case is None:
                continue
            record = json.dumps(asdict(case), indent=2, ensure_ascii=False)
            archive.writestr(f"{head.id}/case.json", record)
            for turn in case.turns:
                blobs = [photo.blob for photo in turn.photos]
                blobs += [picture.blob for picture in turn.pictures]
                for key in blobs:
                    data = await core.blobs.get(key)
                    if data is not None:
                        suffix = "png" if data.startswith(b"\x89PNG") else "jpg"
                        archive.writestr(f"{key}.{suffix}", data)
    return buffer.getvalue()
