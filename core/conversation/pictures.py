"""Which reference pictures are drawn, and how they are shown.

Specifications are made of ontology terms only: nothing that a person wrote reaches a generator.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from core import condition_words
from core.contrasts import Difference, differences
from core.conversation import names
from core.conversation.policy import Policy
from core.conversation.voice import Voice
from core.domain.cases import Case, DrawnPicture, PictureSpec
from core.domain.conditions import SITES, Condition
from core.domain.messages import BlobKey
from core.domain.replies import Block, Button, Gallery, Heading, Paragraph, Picture
from core.ontology import Ontology

MILD: Final = 1
MODERATE: Final = 2
SEVERE: Final = 3
TONES: Final = range(1, 7)


def tone_of(case: Case | None, policy: Policy) -> int:
    """Return the Fitzpatrick skin type to draw: the person's correction, the photo's, or ours."""
    if case is None:
        return policy.default_tone
    for turn in reversed(case.turns):
        for answer in turn.answers:
            question, _, value = answer.partition("=")
            if question == "tone":
                return int(value)
    for photo in case.last_photos():
        if photo.tone is not None:
            return photo.tone.fitzpatrick
    return policy.default_tone


def site_of(case: Case | None, policy: Policy) -> str:
    """Return the body site to draw: as answered, as assessed, or ours."""
    if case is None:
        return policy.default_site
    for turn in reversed(case.turns):
        for answer in turn.answers:
            question, _, value = answer.partition("=")
            if question == "site" and value in _SITES_OF_INTAKE:
                return _SITES_OF_INTAKE[value]
    assessment = case.last_assessment()
    # A model may have read anything out of a photo: only sites that we know are drawn.
    seen = assessment.site if assessment else ""
    return seen if seen in SITES else policy.default_site


_SITES_OF_INTAKE: Final = {
    "head": "face",
    "trunk": "trunk",
    "back": "back",
    "arm": "arm",
    "hand": "hand",
    "leg": "leg",
    "foot": "foot",
}


def variants(spec: PictureSpec, count: int) -> tuple[PictureSpec, ...]:
    """Return the same picture with consecutive seeds."""
    return tuple(replace(spec, seed=(spec.seed + i) & 0x7FFFFFFF) for i in range(count))


def side_by_side(spec: PictureSpec, condition_ids: Sequence[str]) -> tuple[PictureSpec, ...]:
    """Return one picture per condition on the same skin and with the same seed."""
    return tuple(replace(spec, condition_id=condition_id) for condition_id in condition_ids)


def parse_draw(argument: str, ontology: Ontology, *, seed_key: str) -> PictureSpec | None:
    """Read ``condition.tone.severity.site`` of a button; None when it makes no sense (any more)."""
    parts = argument.split(".")
    known = {condition.id: condition for condition in ontology.all()}
    if len(parts) != 4 or parts[0] not in known or not known[parts[0]].drawable:  # noqa: PLR2004
        return None
    condition_id, tone, severity, site = parts
    if tone not in {str(t) for t in TONES} or severity not in {"1", "2", "3"} or site not in SITES:
        return None
    return PictureSpec(
        condition_id=condition_id,
        tone=int(tone),
        site=site,
        severity=int(severity),
        seed=names.seed(seed_key),
    )


def draw_argument(spec: PictureSpec, *, tone: int | None = None, severity: int = 0) -> str:
    """Return the argument of a ``draw`` button, with a change."""
    return f"{spec.condition_id}.{tone or spec.tone}.{severity or spec.severity}.{spec.site}"


_BADGES: Final = {
    "generated": "pictures-badge",
    "schematic": "pictures-badge-schematic",
    "composite": "pictures-badge-composite",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two pictures as one, with arrows.

    Attributes:
        blob: PNG bytes.
        pointed: Numbers of the differences that have an arrow.
    """

    blob: BlobKey
    pointed: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureDesk:
    """Shows finished pictures."""

    ontology: Ontology
    voice: Voice

    def blocks(
        self, pictures: Sequence[DrawnPicture], *, compare: bool, pair: Pair | None = None
    ) -> tuple[Block, ...]:
        """Return an album, what tells its pictures apart, its cards and the notice."""
        say = self.voice
        names_ = list(dict.fromkeys(self._name(p.spec.condition_id) for p in pictures))
        own = any(picture.source == "composite" for picture in pictures)
        if own:
            title = say.say("own-skin-title", name=names_[0])
        elif compare and len(names_) > 1:
            title = say.say("pictures-compare", name=names_[0], other=names_[1])
        else:
            title = say.say("pictures-caption", name=names_[0])
        pair_shown = () if pair is None else (self._side_by_side(pictures, pair),)
        blocks: list[Block] = [
            Heading(text=title),
            Gallery(pictures=(*pair_shown, *(self._shown(picture) for picture in pictures))),
        ]
        if pair is not None:
            blocks.extend(self._numbered(pictures, pair))
        elif compare:
            blocks.extend(self._apart(pictures))
        if any(picture.source == "schematic" for picture in pictures):
            blocks.append(say.paragraph("pictures-schematic", quiet=True))
        if own:
            blocks.append(say.paragraph("pictures-on-photo", name=names_[0]))
        blocks.extend(Paragraph(text=card, quiet=True) for card in self._cards(pictures))
        if not own:  # "not your skin" would be wrong there
            blocks.append(say.paragraph("pictures-synthetic", quiet=True))
        blocks.append(say.paragraph("pictures-limits", quiet=True))
        return tuple(blocks)

    def _shown(self, picture: DrawnPicture) -> Picture:
        spec = picture.spec
        name = self._name(spec.condition_id)
        how = f"{self._severity(spec.severity)}, {self.voice.tone(spec.tone)}"
        badge = _BADGES[picture.source]
        caption = f"{self.voice.say(badge)}: {name} ({how})"
        return Picture(
            blob=picture.blob, media_type="image/png", caption=caption, alt=caption, synthetic=True
        )

    def _side_by_side(self, pictures: Sequence[DrawnPicture], pair: Pair) -> Picture:
        drawing = any(picture.source == "schematic" for picture in pictures)
        badge = "pictures-badge-schematic" if drawing else "pictures-badge"
        name, other = (self._name(picture.spec.condition_id) for picture in pictures[:2])
        caption = self.voice.say(
            "seeing-pair-caption", badge=self.voice.say(badge), name=name, other=other
        )
        return Picture(
            blob=pair.blob, media_type="image/png", caption=caption, alt=caption, synthetic=True
        )

    def _numbered(self, pictures: Sequence[DrawnPicture], pair: Pair) -> list[Block]:
        """Return the numbered differences, saying of each that has no arrow why."""
        say = self.voice
        first, second = (self.ontology.get(one.spec.condition_id) for one in pictures[:2])
        lines = [
            say.say(
                f"seeing-pair-{_kind(one, pair)}",
                number=one.mark.number,
                name=self._name(one.condition_id),
                text=one.text,
            )
            for one in differences(say.words, say.locale, (first, second))
        ]
        blocks: list[Block] = [Heading(text=say.say("seeing-pair-arrows"))]
        blocks.append(Paragraph(text="\n".join(lines)))
        if second.escalates and not first.escalates:
            name = self._name(second.id)
            blocks.append(say.paragraph("seeing-pair-dangerous", other=name))
        blocks.append(say.paragraph("seeing-pair-limits", quiet=True))
        return blocks

    def _cards(self, pictures: Sequence[DrawnPicture]) -> list[str]:
        """Return one card for all pictures that differ by their seed only."""
        alike: dict[tuple[PictureSpec, str], list[int]] = {}
        for picture in pictures:
            key = (replace(picture.spec, seed=0), picture.model)
            alike.setdefault(key, []).append(picture.spec.seed)
        return [self._card(spec, model, seeds) for (spec, model), seeds in alike.items()]

    def _card(self, spec: PictureSpec, model: str, seeds: Sequence[int]) -> str:
        model, _, adapter = model.partition("+")
        return self.voice.say(
            "pictures-card",
            condition=self._name(spec.condition_id),
            tone=self.voice.tone(spec.tone),
            site=self.voice.site(spec.site),
            severity=self._severity(spec.severity),
            model=model,
            adapter=adapter or self.voice.say("pictures-card-adapter-none"),
            seed=", ".join(str(seed) for seed in seeds),
        )

    def _apart(self, pictures: Sequence[DrawnPicture]) -> list[Block]:
        ids = list(dict.fromkeys(picture.spec.condition_id for picture in pictures))
        blocks: list[Block] = []
        for this in ids:
            condition = self.ontology.get(this)
            for other in ids:
                text = condition_words.tells_apart(
                    self.voice.words, self.voice.locale, condition, other
                )
                if text is not None:
                    name = self._name(this)
                    blocks.append(
                        self.voice.paragraph("pictures-compare-apart", name=name, text=text)
                    )
        return blocks

    def buttons(self, spec: PictureSpec, *, others: Sequence[Condition]) -> tuple[Button, ...]:
        """Return what may be asked of a picture next."""
        say = self.voice
        buttons = [say.button("button-another", "draw", draw_argument(spec))]
        if spec.severity > MILD:
            milder = draw_argument(spec, severity=spec.severity - 1)
            buttons.append(say.button("button-milder", "draw", milder))
        if spec.severity < SEVERE:
            worse = draw_argument(spec, severity=spec.severity + 1)
            buttons.append(say.button("button-more-severe", "draw", worse))
        buttons.append(say.button("button-other-tone", "tones", draw_argument(spec)))
        for other in others[:1]:
            name = self._name(other.id)
            buttons.append(say.button("button-compare", "compare", other.id, name=name))
        return tuple(buttons)

    def _name(self, condition_id: str) -> str:
        return condition_name(self.ontology.get(condition_id), self.voice)

    def _severity(self, severity: int) -> str:
        return self.voice.say(f"severity-{('healed', 'mild', 'moderate', 'severe')[severity]}")


def _kind(difference: Difference, pair: Pair) -> str:
    """Return which sentence a difference gets."""
    if difference.mark.feature is None:
        return "not-visible"
    return "line" if difference.mark.number in pair.pointed else "no-arrow"


def condition_name(condition: Condition, voice: Voice) -> str:
    """Return a condition's name for a reader."""
    return condition_words.condition_name(
        voice.words, voice.locale, condition, register=voice.register
    )
