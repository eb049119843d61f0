"""What went wrong between us and Slack, sorted by what to do about it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError

Kind = Literal["limited", "down", "uncertain", "shape", "lost", "token", "never"]

_LIMITED: Final = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_UNCERTAIN: Final = {
    "fatal_error",
    "internal_error",
    "request_timeout",
    "service_unavailable",
    "messaging_processing_failed",
    "team_added_to_org",
    # A message that streams cannot be changed; the next attempt stops its stream again.
    "streaming_state_conflict",
}
"""Source: docs.slack.dev: "some aspect of the operation" may have "succeeded before the error"."""
_SHAPE: Final = {
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_arguments",
    "invalid_attachments",
    "msg_blocks_too_long",
    "msg_too_long",
    "too_many_attachments",
    "only_one_table_allowed",
    "unsupported_block_type",
}
_LOST: Final = {"message_not_found", "cant_update_message", "edit_window_closed"}
_TOKEN: Final = {"token_expired", "invalid_auth", "not_authed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One failure.

    Attributes:
        kind: ``limited``: not done, ask again in ``after_s``. ``down``: not done, nobody was
            there. ``uncertain``: perhaps done. ``shape``: not done, our blocks were refused.
            ``lost``: the message to change is gone. ``token``: not done, the token is old.
            ``never``: not done, and asking again will not help.
        code: Slack's name for it, or the exception's; says nothing of content.
        after_s: Seconds to wait before asking again; 0 if Slack named none.
    """

    kind: Kind
    code: str
    after_s: float = 0.0


ERRORS: Final = (SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError)
"""Everything that a call of the SDK raises for trouble."""


def sort(error: Exception) -> Trouble:
    """Say what kind of trouble one of `ERRORS` is."""
    match error:
        case SlackApiError():
            return _refusal(error)
        case aiohttp.ClientConnectorError():
            return Trouble(kind="down", code=type(error).__name__)
        case SlackRequestError():
            return Trouble(kind="never", code=type(error).__name__)
        case _:
            return Trouble(kind="uncertain", code=type(error).__name__)


def _refusal(error: SlackApiError) -> Trouble:
    response: Any = error.response  # a response of the SDK, or aiohttp's when it was no JSON
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    code = str(data.get("error") or "") if isinstance(data, Mapping) else ""
    if status == 429 or code in _LIMITED:  # noqa: PLR2004
        return Trouble(kind="limited", code="ratelimited", after_s=_retry_after_s(response))
    if code in _UNCERTAIN or not code:
        return Trouble(kind="uncertain", code=code or f"http_{status}")
    kinds: dict[Kind, set[str]] = {"shape": _SHAPE, "lost": _LOST, "token": _TOKEN, "never": {code}}
    kind = next(kind for kind, codes in kinds.items() if code in codes)
    return Trouble(kind=kind, code=code)


def _retry_after_s(response: Any) -> float:  # as in `_refusal`
    headers = {str(name).lower(): value for name, value in response.headers.items()}
    try:
        return max(1.0, float(headers.get("retry-after", 1)))
    except ValueError:
        return 1.0
