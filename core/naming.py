"""Compare names of conditions the way people type them."""

import re
import unicodedata
from typing import Final

_WORD = re.compile(r"[a-z0-9]+")
_SHORTEST_PLURAL: Final = 5


def normalise(name: str) -> str:
    """Fold case, accents, punctuation and English plurals, so that names compare."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return " ".join(_singular(word) for word in _WORD.findall(plain.replace("'", "")))


def _singular(word: str) -> str:
    """Drop a plural s; words such as "lupus", "psoriasis" and "abscess" keep theirs."""
    plural = word.endswith("s") and not word.endswith(("ss", "us", "is", "ys"))
    return word[:-1] if plural and len(word) >= _SHORTEST_PLURAL else word
