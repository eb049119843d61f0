"""What the project knows about one skin condition, as plain values.

The texts are knowledge for prompts and for people; which of them is shown, and in which language,
is decided elsewhere. Advice is not text: ``self_care`` and ``see_doctor`` are keys of the catalogue
(``config/locales``), so that each sentence is reviewed and translated once.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Malignancy = Literal["benign", "premalignant", "malignant"]
Urgency = Literal["emergency", "today", "soon", "routine"]
AgeBand = Literal["infant", "child", "teen", "adult", "older"]
Site = Literal[
    "scalp",
    "face",
    "mouth",
    "neck",
    "trunk",
    "back",
    "arm",
    "hand",
    "nail",
    "groin",
    "genitals",
    "buttocks",
    "leg",
    "foot",
    "folds",
]
SITES: Final[tuple[Site, ...]] = get_args(Site)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A condition that looks alike.

    Attributes:
        condition_id: Id of the look-alike.
        tells_apart: One sentence on what this condition shows and the look-alike does not.
    """

    condition_id: str
    tells_apart: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A family of conditions, to fall back on when the members cannot be told apart.

    Attributes:
        id: Kebab-case.
        lay_name: In plain English.
        medical_name: As a clinician would write it.
        parent: Id of the wider group, or None at the top.
    """

    id: str
    lay_name: str
    medical_name: str
    parent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One entry of the ontology.

    Attributes:
        id: Kebab-case, the key everywhere else.
        lay_name: In plain English.
        medical_name: As a clinician would write it.
        synonyms: Other names that people type, in any language of the catalogue.
        group: Id of the family it belongs to, or None.
        icd11: ICD-11 code, or None where the project is not sure of it.
        findings: What is typically seen, one phrase each, on light and on dark skin.
        sites: Where it usually sits; empty means anywhere.
        ages: Who usually has it; empty means any age.
        neighbours: Look-alikes, the likeliest first.
        contagious: True where it passes from person to person.
        malignancy: Worst nature of the condition itself, not of a given photo.
        urgency: How soon somebody should look at it when nothing else is known.
        self_care: Keys of catalogue messages, ``care-...``.
        see_doctor: Keys of catalogue messages, ``see-...``.
        checklist: What a picture must show to count as this condition, as yes-or-no statements.
        drawable: False where no picture is ever drawn (genitals, children, distressing sights).
        source: Where the entry comes from, for people who check it.
    """

    id: str
    lay_name: str
    medical_name: str
    synonyms: tuple[str, ...]
    group: str | None
    icd11: str | None
    findings: tuple[str, ...]
    sites: tuple[Site, ...]
    ages: tuple[AgeBand, ...]
    neighbours: tuple[Neighbour, ...]
    contagious: bool
    malignancy: Malignancy
    urgency: Urgency
    self_care: tuple[str, ...]
    see_doctor: tuple[str, ...]
    checklist: tuple[str, ...]
    drawable: bool
    source: str

    @property
    def escalates(self) -> bool:
        """True where a small likelihood is enough to send somebody to a clinician."""
        return self.malignancy != "benign"
