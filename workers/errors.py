"""What can go wrong with one job, as the worker's parts tell each other."""

from typing import Final

FAILED: Final = "failure-try-later"
NO_MEMORY: Final = "failure-out-of-memory"
PHOTO_GONE: Final = "failure-photo-gone"
NOT_DRAWN: Final = "failure-pictures"
NOT_LEARNED: Final = "pictures-not-learned"
NO_SPOT: Final = "own-skin-no-spot"
NO_OWN_SKIN: Final = "own-skin-off"
"""Sentences of the catalogue that a `JobFailed` may name."""


class OutOfMemory(Exception):
    """A batch did not fit on the device; a smaller one may."""


class NotGoodEnough(Exception):
    """No picture passed the check, however often it was drawn."""


class JobRefused(Exception):
    """A job cannot be done and need not be tried again.

    Attributes:
        code: Key of the sentence for the person, as in `JobFailed`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
