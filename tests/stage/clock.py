"""A clock that can jump, where libfaketime is installed (Debian: ``apt install libfaketime``)."""

from dataclasses import dataclass, field
from pathlib import Path

_LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
)


@dataclass
class Clock:
    """The time of day of a process that was started with `environment`.

    Attributes:
        file: Says by how many seconds its clock is off.
        offset_s: The same.
        library: Path of the library; empty when there is none, and the clock does not jump.
    """

    file: Path
    offset_s: int = 0
    library: str = field(
        default_factory=lambda: next((path for path in _LIBRARIES if Path(path).exists()), "")
    )

    def __post_init__(self) -> None:
        """Begin in time."""
        self.set(self.offset_s)

    @property
    def environment(self) -> dict[str, str]:
        """Return what the process needs."""
        if not self.library:
            return {}
        return {
            "LD_PRELOAD": self.library,
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            # Only the time of day jumps; time that passes goes on passing.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, offset_s: int) -> None:
        """Put the clock so many seconds before (positive) or behind the true time."""
        self.offset_s = offset_s
        self.file.write_text(f"{offset_s:+d}\n")
