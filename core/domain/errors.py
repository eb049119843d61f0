"""Errors of the project, in two families by who can act on them.

* SkinGenError
  x UserError              (the person can act; ``code`` names the sentence in the catalogue)
    + PhotoRejected        (core.photos: the photo cannot be used)
  x InfrastructureError    (an operator can act; the step is retried)
    + StoreUnavailable     (Redis or the blob folder did not answer; nothing was half-written)
    + RecordUnreadable     (a stored record has an unknown schema version or a wrong key)
    + ModelUnavailable     (a checkpoint is missing, corrupt or does not fit)
    + SignerUnavailable    (key or certificate for signed pictures are missing or wrong)
"""


class SkinGenError(Exception):
    """Base of every error that this project raises on purpose."""


class UserError(SkinGenError):
    """The sender can fix it.

    Attributes:
        code: Key of a sentence in ``config/locales``.
        details: Arguments of that sentence.
    """

    def __init__(self, code: str, **details: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class InfrastructureError(SkinGenError):
    """Nobody in the chat can fix it; ``str(error)`` is a sentence for the operator."""


class StoreUnavailable(InfrastructureError):
    """Redis or the blob folder did not take or give a record."""


class LeaseLost(InfrastructureError):
    """What was claimed belongs to somebody else by now; whoever finds out stops and leaves it."""


class RecordUnreadable(InfrastructureError):
    """A stored record cannot be understood; it is left as it is."""


class ModelUnavailable(InfrastructureError):
    """A checkpoint is missing, corrupt or does not fit the device."""


class SignerUnavailable(InfrastructureError):
    """Key or certificate for signed pictures are missing or wrong."""
