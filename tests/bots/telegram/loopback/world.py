"""Chats, messages, files and updates, as Telegram keeps them."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

BOT_ID = 4242
BOT: dict[str, Any] = {
    "id": BOT_ID,
    "is_bot": True,
    "first_name": "SkinGEN",
    "username": "skingen_test_bot",
}
ME = BOT | {
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}

JSON = dict[str, Any]


@dataclass(slots=True)
class Shown:
    """A message of the bot.

    Attributes:
        raw: As the Bot API reports it.
        looks: What it looked like, oldest first: texts, or captions of files.
        files: Bytes that it carried, oldest first.
        deleted: Whether it was deleted.
        old: Whether it is too old to be deleted.
    """

    raw: JSON
    looks: list[str]
    files: list[bytes] = field(default_factory=list)
    deleted: bool = False
    old: bool = False

    @property
    def id(self) -> int:
        """Its id."""
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        """Its text or caption now."""
        return str(self.raw.get("text", self.raw.get("caption", "")))

    @property
    def buttons(self) -> list[JSON]:
        """Its buttons in reading order."""
        rows = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    def button(self, label: str) -> str:
        """Return the callback data of a button."""
        return next(b["callback_data"] for b in self.buttons if b["text"] == label)


@dataclass(slots=True)
class Chat:
    """One chat.

    Attributes:
        id: Positive for private chats.
        kind: ``private``, ``group``, ``supergroup`` or ``channel``.
        messages: The bot's, by id.
        ids: All message ids that exist.
        topics: Threads that exist.
        state: ``open``, ``blocked``, ``unstarted`` or ``kicked``.
        moved_to: The supergroup that it became.
        actions: Chat actions shown.
        drafts: Texts of drafts by their ids; a message of the bot clears them.
    """

    id: int
    kind: str
    messages: dict[int, Shown] = field(default_factory=dict)
    ids: set[int] = field(default_factory=set)
    topics: set[int] = field(default_factory=set)
    state: str = "open"
    moved_to: int | None = None
    actions: list[str] = field(default_factory=list)
    drafts: dict[int, str] = field(default_factory=dict)

    @property
    def raw(self) -> JSON:
        """As the Bot API reports it."""
        if self.kind == "private":
            return {"id": self.id, "type": "private", "first_name": f"P{self.id}"}
        return {"id": self.id, "type": self.kind, "title": f"G{-self.id}"}

    def visible(self) -> list[Shown]:
        """Return the bot's messages that were not deleted, oldest first."""
        return [shown for shown in self.messages.values() if not shown.deleted]

    def texts(self) -> list[str]:
        """Return their texts."""
        return [shown.text for shown in self.visible()]


def person(user_id: int, language: str | None = "en") -> JSON:
    """Return a user."""
    user: JSON = {"id": user_id, "is_bot": False, "first_name": f"P{user_id}"}
    return user | ({"language_code": language} if language else {})


