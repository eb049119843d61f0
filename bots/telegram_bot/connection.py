"""HTTP to the Bot API, and what its refusals mean for a delivery."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bots import GiveUp, TryLater

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_HOPELESS = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
    "topic_closed",
    "group chat was deactivated",
    "chat_restricted",
)
_UNCHANGED = "message is not modified"
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_DOWN_S = 3.0
_ODD_S = 5.0
_LOCKED_OUT_S = 60.0


TOKEN_REFUSED: Final = "Telegram does not accept the token: check SKINGEN_TELEGRAM_TOKEN."  # noqa: S105 (a sentence)


def keep_token_out_of_logs() -> None:
    """Silence loggers that write whole addresses, of which the token is a part."""
    for name in ("httpx", "httpcore", "telegram.Bot", "telegram.ext.ExtBot"):
        logging.getLogger(name).setLevel(logging.WARNING)


class FloodWait(TelegramError):
    """Too many calls.

    Attributes:
        wait_s: Seconds until the next one may be made.
    """

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"flood control, {wait_s:.1f} s")
        self.wait_s = wait_s


class Connection(HTTPXRequest):
    """A pool of connections that reports flood control with its exact wait.

    The library's own `RetryAfter` warns about its future whenever it is built.
    """

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Make one request.

        Raises:
            FloodWait: The answer was 429.
        """
        code, payload = await super().do_request(*args, **kwargs)
        if code == HTTPStatus.TOO_MANY_REQUESTS:
            raise FloodWait(_retry_after_s(payload))
        return code, payload


def _retry_after_s(payload: bytes) -> float:
    try:
        return float(json.loads(payload)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 1.0


def was_not_sent(error: TelegramError) -> bool:
    """Return whether a call failed before Telegram can have seen it."""
    return isinstance(error.__cause__, _NOT_SENT) or isinstance(error, FloodWait)


def is_unchanged(error: TelegramError) -> bool:
    """Return whether an edit failed because it had been made already."""
    return _UNCHANGED in str(error).casefold()


def is_gone(error: TelegramError) -> bool:
    """Return whether the message to edit is no longer there."""
    return any(words in str(error).casefold() for words in _GONE)


@contextmanager
def delivery_errors() -> Iterator[None]:
    """Translate whatever Telegram says into what a delivery understands.

    Raises:
        TryLater: Telegram is away, slow, or asks for patience.
        GiveUp: The chat cannot be reached.
    """
    try:
        yield
    except FloodWait as error:
        raise TryLater(error.wait_s, spent=False) from error
    except Forbidden as error:
        raise GiveUp(str(error)) from error
    except InvalidToken as error:
        raise TryLater(_LOCKED_OUT_S, spent=False) from error
    except BadRequest as error:
        if any(words in str(error).casefold() for words in _HOPELESS):
            raise GiveUp(str(error)) from error
        raise TryLater(_ODD_S) from error
    except NetworkError as error:
        # Timeouts and 5xx say something about Telegram, not about this row.
        raise TryLater(_DOWN_S, spent=False) from error
    except ChatMigrated as error:
        raise TryLater(0.0, spent=False) from error
    except TelegramError as error:
        raise TryLater(_ODD_S) from error
