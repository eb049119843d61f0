"""The rule book of triage: which signs together mean what.

Sources: NHS and AAD advice on emergency and cancer signs; NICE NG12 (suspected cancer), NG240
(meningitis), CG183 (drug allergy), NG19 (diabetic foot), NG141 (cellulitis), CG151 (fever with a
weak immune system); Resuscitation Council UK 2021 (anaphylaxis); EuroSCAR and RegiSCAR papers (drug
reactions of skin and mucosa).
"""

from dataclasses import dataclass
from typing import Final, Literal

from core.domain.triage import Level

Whose = Literal["anyone", "user", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: it fires for a person who has a sign from every set of ``needs``.

    Attributes:
        id: Reason id, ``triage-reason-<id>`` in the catalogue.
        level: What it raises the triage to.
        needs: Sets of alternatives; all sets must be met by the same person.
        without: Signs that silence the rule.
        whose: Whom it may fire for.
    """

    id: str
    level: Level
    needs: tuple[frozenset[str], ...]
    without: frozenset[str] = frozenset()
    whose: Whose = "anyone"


def _rule(
    rule_id: str, level: Level, *needs: str, without: str = "", whose: Whose = "anyone"
) -> Rule:
    return Rule(
        id=rule_id,
        level=level,
        needs=tuple(frozenset(need.split()) for need in needs),
        without=frozenset(without.split()),
        whose=whose,
    )


_SKIN: Final = (
    "rash rash-word hives skin-red hot-red purple blister blistering spreading shingles infected"
)

EMERGENCY: Final = (
    _rule("self-harm", "emergency", "self-harm"),
    _rule("breathing", "emergency", "breathing"),
    _rule("breathing", "emergency", "throat-odd", "hives"),
    _rule("answer-breathing", "emergency", "answer-shortness-of-breath"),
    _rule("face-swelling", "emergency", "face-swelling"),
    _rule("fainting", "emergency", "fainting"),
    _rule("purple-rash", "emergency", "non-blanching"),
    _rule("purple-rash", "emergency", "purple", without="blanches"),
    _rule("confusion", "emergency", "confusion", f"{_SKIN} fever ill very-ill headache dizzy"),
    _rule("confusion", "emergency", "confusion", whose="other"),
    _rule("confusion", "emergency", "drowsy", "fever", _SKIN),
    _rule("stiff-neck", "emergency", "stiff-neck"),
    _rule("severe-headache", "emergency", "severe-headache", f"fever {_SKIN}"),
    _rule("severe-headache", "emergency", "headache", "high-fever", _SKIN),
    _rule("blistering-peeling", "emergency", "blistering"),
    _rule(
        "blistering-peeling",
        "emergency",
        "blister",
        "skin-pain",
        "whole-body severe-pain fever ill",
        without="shingles",
    ),
    _rule("drug-blisters", "emergency", "new-drug", "blister blistering mucosal-sores"),
    _rule("drug-fever", "emergency", "new-drug", "fever", "rash rash-word hives"),
    _rule("mucosal-sores", "emergency", "mucosal-sores answer-mouth-sores", "new-drug rash-word"),
    _rule(
        "answer-mouth-sores",
        "emergency",
        "answer-mouth-sores",
        "answer-fever answer-chills fever blister blistering",
    ),
    _rule("fever-spreading-rash", "emergency", "fever", _SKIN, "spreads-fast spreading"),
    _rule("hot-spreading-fever", "emergency", "hot-red red-streak", "fever"),
    _rule(
        "whole-body-ill", "emergency", "whole-body", _SKIN, "fever ill very-ill", without="catching"
    ),
    _rule("black-skin", "emergency", "black-skin"),
    _rule("pain-out-of-proportion", "emergency", "pain-beyond"),
    _rule(
        "pain-out-of-proportion",
        "emergency",
        "severe-pain",
        "skin-red hot-red limb",
        "fever spreads-fast spreading",
        without="shingles",
    ),
    _rule(
        "pain-out-of-proportion", "emergency", "looks-slight", "agony", without="shingles catching"
    ),
    _rule("weak-immunity-fever", "emergency", "weak-immunity", "fever high-fever answer-fever"),
    _rule("eye-infection", "emergency", "eye-deep", f"fever {_SKIN}"),
    _rule("eye-infection", "emergency", "shingles", "eye"),
    _rule("fever-spreading-rash", "emergency", "past-line", "fever very-ill ill"),
    _rule("baby-fever", "emergency", "newborn", "fever blister blistering drowsy"),
    _rule("baby-fever", "emergency", "newborn", "hot-red"),
    _rule("baby-fever", "emergency", "baby", "fever", f"{_SKIN} drowsy"),
    _rule("burn-severe", "emergency", "burn-severe"),
    _rule("bleeding-heavy", "emergency", "bleeding-heavy"),
    _rule("venom", "emergency", "venom"),
    _rule("very-ill", "emergency", "named-emergency"),
    _rule("very-ill", "emergency", "very-ill", f"fever {_SKIN}"),
    _rule("very-ill", "emergency", "hives", "dizzy"),
    _rule("very-ill", "emergency", "infected hot-red", "fever", "dizzy"),
)

TODAY: Final = (
    _rule("hot-spreading", "today", "hot-red red-streak"),
    _rule("hot-spreading", "today", "skin-red", "spreads-fast"),
    _rule("hot-spreading", "today", "past-line"),
    _rule("hot-spreading", "today", "rash", "spreads-fast", "spreading"),
    _rule("fever-rash", "today", "fever", whose="user"),
    _rule("fever-rash", "today", "fever", _SKIN),
    _rule("fever-rash", "today", "ill very-ill", _SKIN),
    _rule("answer-fever", "today", "answer-fever answer-chills"),
    _rule("eye", "today", "eye eye-deep"),
    _rule("diabetic-foot", "today", "diabetes", "foot"),
    _rule(
        "weak-immunity-infection",
        "today",
        "weak-immunity",
        "infected hot-red fever shingles blister blistering spreads-fast answer-fever",
    ),
    _rule("new-drug-rash", "today", "new-drug", "rash-word hives itchy-or-rash"),
    _rule("shingles", "today", "shingles"),
    _rule("infected", "today", "infected"),
    _rule("bite", "today", "bite"),
    _rule("burn", "today", "burn"),
    _rule("catching", "today", "catching"),
    _rule("baby-rash", "today", "newborn", _SKIN),
    _rule("severe-pain", "today", "severe-pain", _SKIN),
)

SOON: Final = (
    _rule("changing-spot", "soon", "changing-spot"),
    _rule("changing-spot", "soon", "a-spot", "it-changes"),
    _rule("bleeding-spot", "soon", "bleeding-spot"),
    _rule("bleeding-spot", "soon", "a-spot", "it-bleeds"),
    _rule("uneven-spot", "soon", "uneven-spot"),
    _rule("uneven-spot", "soon", "a-spot", "it-uneven"),
    _rule("new-spot", "soon", "new-spot"),
    _rule("new-spot", "soon", "a-spot", "it-new"),
    _rule("odd-one-out", "soon", "odd-one-out"),
    _rule("large-spot", "soon", "large-spot"),
    _rule("nail-line", "soon", "nail-line"),
    _rule("not-healing", "soon", "not-healing"),
    _rule("cancer-history", "soon", "cancer-history", "a-spot"),
    _rule("answer-bleeding", "soon", "answer-bleeding"),
    _rule("answer-growing", "soon", "answer-growing answer-darkening"),
    _rule("weak-immunity", "soon", "weak-immunity"),
    _rule("pregnant", "soon", "pregnant", "itchy-or-rash"),
    _rule("tick-bite", "soon", "tick"),
)

RULES: Final = (*EMERGENCY, *TODAY, *SOON)
MODEL_REASONS: Final = ("model-emergency", "model-today", "model-soon", "model-malignant")
NO_REASON: Final = "none"
