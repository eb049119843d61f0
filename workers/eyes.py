"""What compares pictures in a worker, and how a worker asks for it without loading it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, cast

from PIL import Image

from core.ontology import Ontology
from workers.answering import Consultant
from workers.badge import Sign
from workers.batching import ModelThread
from workers.desk import Desk
from workers.devices import Device
from workers.drawing import BadgeWord
from workers.verifier import Verifier

NONE: Final = "none"


class MakeConsultant(Protocol):
    """Makes who is asked about similar cases."""

    def __call__(
        self, *, desk: Desk, thread: ModelThread, badge_word: BadgeWord, sign: Sign | None
    ) -> Consultant: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a worker's settings ask for.

    Attributes:
        models_file: Which models there are.
        embedder: Entry of ``models.toml``; ``none`` compares nothing.
        cases: Folder of the index of similar cases, or ``none``.
        verifier: Folder of a reader's heads, ``words``, or ``none``.
        trained_on: Folder of the index of training pictures, or ``none``.
        root: What relative folders start from.
    """

    models_file: Path
    embedder: str
    cases: str
    verifier: str
    trained_on: str
    root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """What compares pictures; None where it is not wanted.

    Attributes:
        consultant: Makes who is asked about similar cases.
        verifier: Checks drawn pictures.
        example: Gives a case of a condition as an image prompt, or None.
    """

    consultant: MakeConsultant | None = None
    verifier: Verifier | None = None
    example: Callable[[str], Image.Image | None] = lambda _condition: None


def open_eyes(wanted: Wanted, ontology: Ontology, device: Device) -> Eyes:
    """Load the embedder, once, and what stands on it; nothing where nothing is wanted.

    Raises:
        ModelUnavailable: Something is missing, damaged, or made with another embedder.
    """
    if wanted.embedder == NONE or wanted.cases == wanted.verifier == NONE:
        return Eyes()
    comparing = importlib.import_module("workers.comparing")
    return cast("Eyes", comparing.build(wanted, ontology, device))
