"""Buttons that outlive restarts and updates: everything they mean is in their callback data.

The data is ``<version>|<name>|<argument>``. A version or form that this program does not know is
not an error: the person gets a kind sentence.
"""

import logging
import re
from collections.abc import Sequence
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from core.domain.messages import Command
from core.domain.replies import Button

VERSION: Final = "1"
MAX_BYTES: Final = 64
"""Source: https://core.telegram.org/bots/api#inlinekeyboardbutton, ``callback_data``."""

_NAME: Final = re.compile(r"[a-z_]{1,48}")
_ROW_LETTERS: Final = 30
_ROW_BUTTONS: Final = 4
_log = logging.getLogger(__name__)


def encode(command: Command) -> str:
    """Return a command as callback data.

    Raises:
        ValueError: It does not fit, or its name is not a lower-case word.
    """
    data = f"{VERSION}|{command.name}|{command.argument}"
    if not _NAME.fullmatch(command.name) or len(data.encode()) > MAX_BYTES:
        raise ValueError(f"not a button command: {command.name}")
    return data


def decode(data: str | None) -> Command | None:
    """Return the command of a pressed button, or None for data of an unknown form."""
    version, _, rest = (data or "").partition("|")
    name, _, argument = rest.partition("|")
    if version != VERSION or not _NAME.fullmatch(name):
        return None
    return Command(name=name, argument=argument)


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Lay buttons out in rows, in reading order; None when there are none."""
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        try:
            key = InlineKeyboardButton(button.label, callback_data=encode(button.command))
        except ValueError:
            _log.exception("a button was left out")
            continue
        if rows and _fits(rows[-1], button.label):
            rows[-1].append(key)
        else:
            rows.append([key])
    return InlineKeyboardMarkup(rows) if rows else None


def _fits(row: list[InlineKeyboardButton], label: str) -> bool:
    """Return whether a row has room: its buttons are all as wide as the widest."""
    widest = max(len(label), *(len(key.text) for key in row))
    return len(row) < _ROW_BUTTONS and (len(row) + 1) * widest <= _ROW_LETTERS
