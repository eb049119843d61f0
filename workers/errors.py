"""What can go wrong with one job, as the worker's parts tell each other."""


class OutOfMemory(Exception):
    """A batch did not fit on the device; a smaller one may."""


class JobRefused(Exception):
    """A job cannot be done and need not be tried again.

    Attributes:
        code: Key of the sentence for the person, as in `JobFailed`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
