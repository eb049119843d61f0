"""What was measured in a photo, in words: one plain sentence for each figure, never a judgement."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.conversation.voice import Voice
from core.domain.cases import Assessment, Case
from core.domain.replies import Block, Heading, Paragraph
from core.domain.seen import Spot

# Where a figure begins to be called otherwise. Source: renders of moles stay below the first step
# and renders of melanoma begin at the second (`docs/how-it-explains.md` has the table).
_ASYMMETRY_STEPS: Final = (0.08, 0.18)
_BORDER_STEPS: Final = (0.04, 0.12)
_STEPS: Final = ("even", "some", "uneven")


def figures(case: Case, turn_id: str, assessment: Assessment, voice: Voice) -> tuple[Block, ...]:
    """Return what was measured in the photo of a turn."""
    spots = assessment.spots
    if not spots:
        return (voice.paragraph("seeing-many"),)
    heading = Heading(text=voice.say("seeing-figures"))
    limits = voice.paragraph("seeing-figures-limits", quiet=True)
    if len(spots) == 1:
        spot = _with_scale(case, turn_id, spots[0])
        lines = [*_sentences(spot, voice), voice.say("seeing-change")]
        return heading, Paragraph(text="\n".join(lines)), limits
    lines = [
        voice.say("seeing-spot", number=spot.number, figures="; ".join(_phrases(spot, voice)))
        for spot in spots
    ]
    several = voice.paragraph("seeing-several", count=len(spots))
    return several, *_odd(spots, voice), heading, Paragraph(text="\n".join(lines)), limits


def _with_scale(case: Case, turn_id: str, spot: Spot) -> Spot:
    """Give a spot that was picked the size that was measured in the whole photo."""
    original = _picked_spot(case, turn_id)
    if original is None or original.diameter_mm is None:
        return spot
    return replace(spot, diameter_mm=original.diameter_mm, area_mm2=original.area_mm2)


def _picked_spot(case: Case, turn_id: str) -> Spot | None:
    """Return the spot that a turn asks about, as measured in the photo that it was picked from."""
    turn = next((turn for turn in case.turns if turn.id == turn_id), None)
    if turn is None or not turn.photos:
        return None
    known = (spot for one in case.turns if one.assessment for spot in one.assessment.spots)
    return next((spot for spot in known if spot.crop == turn.photos[0].blob), None)


def _odd(spots: Sequence[Spot], voice: Voice) -> tuple[Block, ...]:
    """Point at the odd one out, if there is one."""
    odd = next((spot for spot in spots if spot.odd), None)
    if odd is None:
        return ()
    ways = " ".join(voice.say(f"seeing-odd-{way}") for way in odd.odd)
    return (voice.paragraph("seeing-odd", number=odd.number, ways=ways),)


def _sentences(spot: Spot, voice: Voice) -> list[str]:
    """Return one plain sentence for each figure."""
    if spot.diameter_mm is not None and spot.area_mm2 is not None:
        size = voice.say(
            "seeing-size-mm", diameter=_short(spot.diameter_mm), area=_short(spot.area_mm2)
        )
    else:
        size = voice.say("seeing-size-share", percent=_percent(spot.area_share))
    asymmetry, border = _step(spot.asymmetry, _ASYMMETRY_STEPS), _step(spot.border, _BORDER_STEPS)
    return [
        size,
        voice.say(f"seeing-asymmetry-{asymmetry}", percent=_percent(spot.asymmetry)),
        voice.say(f"seeing-border-{border}", percent=_percent(spot.border)),
        voice.say("seeing-shades", count=spot.shades),
    ]


def _phrases(spot: Spot, voice: Voice) -> list[str]:
    """Return the same in a few words each, for a list of spots."""
    if spot.diameter_mm is not None:
        size = voice.say("seeing-short-mm", diameter=_short(spot.diameter_mm))
    else:
        size = voice.say("seeing-short-share", percent=_percent(spot.area_share))
    return [
        size,
        voice.say(f"seeing-short-asymmetry-{_step(spot.asymmetry, _ASYMMETRY_STEPS)}"),
        voice.say(f"seeing-short-border-{_step(spot.border, _BORDER_STEPS)}"),
        voice.say("seeing-short-shades", count=spot.shades),
    ]


def _step(value: float, steps: tuple[float, float]) -> str:
    return _STEPS[sum(value >= step for step in steps)]


def _percent(share: float) -> str:
    return "<1" if 0 < share < 0.01 else str(round(share * 100))  # noqa: PLR2004 - one percent


def _short(value: float) -> str:
    return str(round(value)) if value >= 10 else f"{value:.1f}"  # noqa: PLR2004 - mm
