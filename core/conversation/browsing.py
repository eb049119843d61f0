"""The conditions that can be drawn: page by page, or those that fit a word."""

from collections.abc import Sequence
from typing import Final

from core.condition_words import group_name
from core.conversation import replying
from core.conversation.pictures import condition_name
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.conditions import Condition
from core.domain.messages import Command, Incoming
from core.domain.replies import Block, Button
from core.naming import normalise
from core.ontology import Ontology
from core.ontology_faults import names_of

PAGE: Final = 12
"""Conditions on one page: as many buttons as a phone shows without scrolling far."""
SHORTEST: Final = 3
"""Letters that a search needs."""


async def conditions(core: Tools, incoming: Incoming, voice: Voice) -> None:
    """Show one page of what can be drawn; the argument is its number, 1 when it is none."""
    wanted = replying.argument_of(incoming)
    listed = sorted(_drawable(core.ontology), key=lambda one: condition_name(one, voice).casefold())
    pages = -(-len(listed) // PAGE)
    number = min(max(int(wanted), 1), pages) if wanted.isdecimal() else 1
    shown = listed[(number - 1) * PAGE : number * PAGE]
    blocks: list[Block] = [
        voice.paragraph("reference-usage"),
        voice.paragraph("browse-page", number=number, pages=pages),
    ]
    buttons = list(_buttons(shown, voice))
    if number > 1:
        buttons.append(voice.button("browse-back", "conditions", str(number - 1)))
    if number < pages:
        buttons.append(voice.button("browse-more", "conditions", str(number + 1)))
    await replying.answer_at_once(core, incoming, blocks, buttons)


async def found(
    core: Tools, incoming: Incoming, voice: Voice, fitting: Sequence[Condition], wanted: str
) -> None:
    """Show what a search found."""
    blocks = [voice.paragraph("browse-found", name=wanted[:60], count=len(fitting))]
    buttons = _buttons(fitting[:PAGE], voice)
    await replying.answer_at_once(core, incoming, blocks, buttons)


def search(ontology: Ontology, voice: Voice, wanted: str) -> tuple[Condition, ...]:
    """Return the conditions that can be drawn with ``wanted`` in a name or a family's name."""
    part = normalise(wanted)
    if len(part) < SHORTEST:
        return ()
    return tuple(
        one
        for one in _drawable(ontology)
        if any(part in name for name in _names(ontology, voice, one))
    )


def _drawable(ontology: Ontology) -> list[Condition]:
    return [condition for condition in ontology.all() if condition.drawable]


def _names(ontology: Ontology, voice: Voice, condition: Condition) -> list[str]:
    families = (group for group in ontology.groups() if group.id in ontology.lineage(condition.id))
    said = [condition_name(condition, voice)]
    for group in families:
        said += [group.medical_name, group_name(voice.words, voice.locale, group)]
    return [*names_of(condition), *(normalise(name) for name in said)]


def _buttons(listed: Sequence[Condition], voice: Voice) -> tuple[Button, ...]:
    return tuple(
        Button(label=condition_name(one, voice), command=Command(name="reference", argument=one.id))
        for one in listed
    )
