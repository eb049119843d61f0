"""Pictures that look like the person's photo, from a collection that may be shown."""

from core.conversation import replying
from core.conversation.pictures import condition_name
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.cases import SimilarPicture
from core.domain.messages import Incoming
from core.domain.replies import Block, Gallery, Heading, Picture


async def show(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Show what the worker found with the answer."""
    head = await core.cases.open_case(incoming.chat)
    case = await core.cases.load(head.id) if head else None
    wanted = replying.argument_of(incoming)
    turn = next((turn for turn in case.turns if turn.id == wanted), None) if case else None
    if turn is None:
        await replying.answer_at_once(core, incoming, [voice.paragraph("failure-expired-button")])
        return
    if not turn.similar:
        await replying.answer_at_once(core, incoming, [voice.paragraph("similar-none")])
        return
    await replying.answer_at_once(core, incoming, _blocks(core, turn.similar, voice))


def _blocks(core: Tools, similar: tuple[SimilarPicture, ...], voice: Voice) -> list[Block]:
    blocks: list[Block] = [
        Heading(text=voice.say("similar-title")),
        Gallery(pictures=tuple(_shown(core, picture, voice) for picture in similar)),
        voice.paragraph("similar-about"),
    ]
    if all(picture.synthetic for picture in similar):
        blocks.append(voice.paragraph("similar-drawn", quiet=True))
    for licence, credit in dict.fromkeys((one.licence, one.credit) for one in similar):
        key = "similar-credit" if credit else "similar-licence"
        args = {"licence": licence, **({"credit": credit} if credit else {})}
        blocks.append(voice.paragraph(key, quiet=True, **args))
    return blocks


def _shown(core: Tools, picture: SimilarPicture, voice: Voice) -> Picture:
    name = condition_name(core.ontology.get(picture.condition_id), voice)
    key = "similar-caption-drawn" if picture.synthetic else "similar-caption"
    caption = voice.say(key, name=name)
    return Picture(
        blob=picture.blob,
        media_type=picture.media_type,
        caption=caption,
        alt=caption,
        synthetic=picture.synthetic,
    )
