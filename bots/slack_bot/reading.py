"""Commands in what a person writes.

Slash commands do not work in Slack's threads, so a message that is just the name of a command is
one, too.
"""

from typing import Final

from core.domain.messages import Command

NAMES: Final = frozenset(
    {
        "agree",
        "delete",
        "export",
        "feedback",
        "help",
        "history",
        "language",
        "new",
        "privacy",
        "reference",
        "pick",
        "start",
        "stop",
        "verify",
    }
)
_ALONE: Final = frozenset(
    {"delete", "export", "help", "history", "new", "privacy", "stop", "verify"}
)
_WITH_ARGUMENT: Final = frozenset({"language", "pick", "reference"})
_LONGEST_ARGUMENT: Final = 4


def slash(text: str) -> Command:
    """Read what follows ``/skingen``; anything unknown asks for help."""
    name, _, argument = text.strip().partition(" ")
    if name.lower() not in NAMES:
        return Command(name="help")
    return Command(name=name.lower(), argument=argument.strip())


def spoken(text: str) -> Command | None:
    """Read a message that is nothing but a command, such as ``help`` or ``reference eczema``."""
    name, _, argument = text.strip().partition(" ")
    name = name.lower().lstrip("/!").rstrip(".!")
    if name in _ALONE and not argument:
        return Command(name=name)
    if name in _WITH_ARGUMENT and 1 <= len(argument.split()) <= _LONGEST_ARGUMENT:
        return Command(name=name, argument=argument.strip())
    return None
