"""Buttons that describe themselves, so that they work after any restart.

A button's value is ``version|name|argument``; its block id names the thread that it belongs to.
"""

from collections.abc import Sequence
from typing import Any, Final

from bots.slack_bot.addresses import is_timestamp
from core.domain.messages import Command
from core.domain.replies import Button

ACTION: Final = "skingen"
"""Prefix of all action ids and block ids of this bot."""

VERSION: Final = "1"
LABEL_LIMIT: Final = 75
"""Source: docs.slack.dev, button element: text of at most 75 characters."""
ROW_LIMIT: Final = 5
"""Slack allows 25 in a row; more than five wrap badly on a phone."""


def encode(command: Command) -> str:
    """Write a command into a button's value."""
    return f"{VERSION}|{command.name}|{command.argument}"


def decode(value: str) -> Command | None:
    """Read a button's value; None when another version wrote it or it is none of ours."""
    version, _, rest = value.partition("|")
    name, _, argument = rest.partition("|")
    if version != VERSION or not name:
        return None
    return Command(name=name, argument=argument)


def block_id(thread: str, number: int) -> str:
    """Name a row of buttons after its thread."""
    return f"{ACTION}:{thread}:{number}"


def thread_of(block: str) -> str:
    """Return the thread that `block_id` put into a name; empty if there is none."""
    parts = block.split(":")
    return parts[1] if len(parts) == 3 and is_timestamp(parts[1]) else ""  # noqa: PLR2004


def rows(buttons: Sequence[Button], thread: str) -> list[dict[str, Any]]:
    """Draw buttons as blocks: rows of actions, and thumbs for a pair of ratings."""
    thumbs = {b.command.argument.partition(".")[0]: b for b in buttons if b.command.name == "rate"}
    paired = "up" in thumbs and "down" in thumbs
    others = [b for b in buttons if not (paired and b.command.name == "rate")]
    blocks = [
        _row(others[start : start + ROW_LIMIT], thread, start)
        for start in range(0, len(others), ROW_LIMIT)
    ]
    if paired:
        blocks.append(_feedback(thumbs["up"], thumbs["down"], thread, len(buttons)))
    return blocks


def _row(buttons: Sequence[Button], thread: str, start: int) -> dict[str, Any]:
    elements = [
        {
            "type": "button",
            "action_id": f"{ACTION}:{start + number}",
            "text": _label(button.label),
            "value": encode(button.command),
        }
        for number, button in enumerate(buttons)
    ]
    return {"type": "actions", "block_id": block_id(thread, start), "elements": elements}


def _feedback(up: Button, down: Button, thread: str, number: int) -> dict[str, Any]:
    element = {
        "type": "feedback_buttons",
        "action_id": f"{ACTION}:{number}",
        "positive_button": {"text": _label(up.label), "value": encode(up.command)},
        "negative_button": {"text": _label(down.label), "value": encode(down.command)},
    }
    return {
        "type": "context_actions",
        "block_id": block_id(thread, number),
        "elements": [element],
    }


def _label(text: str) -> dict[str, Any]:
    text = text.strip() or "…"
    short = text if len(text) <= LABEL_LIMIT else text[: LABEL_LIMIT - 1] + "…"
    return {"type": "plain_text", "text": short, "emoji": True}
