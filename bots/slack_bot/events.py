"""What Slack sends, parsed once at the border into a few small types.

Payloads are read leniently: an unknown field is ignored, a missing one has a default, and what
makes no sense as a message is None.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bots.slack_bot import mrkdwn

Payload = Mapping[str, Any]
"""A JSON object from Slack; `Any` because only this module looks inside."""

_SUBTYPES: Final = {"", "file_share", "thread_broadcast", "me_message"}
_PICTURES: Final = re.compile(r"\.(jpe?g|png|webp|hei[cf]|tiff?|bmp|gif|avif)$", re.IGNORECASE)
_GONE: Final = {"tombstone", "hidden_by_limit"}
_TO_OTHERS: Final = re.compile(r"\s*<@(?P<user>\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackFile:
    """A file in a message.

    Attributes:
        id: Slack's id.
        name: As the person named it; used only to guess the type.
        media_type: As Slack says; may be empty.
        size_bytes: As Slack says; 0 if unknown.
        url: Private address of the bytes; empty when Slack wants to be asked first.
        gone: Deleted, or hidden by the limits of a free workspace.
    """

    id: str
    name: str = ""
    media_type: str = ""
    size_bytes: int = 0
    url: str = ""
    gone: bool = False

    @property
    def looks_like_picture(self) -> bool:
        """Whether it is worth fetching; phones send HEIC as a nameless stream of bytes."""
        return self.media_type.startswith("image/") or bool(_PICTURES.search(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMessage:
    """A message that a person wrote.

    Attributes:
        workspace: Installation that it was sent to.
        team: Team of the writer; another one in Slack Connect channels.
        channel: Where.
        kind: ``im``, ``mpim``, ``group`` or ``channel``.
        ts: Its id in the channel.
        thread: ``thread_ts`` if it is a reply; empty otherwise.
        user: Who wrote it.
        text: In mrkdwn, as it came.
        files: What it brought.
        mention: Whether it names the bot.
        client_id: ``client_msg_id``, one per gesture of the person; may be empty.
        event_id: Id of the delivery; may be empty.
    """

    workspace: str
    team: str
    channel: str
    kind: str
    ts: str
    thread: str = ""
    user: str
    text: str = ""
    files: tuple[SlackFile, ...] = ()
    mention: bool = False
    client_id: str = ""
    event_id: str = ""

    @property
    def direct(self) -> bool:
        """Whether the bot is the only other one there."""
        return self.kind == "im"

    @property
    def root(self) -> str:
        """The thread that it belongs to or opens."""
        return self.thread or self.ts

    def keys(self) -> tuple[str, ...]:
        """Return the idempotency keys: the gesture, the message and the delivery.

        One gesture may arrive with several timestamps, one message in several events.
        """
        names = {
            "gesture": self.client_id,
            "message": self.ts and f"{self.channel}:{self.ts}",
            "event": self.event_id,
        }
        return tuple(f"slack:{self.workspace}:{n}:{value}" for n, value in names.items() if value)

    def to_somebody_else(self, bot_user: str) -> bool:
        """Return whether it begins with a mention of another person."""
        match = _TO_OTHERS.match(self.text)
        return match is not None and match["user"] != bot_user

    def words(self, bot_user: str) -> str:
        """Return the text as plain words."""
        return mrkdwn.plain(self.text, bot_user=bot_user)

    def with_files(self, files: tuple[SlackFile, ...]) -> "SlackMessage":
        """Return the message with other files."""
        return replace(self, files=files)


def message(body: Payload, *, workspace: str, bot_user: str) -> SlackMessage | None:
    """Read a ``message`` or ``app_mention`` event; None if no person wrote it for reading."""
    event = _object(body.get("event"))
    return written(
        {"team": body.get("team_id"), **event},
        workspace=workspace,
        bot_user=bot_user,
        event_id=_text(body.get("event_id")),
    )


def written(
    event: Payload, *, workspace: str, bot_user: str, event_id: str = ""
) -> SlackMessage | None:
    """Read a message object, from an event or from a channel's history."""
    user, ts, channel = (_text(event.get(key)) for key in ("user", "ts", "channel"))
    odd = _text(event.get("subtype")) not in _SUBTYPES or event.get("hidden")
    if odd or event.get("bot_id") or user == bot_user or not (user and ts and channel):
        return None
    text = _text(event.get("text"))
    return SlackMessage(
        workspace=workspace,
        team=_text(event.get("user_team")) or _text(event.get("team")) or workspace,
        channel=channel,
        kind=_text(event.get("channel_type")) or ("im" if channel.startswith("D") else "channel"),
        ts=ts,
        thread=_text(event.get("thread_ts")),
        user=user,
        text=text,
        files=tuple(map(file, _objects(event.get("files")))),
        mention=event.get("type") == "app_mention" or f"<@{bot_user}>" in text,
        client_id=_text(event.get("client_msg_id")),
        event_id=event_id,
    )


def quoted(message: Payload, *, workspace: str, channel: str) -> SlackMessage:
    """Read a message that somebody points at; it may be anybody's, an app's too."""
    return SlackMessage(
        workspace=workspace,
        team=_text(message.get("team")) or workspace,
        channel=channel,
        kind="im" if channel.startswith("D") else "channel",
        ts=_text(message.get("ts")),
        thread=_text(message.get("thread_ts")),
        user=_text(message.get("user")),
        text=_text(message.get("text")),
        files=tuple(map(file, _objects(message.get("files")))),
    )


def file(data: Payload) -> SlackFile:
    """Read a file object."""
    size = data.get("size")
    asks_first = _text(data.get("file_access")) == "check_file_info"
    url = _text(data.get("url_private_download")) or _text(data.get("url_private"))
    return SlackFile(
        id=_text(data.get("id")),
        name=_text(data.get("name")),
        media_type=_text(data.get("mimetype")),
        size_bytes=size if isinstance(size, int) and size > 0 else 0,
        url="" if asks_first else url,
        gone=_text(data.get("mode")) in _GONE or _text(data.get("file_access")) == "file_not_found",
    )


def shared_at(info: Payload, channel: str) -> tuple[str, str]:
    """Return ``ts`` and ``thread_ts`` of the message that shared a file in a channel."""
    shares = _object(info.get("shares"))
    for kind in ("private", "public"):
        for share in _objects(_object(shares.get(kind)).get(channel)):
            return _text(share.get("ts")), _text(share.get("thread_ts"))
    return "", ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
