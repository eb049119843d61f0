"""Recognise, by rule, what the bot kindly does not do, and name the sentence that says so.

A refusal answers a request; it never replaces triage: both run on every turn. The generator never
sees the user's words at all (prompts come from the ontology); refusing to be steered is a courtesy.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from core.ontology import Ontology
from core.signs import read_signs
from core.signs.folding import fold
from core.signs.lexicon import lexicons

Kind = Literal[
    "self-harm",
    "instructions",
    "picture-fake",
    "picture-person",
    "picture-text",
    "minor",
    "dose",
    "stop-medicine",
    "surgery",
    "prescription",
    "harmless",
    "diagnosis",
    "other-field",
    "not-skin",
]
ORDER: Final[tuple[Kind, ...]] = (
    "instructions",
    "picture-fake",
    "picture-person",
    "picture-text",
    "minor",
    "stop-medicine",
    "dose",
    "surgery",
    "prescription",
    "harmless",
    "diagnosis",
    "other-field",
    "not-skin",
)
"""The first kind that fits is said; what protects people comes before what is merely off topic."""
_FREE_PICTURE = re.compile(r"[\w ]*\b(?:style|prompt|gore|zombie|wearing|anime|cartoon|estilo)\b")


_FILLERS: Final = frozenset(
    {
        *("a", "an", "the", "of", "me", "us", "please", "some", "someone", "somebody", "people"),
        *("person", "my", "what", "how", "like", "look", "looks", "would", "example", "examples"),
        *(
            "version",
            "typical",
            "case",
            "un",
            "una",
            "el",
            "la",
            "los",
            "las",
            "de",
            "por",
            "favor",
        ),
        *("favor", "alguien", "mi", "como", "que", "se", "ve", "ejemplo", "caso"),
    }
)
_SUBJECT_WORDS: Final = 2
"""Words after "draw" that say what is to be seen; "a dragon made of scales" is about no scales."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A kind no.

    Attributes:
        kind: What was asked.
    """

    kind: Kind

    @property
    def key(self) -> str:
        """Return the catalogue key of the sentence to say."""
        return f"refusal-{self.kind}"


def refusal(text: str, locale: str = "en", ontology: Ontology | None = None) -> Refusal | None:
    """Return why a message is not answered as asked, or None for an ordinary one.

    Args:
        text: One message of the user.
        locale: Language of the user, for texts that could be either language.
        ontology: Names of conditions that may be drawn; without it, words about skin decide.
    """
    if any(mention.sign == "self-harm" for mention in read_signs([text], locale)):
        return Refusal(kind="self-harm")
    asked = _asked(fold(text, locale))
    if "picture-text" in asked and _is_about_skin(text, locale, ontology):
        asked.discard("picture-text")
    return next((Refusal(kind=kind) for kind in ORDER if kind in asked), None)


def _asked(sentences: tuple[str, ...]) -> set[str]:
    whole = " , ".join(sentences)
    return {
        pattern.sign
        for lexicon in lexicons()
        for pattern in lexicon.refusals
        if any(pattern.say.search(sentence) for sentence in sentences)
        and not (pattern.unless and pattern.unless.search(whole))
    }


def _is_about_skin(text: str, locale: str, ontology: Ontology | None) -> bool:
    """Return whether a request for a picture stays inside what may be chosen."""
    folded = " , ".join(fold(text, locale))
    if _FREE_PICTURE.match(folded):
        return False
    subject = _drawn(folded)
    named = ontology is not None and ontology.find(subject or text) is not None
    return named or any(lexicon.drawable.search(subject or folded) for lexicon in lexicons())


def _drawn(folded: str) -> str:
    """Return the words right after "draw": what is to be seen, not what it is made of; or ""."""
    asked = [match for one in lexicons() for match in one.drawn.finditer(folded)]
    # "Photo of my arm" may be what somebody sends; "draw" is always a wish.
    asked = [match for match in asked if " " not in match[0]]
    if not asked:
        return ""
    words = folded[max(asked, key=re.Match.end).end() :].replace(",", " ").split()
    return " ".join([word for word in words if word not in _FILLERS][:_SUBJECT_WORDS])
