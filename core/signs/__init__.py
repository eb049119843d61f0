"""Read alarm signs out of what people write, by rule and without a model.

Text is folded to plain words, misspellings of medical words are corrected, patterns of each
language find mentions of signs, and a mention counts only when it is affirmed, current and about a
person. What the signs mean is not decided here but in ``core.triage``.
"""

from core.signs.reading import Mention, read_signs

__all__ = ["Mention", "read_signs"]
