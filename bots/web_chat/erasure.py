"""The end of a session's data: what the core keeps, and what this frontend keeps beside it."""

from typing import Final

from bots.web_chat.site import PLATFORM, Site, chat_of, person_of, shelf_of
from core.domain.messages import ChatRef, Command, Incoming

_ERASE: Final = Command(name="delete", argument="yes")


def erases(command: Command | None) -> bool:
    """Return whether a command asks for the end, already confirmed."""
    return command == _ERASE


async def erase_everything(site: Site, sid: str, key: str, locale: str) -> int:
    """Erase all cases of a session; returns the number of a fresh one, where the receipt arrives.

    If a store fails on the way, the session stays as it was and the same can be asked again.
    """
    async with site.sessions.change(sid) as session:
        old = tuple(case.number for case in session.cases)
        session.cases.clear()
        fresh = session.open_case(site.sessions.now_s()).number
        session.agreed = False
        await tell(site, chat_of(sid, fresh), key, _ERASE, locale)
        for number in old:
            await site.services.board.erase(chat_of(sid, number))
            await site.services.blobs.erase(shelf_of(sid, number))
    # Other tabs find their case gone and move on.
    for task in list(site.streams.get(sid, ())):
        task.cancel()
    return fresh


async def tell(site: Site, chat: ChatRef, key: str, command: Command, locale: str) -> None:
    """Hand a command of the page itself to the core."""
    incoming = Incoming(
        keys=(f"{PLATFORM}:{chat.chat_id}:{key}",),
        chat=chat,
        sender=person_of(chat.chat_id),
        command=command,
        locale=locale,
    )
    await site.services.conversation.receive(incoming)
