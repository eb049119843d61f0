"""What a picture should show: a scene is fixed by its fields, and its seed fills in the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONDITIONS: tuple[str, ...] = (
    "melanocytic-nevus",
    "melanoma",
    "basal-cell-carcinoma",
    "seborrheic-keratosis",
    "psoriasis",
    "eczema",
    "acne",
    "vitiligo",
    "tinea-corporis",
    "urticaria",
    "herpes-zoster",
    "impetigo",
)
# Left out of the base diffusion training, so that an adapter has something to teach.
HELD_OUT: tuple[str, ...] = ("urticaria", "herpes-zoster", "impetigo")
PLAIN = "plain-skin"
SITES: tuple[str, ...] = ("arm", "leg", "trunk", "back", "face", "hand")
SEVERITIES: tuple[str, ...] = ("mild", "moderate", "severe")

_HAIRY = {"arm": 0.45, "leg": 0.55, "trunk": 0.2, "back": 0.15, "face": 0.25, "hand": 0.15}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One picture to render.

    Attributes:
        condition: An id from `CONDITIONS`, or `PLAIN` for skin without a lesion.
        tone: Fitzpatrick type, 1 (I) to 6 (VI).
        site: One of `SITES`.
        severity: 1 mild, 2 moderate, 3 severe.
        seed: Fixes everything that the other fields leave open.
        textbook: Centred, evenly lit and undisturbed, as an atlas would print it.
        hair: Share of the picture's usual body hair, 0 (none) to 1.
        ink: A surgeon's pen mark lies beside the lesion.
        ruler: A paper ruler lies along one edge.
        limb: The limb's outline and the background behind it are visible.
        blur: Standard deviation of the focus blur in thousandths of the picture's width.
        warmth: Colour temperature, -1 (cold) to 1 (warm).
        exposure: Brightness factor on linear light, 1 is a correct exposure.
        falloff: Strength of the uneven light, 0 (none) to 1.
    """

    condition: str
    tone: int
    site: str
    severity: int
    seed: int
    textbook: bool = False
    hair: float = 0.0
    ink: bool = False
    ruler: bool = False
    limb: bool = False
    blur: float = 0.0
    warmth: float = 0.0
    exposure: float = 1.0
    falloff: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            ValueError: If a field is outside its documented range.
        """
        if self.condition not in (*CONDITIONS, PLAIN):
            raise ValueError(f"unknown condition {self.condition!r}")
        if self.site not in SITES:
            raise ValueError(f"unknown site {self.site!r}")
        if self.tone not in range(1, 7) or self.severity not in range(1, 4):
            raise ValueError(f"tone {self.tone} or severity {self.severity} is out of range")


def sample_scene(
    seed: int,
    *,
    conditions: Sequence[str] = CONDITIONS,
    tone: int | None = None,
    site: str | None = None,
    severity: int | None = None,
    textbook: bool = False,
) -> Scene:
    """Draw a scene at random, the same one for the same arguments.

    Args:
        seed: Any non-negative integer.
        conditions: What to choose the condition from.
        tone: Fixed Fitzpatrick type, or None for a random one.
        site: Fixed site, or None for a random one.
        severity: Fixed severity, or None for a random one.
        textbook: True leaves out hair, ink, rulers, blur and uneven light.
    """
    rng = np.random.default_rng([seed, 1])
    condition = conditions[int(rng.integers(len(conditions)))]
    drawn_tone, drawn_severity = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    drawn_site = SITES[int(rng.integers(len(SITES)))]
    place = site or drawn_site
    chances = rng.uniform(size=6)
    values = rng.normal(size=3)
    photo = not textbook
    return Scene(
        condition=condition,
        tone=tone or drawn_tone,
        site=place,
        severity=severity or drawn_severity,
        seed=seed,
        textbook=textbook,
        hair=float(rng.uniform(0.2, 1)) if photo and chances[0] < _HAIRY[place] else 0.0,
        ink=bool(photo and chances[1] < 0.06),
        ruler=bool(photo and chances[2] < 0.07),
        limb=bool(photo and place in ("arm", "leg") and chances[3] < 0.35),
        blur=float(rng.uniform(1, 8)) if photo and chances[4] < 0.35 else 0.0,
        warmth=float(np.clip(values[0] * 0.4, -1, 1)) if photo else 0.0,
        exposure=float(np.exp(np.clip(values[1] * 0.16, -0.35, 0.3))) if photo else 1.0,
        falloff=float(rng.uniform(0, 1)) if photo else 0.15,
    )
