"""What may be done to the caches of each model family, and what may not.

Measured with tiny random models of each family: a turn answered from a kept cache gives the logits
of a full pass. What is not listed is answered without keeping anything, which is always right.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Rights of a family.

    Attributes:
        joins: Rows of several cases may be decoded as one batch: positions are counted, not drawn
            from the pictures, and the attention is causal throughout.
        keeps: A cache may be kept from one text turn to the next.
        insists_on_photos: The processor refuses words alone; they go to the tokenizer then.
        adds_photos: One row of pixel values per photo, so a photo may be added to a kept cache.
    """

    joins: bool = False
    keeps: bool = False
    adds_photos: bool = False
    insists_on_photos: bool = False


_FAMILIES: Final = {
    "llava": Family(joins=True, keeps=True, adds_photos=True),
    "llava_next": Family(joins=True, keeps=True),
    "idefics3": Family(joins=True, keeps=True),
    "smolvlm": Family(joins=True, keeps=True),
    "internvl": Family(joins=True, keeps=True),
    # Its prompt is read in both directions, so what was kept changes when more is said.
    "paligemma": Family(insists_on_photos=True),
    "qwen2_vl": Family(keeps=True),
    "qwen2_5_vl": Family(keeps=True),
    "qwen3_vl": Family(keeps=True),
}


def family_of(model_type: str) -> Family:
    """Return the rights of a family; none for one that is not known."""
    return _FAMILIES.get(model_type, Family())