class World:
    """Everything on the server's side, and what people do there."""

    def __init__(self) -> None:
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}
        self.updates: list[JSON] = []
        self.queries: dict[str, JSON] = {}
        self.arrived = asyncio.Event()
        self.allowed: Sequence[str] | None = None
        self.watchers: dict[int, Callable[[Shown], None]] = {}
        self._message_ids = itertools.count(100)
        self._update_ids = itertools.count(7_000)
        self._names = itertools.count(1)

    def chat(self, chat_id: int, kind: str = "") -> Chat:
        """Return a chat, made at first sight; a kind makes or changes it."""
        default = "private" if chat_id > 0 else "supergroup"
        chat = self.chats.setdefault(chat_id, Chat(id=chat_id, kind=kind or default))
        if kind:
            chat.kind = kind
        return chat

    def showed(self, shown: Shown) -> None:
        """Tell whoever watches a chat that a message of the bot came or changed."""
        watcher = self.watchers.get(int(shown.raw["chat"]["id"]))
        if watcher is not None:
            watcher(shown)

    def next_id(self, chat: Chat) -> int:
        """Return a new message id."""
        message_id = next(self._message_ids)
        chat.ids.add(message_id)
        return message_id

    def much_happens_elsewhere(self, count: int) -> None:
        """Let so many messages come and go in other private chats."""
        for _ in range(count):
            next(self._message_ids)

    def file(self, data: bytes, *, size: int | None = None) -> JSON:
        """Keep bytes and return ``file_id``, ``file_unique_id`` and ``file_size``."""
        number = next(self._names)
        file_id = f"file-{number}"
        self.files[file_id] = data
        self.sizes[file_id] = size if size is not None else len(data)
        return {
            "file_id": file_id,
            "file_unique_id": f"unique-{number}",
            "file_size": self.sizes[file_id],
        }

    def push(self, kind: str, payload: JSON) -> int:
        """Let an update happen, if its kind is asked for; returns its id."""
        update_id = next(self._update_ids)
        if self.allowed is None or kind in self.allowed:
            self.updates.append({"update_id": update_id, kind: payload})
            self.arrived.set()
        return update_id

    def message(self, user_id: int, *, chat_id: int | None = None, **content: Any) -> JSON:
        """Return a person's message without sending it; ``language`` sets theirs."""
        chat = self.chat(chat_id if chat_id is not None else user_id)
        sender = person(user_id, content.pop("language", "en"))
        base: JSON = {
            "message_id": self.next_id(chat),
            "date": int(time.time()),
            "chat": chat.raw,
            "from": sender,
        }
        return base | content

    def say(self, user_id: int, text: str, **more: Any) -> JSON:
        """Let a person write; commands and mentions get their entities."""
        found = [
            {"type": kind, "offset": start, "length": length}
            for kind, start, length in _entities(text)
        ]
        if found and "entities" not in more:
            more["entities"] = found
        message = self.message(user_id, text=text, **more)
        self.push("message", message)
        return message

    def photo(self, user_id: int, data: bytes, caption: str = "", **more: Any) -> JSON:
        """Let a person send a photo in two sizes."""
        small = self.file(b"thumbnail") | {"width": 90, "height": 90}
        large = self.file(data, size=more.pop("size", None)) | {"width": 800, "height": 800}
        if caption:
            more["caption"] = caption
            found = [
                {"type": kind, "offset": start, "length": length}
                for kind, start, length in _entities(caption)
            ]
            more |= {"caption_entities": found} if found else {}
        message = self.message(user_id, photo=[small, large], **more)
        self.push("message", message)
        return message

    def document(self, user_id: int, data: bytes, name: str, mime: str, **more: Any) -> JSON:
        """Let a person send a file."""
        file = self.file(data, size=more.pop("size", None))
        document = file | {"file_name": name, "mime_type": mime}
        message = self.message(user_id, document=document, **more)
        self.push("message", message)
        return message

    def stop(self, user_id: int) -> None:
        """Let a person press Telegram's own Stop below a draft."""
        chat = self.chat(user_id)
        draft_id = next(iter(chat.drafts))
        self.push("stopped_message_generation", {"chat": chat.raw, "draft_id": draft_id})

    def press(self, user_id: int, shown: Shown, data: str) -> str:
        """Let a person press a button; returns the query's id."""
        query_id = f"query-{next(self._names)}"
        query = {
            "id": query_id,
            "from": person(user_id),
            "message": shown.raw,
            "chat_instance": "1",
            "data": data,
        }
        self.queries[query_id] = {}
        self.push("callback_query", query)
        return query_id


def _entities(text: str) -> list[tuple[str, int, int]]:
    found, start = [], 0
    for word in text.split(" "):
        if word.startswith("/") and len(word) > 1 and start == 0:
            found.append(("bot_command", start, len(word)))
        elif word.startswith("@") and len(word) > 1:
            found.append(("mention", start, len(word)))
        start += len(word) + 1
    return found
