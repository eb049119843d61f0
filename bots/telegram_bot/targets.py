"""Where replies go, and what stands there already."""

from dataclasses import dataclass
from typing import Final

from telegram import ReplyParameters

from core.ports import Ledger

GONE: Final = "0"
"""Stands in the ledger for a message that was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a reply goes and what it quotes."""

    chat_id: int
    thread_id: int | None
    quotes: ReplyParameters | None

    @staticmethod
    def of(chat_id: str, thread_id: str, quotes: str) -> "Target":
        """Make a target from the strings of a `ChatRef` and a `Reply`."""
        quoted = ReplyParameters(int(quotes or 0), allow_sending_without_reply=True)
        return Target(
            chat_id=int(chat_id),
            thread_id=int(thread_id) if thread_id else None,
            quotes=quoted if quotes else None,
        )


def sent_id(ledger: Ledger, name: str) -> int | None:
    """Return the id of a part that stands in the chat, or None."""
    recorded = ledger.message_id(name)
    return int(recorded) if recorded and recorded != GONE else None
