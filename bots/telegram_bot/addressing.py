"""Whether a message in a group is meant for the bot."""

import re

from telegram import Message, MessageEntity, User

from bots.telegram_bot.content import Content


def is_addressed(message: Message, content: Content, me: User) -> bool:
    """Return whether a group message names the bot, replies to it, or is a command for it."""
    if content.command is not None:
        return content.to in {"", (me.username or "").casefold()}
    return _replies_to(message, me) or _mentions(message, me)


def without_name(text: str, me: User) -> str:
    """Return the words without the bot's ``@name``."""
    if not me.username:
        return text
    bare = re.sub(rf"@{re.escape(me.username)}\b", "", text, flags=re.IGNORECASE)
    return re.sub(r"[ \t]{2,}", " ", bare).strip()


def _replies_to(message: Message, me: User) -> bool:
    origin = message.reply_to_message
    if origin is None or origin.from_user is None or origin.from_user.id != me.id:
        return False
    # In a topic every message "replies" to the service message that opened it.
    return origin.forum_topic_created is None


def _mentions(message: Message, me: User) -> bool:
    named = {MessageEntity.MENTION, MessageEntity.TEXT_MENTION}
    found = {**message.parse_entities(list(named)), **message.parse_caption_entities(list(named))}
    handle = f"@{me.username}".casefold()
    return any(
        (entity.user is not None and entity.user.id == me.id) or words.casefold() == handle
        for entity, words in found.items()
    )
