"""What a researcher has to know and can mend.

TrainingError            its message is the whole explanation; the command line prints only that
  RecipeError            a setting, or two that do not fit each other
  DataError              the pictures or their captions
  BaseModelError         the checkpoint that should be adapted
  StorageError           something could not be written or read back; what was good before still is
"""


class TrainingError(Exception):
    """A run cannot begin or go on; the message says what to do."""


class RecipeError(TrainingError):
    """A setting is unknown, out of range, or does not fit another one."""


class DataError(TrainingError):
    """Pictures or captions are missing, unreadable or do not fit together."""


class BaseModelError(TrainingError):
    """The base checkpoint is missing, damaged, or of a layout that cannot be trained."""


class StorageError(TrainingError):
    """A file could not be written, or came back different from what was written."""


def listed(items: list[str], limit: int = 5) -> str:
    """Join the first few items for a message, and say how many more there are."""
    shown = ", ".join(items[:limit])
    return shown if len(items) <= limit else f"{shown} and {len(items) - limit} more"
