"""Where a trainer's pictures come from.

A data set is anything with these three members; the loop knows nothing else. Two come with the
project: the rendered world (`rendered`) and a folder of images with captions (`folder`). To add
one, write a class with these members and name it in `workers.training.sources`.
"""

from dataclasses import dataclass
from typing import Protocol

from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What is known of a picture; None or empty where nothing is.

    Attributes:
        condition: Id such as "herpes-zoster"; empty if there is one nameless subject.
        name: The condition in words; empty for the id with blanks.
        caption: A whole caption as somebody wrote it.
        tone: The skin tone in words, such as "olive".
        site: Body site in words.
        severity: Severity in words.
    """

    condition: str = ""
    name: str = ""
    caption: str | None = None
    tone: str | None = None
    site: str | None = None
    severity: str | None = None


class Dataset(Protocol):
    """Numbered pictures; the same number gives the same picture at any time."""

    @property
    def notes(self) -> tuple[Notes, ...]:
        """What is known of each picture, without decoding it."""

    @property
    def fingerprint(self) -> str:
        """Changes when the pictures or their notes change."""

    def picture(self, index: int, size_px: int) -> Image.Image:
        """Return picture `index`, upright and in RGB, of any size.

        Args:
            index: Its number.
            size_px: The side that it will be cut and reduced to, as a hint.

        Raises:
            DataError: It cannot be read any more.
        """


@dataclass(frozen=True, slots=True)
class Subset:
    """Some pictures of a data set, as one of its own."""

    whole: Dataset
    indices: tuple[int, ...]

    @property
    def notes(self) -> tuple[Notes, ...]:
        """What is known of each picture."""
        everything = self.whole.notes
        return tuple(everything[index] for index in self.indices)

    @property
    def fingerprint(self) -> str:
        """The whole's, and which pictures."""
        return f"{self.whole.fingerprint}/{','.join(map(str, self.indices))}"

    def picture(self, index: int, size_px: int) -> Image.Image:
        """Return a picture by its number in the subset."""
        return self.whole.picture(self.indices[index], size_px)
