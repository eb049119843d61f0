"""The methods of the Bot API that a bot like ours may call."""

import re
import time
from typing import Any

from aiogram import methods as m
from aiogram.types import InlineKeyboardMarkup, InputMediaDocument, InputMediaPhoto

from tests.bots.telegram.loopback.errors import Refused, bad, forbidden
from tests.bots.telegram.loopback.rules import (
    MAX_DOWNLOAD_BYTES,
    check_caption,
    check_document,
    check_keyboard,
    check_photo,
    check_text,
)
from tests.bots.telegram.loopback.world import BOT, JSON, ME, Chat, Shown, World

UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_ACTIONS = {"typing", "upload_photo", "upload_document"}


class Methods:
    """Carries out checked calls."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.commands: dict[tuple[str, str], list[str]] = {}
        self.answers: dict[str, str | None] = {}
        self.webhook: JSON = {}

    def do(self, call: Any) -> Any:
        """Carry out a call and return its result.

        Raises:
            Refused: It is not allowed.
        """
        name = "_" + re.sub(r"(?<!^)([A-Z])", r"_\1", type(call).__name__).lower()
        method = getattr(self, name, None)
        if method is None:
            raise Refused(404, "Not Found: method not found")
        return method(call)

    def _chat(self, chat_id: Any) -> Chat:
        chat = self.world.chats.get(int(chat_id))
        if chat is None:
            raise bad("chat not found")
        if chat.moved_to is not None:
            text = "group chat was upgraded to a supergroup chat"
            raise bad(text, migrate_to_chat_id=chat.moved_to)
        if chat.state == "blocked":
            raise forbidden("bot was blocked by the user")
        if chat.state == "unstarted":
            raise forbidden("bot can't initiate conversation with a user")
        if chat.state == "kicked":
            raise forbidden("bot was kicked from the supergroup chat")
        return chat

    def _get_me(self, call: m.GetMe) -> JSON:
        return ME

    def _set_my_commands(self, call: m.SetMyCommands) -> bool:
        for command in call.commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command.command):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command.description) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        scope = call.scope.type if call.scope else "default"
        names = [command.command for command in call.commands]
        self.commands[scope, call.language_code or ""] = names
        return True

    def _delete_webhook(self, call: m.DeleteWebhook) -> bool:
        self.webhook = {}
        return True

    def _set_webhook(self, call: m.SetWebhook) -> bool:
        if not call.url.startswith("https://"):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if call.secret_token and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", call.secret_token):
            raise bad("secret token contains unallowed characters")
        self.webhook = {"url": call.url, "secret": call.secret_token}
        self.world.allowed = call.allowed_updates
        return True

    def _get_webhook_info(self, call: m.GetWebhookInfo) -> JSON:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.world.updates),
        }

    def _send_chat_action(self, call: m.SendChatAction) -> bool:
        if call.action not in _ACTIONS:
            raise bad("wrong parameter action in request")
        self._chat(call.chat_id).actions.append(call.action)
        return True

    def _answer_callback_query(self, call: m.AnswerCallbackQuery) -> bool:
        if call.callback_query_id not in self.world.queries:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(call.text or "") > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.answers[call.callback_query_id] = call.text
        return True

    def _get_file(self, call: m.GetFile) -> JSON:
        if call.file_id not in self.world.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if self.world.sizes[call.file_id] > MAX_DOWNLOAD_BYTES:
            raise bad("file is too big")
        return {
            "file_id": call.file_id,
            "file_unique_id": f"u-{call.file_id}",
            "file_size": self.world.sizes[call.file_id],
            "file_path": f"photos/{call.file_id}",
        }

    def _send_message(self, call: m.SendMessage) -> JSON:
        check_text(call.text, call.entities, call.parse_mode)
        return self._place(call, {"text": call.text} | _entities("entities", call.entities)).raw

    def _send_message_draft(self, call: m.SendMessageDraft) -> bool:
        chat = self._chat(call.chat_id)
        if chat.kind != "private" or call.draft_id == 0:
            raise bad("TEXTDRAFT_PEER_INVALID")
        if call.text:
            check_text(call.text, call.entities, call.parse_mode)
        chat.drafts[call.draft_id] = call.text or ""
        return True

    def _send_photo(self, call: m.SendPhoto) -> JSON:
        return self._file(call, _Photo(call.photo, call.caption, call.caption_entities)).raw

    def _send_document(self, call: m.SendDocument) -> JSON:
        return self._file(call, _Document(call.document, call.caption, call.caption_entities)).raw

    def _send_media_group(self, call: m.SendMediaGroup) -> list[JSON]:
        if not 2 <= len(call.media) <= 10:
            raise bad("there must be from 2 to 10 messages in the media group")
        if len({type(item) for item in call.media}) > 1:
            raise bad("document can't be mixed with other media types")
        contents = [_content(item) for item in call.media]
        group = f"group-{time.monotonic_ns()}"
        for content in contents:
            content.check()
        return [self._file(call, content, media_group_id=group).raw for content in contents]

    def _file(self, call: Any, content: "_Content", **more: Any) -> Shown:
        body = content.check()
        shown = self._place(call, self._stored(content, body) | more)
        shown.files.append(content.file.data)
        return shown

    def _stored(self, content: "_Content", body: JSON) -> JSON:
        file = self.world.file(content.file.data)
        if content.kind == "photo":
            width, height = body.pop("size")
            return body | {"photo": [file | {"width": width, "height": height}]}
        return body | {"document": file | {"file_name": content.file.filename}}

    def _place(self, call: Any, content: JSON) -> Shown:
        """Put a new message into a chat."""
        chat = self._chat(call.chat_id)
        markup = getattr(call, "reply_markup", None)
        check_keyboard(markup)
        raw: JSON = {"date": int(time.time()), "chat": chat.raw, "from": BOT} | content
        if call.message_thread_id is not None:
            if call.message_thread_id not in chat.topics:
                raise bad("message thread not found")
            raw |= {"message_thread_id": call.message_thread_id, "is_topic_message": True}
        quoted = call.reply_parameters
        if quoted and quoted.message_id not in chat.ids and not quoted.allow_sending_without_reply:
            raise bad("message to be replied not found")
        raw["message_id"] = self.world.next_id(chat)
        raw |= _markup(markup)
        shown = Shown(raw=raw, looks=[content.get("text", content.get("caption", ""))])
        chat.messages[raw["message_id"]] = shown
        chat.drafts.clear()
        self.world.showed(shown)
        return shown

    def _mine(self, call: Any) -> Shown:
        shown = self._chat(call.chat_id).messages.get(call.message_id)
        if shown is None or shown.deleted:
            raise bad("message to edit not found")
        return shown

    def _edit_message_text(self, call: m.EditMessageText) -> JSON:
        shown = self._mine(call)
        check_text(call.text, call.entities, call.parse_mode)
        if "text" not in shown.raw:
            raise bad("there is no text in the message to edit")
        content = {"text": call.text} | _entities("entities", call.entities)
        return self._change(shown, call, content, drop=("entities",))

    def _edit_message_caption(self, call: m.EditMessageCaption) -> JSON:
        shown = self._mine(call)
        check_caption(call.caption, call.caption_entities, call.parse_mode)
        if "text" in shown.raw:
            raise bad("there is no caption in the message to edit")
        content = {"caption": call.caption} if call.caption else {}
        content |= _entities("caption_entities", call.caption_entities)
        return self._change(shown, call, content, drop=("caption", "caption_entities"))

    def _edit_message_media(self, call: m.EditMessageMedia) -> JSON:
        shown = self._mine(call)
        content = _content(call.media)
        body = self._stored(content, content.check())
        kept = shown.files[-1:] == [content.file.data] and _same(shown.raw, body, call)
        if kept:
            raise bad(UNCHANGED)
        drop = ("text", "entities", "photo", "document", "caption", "caption_entities")
        raw = self._change(shown, call, body, drop=drop)
        shown.files.append(content.file.data)
        return raw

    def _edit_message_reply_markup(self, call: m.EditMessageReplyMarkup) -> JSON:
        chat = self._chat(call.chat_id)
        if call.message_id in chat.ids and call.message_id not in chat.messages:
            raise bad("message can't be edited")
        return self._change(self._mine(call), call, {}, drop=())

    def _change(self, shown: Shown, call: Any, content: JSON, *, drop: tuple[str, ...]) -> JSON:
        check_keyboard(call.reply_markup)
        new = {k: v for k, v in shown.raw.items() if k not in {*drop, "reply_markup", "edit_date"}}
        new |= content | _markup(call.reply_markup)
        old = {k: v for k, v in shown.raw.items() if k != "edit_date"}
        if new == old:
            raise bad(UNCHANGED)
        new["edit_date"] = int(time.time())
        shown.raw = new
        shown.looks.append(shown.text)
        self.world.showed(shown)
        return new

    def _delete_message(self, call: m.DeleteMessage) -> bool:
        shown = self._chat(call.chat_id).messages.get(call.message_id)
        if shown is None or shown.deleted:
            raise bad("message to delete not found")
        if shown.old:
            raise bad("message can't be deleted for everyone")
        shown.deleted = True
        return True


class _Content:
    """A file with its caption."""

    kind = ""

    def __init__(self, file: Any, caption: str | None, entities: Any) -> None:
        self.file = file
        self._caption = caption
        self._entities = entities

    def check(self) -> JSON:
        """Check it and return the caption's part of a message."""
        check_caption(self._caption, self._entities, None)
        caption: JSON = {"caption": self._caption} if self._caption else {}
        return caption | _entities("caption_entities", self._entities)


class _Photo(_Content):
    kind = "photo"

    def check(self) -> JSON:
        """As for any file, with the size in pixels."""
        return super().check() | {"size": check_photo(self.file)}


class _Document(_Content):
    kind = "document"

    def check(self) -> JSON:
        """As for any file."""
        check_document(self.file)
        return super().check()


def _content(media: Any) -> _Content:
    if isinstance(media, InputMediaPhoto):
        return _Photo(media.media, media.caption, media.caption_entities)
    if isinstance(media, InputMediaDocument):
        return _Document(media.media, media.caption, media.caption_entities)
    raise bad("unknown media type")


def _same(raw: JSON, body: JSON, call: Any) -> bool:
    return raw.get("caption") == body.get("caption") and _markup(call.reply_markup) == {
        k: v for k, v in raw.items() if k == "reply_markup"
    }


def _entities(name: str, entities: Any) -> JSON:
    return {name: [e.model_dump(exclude_none=True) for e in entities]} if entities else {}


def _markup(markup: Any) -> JSON:
    if not isinstance(markup, InlineKeyboardMarkup):
        return {}
    return {"reply_markup": markup.model_dump(exclude_none=True)}
