"""Every kind of update that the Bot API knows: handled here, or ignored for a stated reason.

Telegram only sends the kinds that are asked for with ``allowed_updates``; the reasons are for
those that arrive all the same, after a change of settings or of the API.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, assert_never

from telegram import Bot, CallbackQuery, ChatMember, ChatMemberUpdated, Message, Update
from telegram.constants import ChatType
from telegram.warnings import PTBDeprecationWarning

IGNORED: Final[dict[str, str]] = {
    "channel_post": "a channel speaks to many; health is a private matter",
    "edited_channel_post": "as channel posts",
    "business_connection": "the bot does not speak in a person's name",
    "business_message": "as business connections",
    "edited_business_message": "as business connections",
    "deleted_business_messages": "as business connections",
    "guest_message": "the bot is not a member there, and others would read along",
    "message_reaction": "answers are rated by button, which works in every chat",
    "message_reaction_count": "as reactions",
    "inline_query": "answers about a person's skin are not for sharing inline",
    "chosen_inline_result": "as inline queries",
    "shipping_query": "nothing is sold",
    "pre_checkout_query": "nothing is sold",
    "purchased_paid_media": "nothing is sold",
    "subscription": "nothing is sold",
    "poll": "the bot makes no polls",
    "poll_answer": "the bot makes no polls",
    "chat_member": "who else is in a group is no business of the bot",
    "chat_join_request": "the bot manages no groups",
    "chat_boost": "the bot manages no groups",
    "removed_chat_boost": "the bot manages no groups",
    "managed_bot": "the bot manages no bots",
}

HANDLED: Final = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "stopped_message_generation",
)
"""Also what is asked for with ``allowed_updates``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Somebody wrote, or changed what they wrote."""

    message: Message
    edited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Somebody pressed a button."""

    query: CallbackQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The bot was blocked, unblocked, added to a chat or removed from it.

    Attributes:
        change: What Telegram reports.
        inside: Whether the bot may write there now.
        was_inside: Whether it could before.
    """

    change: ChatMemberUpdated
    inside: bool
    was_inside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Somebody pressed Telegram's own Stop below a draft; drafts are in private chats only.

    Attributes:
        chat_id: The chat, and so the person.
        thread_id: Topic; empty where there is none.
    """

    chat_id: int
    thread_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing is done, for this reason."""

    reason: str


Event = Said | Pressed | Admitted | Stopped | Ignored

_UNREADABLE: Final = (TypeError, LookupError, ValueError, AttributeError, ArithmeticError, OSError)


def read(raw: Mapping[str, Any], bot: Bot) -> Event:
    """Read one update as it came over the wire. Never raises."""
    kinds = [kind for kind in raw if kind != "update_id"]
    if not any(kind in HANDLED for kind in kinds):
        known = [IGNORED[kind] for kind in kinds if kind in IGNORED]
        return Ignored(reason=known[0] if known else f"unknown kind: {', '.join(kinds) or 'none'}")
    try:
        with warnings.catch_warnings():
            # The library warns of its next major version whenever it reads a duration.
            warnings.simplefilter("ignore", PTBDeprecationWarning)
            # Newer than the library: read by hand.
            if (stopped := raw.get("stopped_message_generation")) is not None:
                thread = stopped.get("message_thread_id")
                return Stopped(chat_id=int(stopped["chat"]["id"]), thread_id=str(thread or ""))
            return _event(Update.de_json(dict(raw), bot))
    except _UNREADABLE as error:
        return Ignored(reason=f"unreadable: {type(error).__name__}")


def _event(update: Update) -> Event:
    if update.message is not None:
        return Said(message=update.message, edited=False)
    if update.edited_message is not None:
        return Said(message=update.edited_message, edited=True)
    if update.callback_query is not None:
        return Pressed(query=update.callback_query)
    if update.my_chat_member is not None:
        return _admitted(update.my_chat_member)
    return Ignored(reason="empty")


def chat_of(event: Event) -> str:
    """Return the id of the chat that an event is about, to keep each chat's order; may be empty.

    A pressed button does not queue behind photos under way: Stop means now.
    """
    match event:
        case Said(message=message):
            return str(message.chat.id)
        case Pressed(query=query):
            return f"{query.from_user.id}:buttons"
        case Stopped(chat_id=chat_id):
            return f"{chat_id}:buttons"
        case Admitted(change=change):
            return str(change.chat.id)
        case Ignored():
            return ""
        case _:
            assert_never(event)


def is_private(event: Event) -> bool:
    """Return whether an event is a message in a private chat, and so meant for the bot."""
    return isinstance(event, Said) and event.message.chat.type == ChatType.PRIVATE


def album_of(event: Event) -> str:
    """Return the id of the album that an event is a part of; empty if none."""
    return event.message.media_group_id or "" if isinstance(event, Said) else ""


def _admitted(change: ChatMemberUpdated) -> Admitted:
    return Admitted(
        change=change,
        inside=_is_inside(change.new_chat_member),
        was_inside=_is_inside(change.old_chat_member),
    )


def _is_inside(member: ChatMember) -> bool:
    return member.status not in {ChatMember.LEFT, ChatMember.BANNED}
