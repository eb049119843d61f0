"""Albums: several photos sent as one gesture become one turn."""

from dataclasses import replace

from core.conversation import messages, replying
from core.conversation.policy import CONSENT_VERSION
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.messages import Incoming, Person
from core.domain.replies import Paragraph


async def collect(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Keep one part of an album until the others are there."""
    head, _ = await messages.case_for(core, incoming)
    checked = await messages.check(core, incoming, head.id, voice)
    if not checked.photos:
        blocks = [Paragraph(text=text) for text in checked.complaints]
        await replying.answer_at_once(core, incoming, blocks)
        return
    await core.albums.add(incoming, case_id=head.id, blobs=checked.photos)


async def consented(core: Tools, person: Person) -> bool:
    """Return whether a person agreed to what is kept now."""
    return (await core.cases.profile(person)).get("consent") == CONSENT_VERSION


async def close_album(core: Tools) -> bool:
    """Turn one complete album into a turn; see `Conversation.close_album`."""
    album = await core.albums.due(core.policy.album_quiet_s)
    if album is None:
        return False
    first = album.parts[0]
    if not await consented(core, first.sender):
        # Everything of this person was erased while the album came in.
        await core.blobs.erase(album.case_id)
        await core.albums.done(album)
        return True
    text = "\n".join(part.text for part in album.parts if part.text)
    keys = tuple(dict.fromkeys(key for part in album.parts for key in part.keys))
    incoming = replace(first, keys=keys, text=text, album="")
    voice = Voice(words=core.words, locale=first.locale, register=first.register)
    head, opens = await messages.case_for(core, first)
    photos = album.photos[: core.policy.max_photos]
    left_out = len(album.photos) - len(photos)
    too_many = (voice.say("photo-too-many", limit=core.policy.max_photos),) * left_out
    checked = messages.Checked(photos=photos, complaints=too_many)
    await messages.store(core, incoming, head, voice, checked, opens=opens)
    await core.albums.done(album)
    return True
