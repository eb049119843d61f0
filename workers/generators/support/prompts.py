"""Words for a diffusion model, made from ontology terms and nothing else.

No text of a person can get in: a spec holds ids, and what is no id or site of ours is refused.
"""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Final, cast

from core.domain.cases import PictureSpec
from core.domain.conditions import SITES
from core.domain.errors import ModelUnavailable

Prompt = Callable[[str, int, str, int], str]
"""Gives the words for condition id, Fitzpatrick tone, site and severity."""

_TERM: Final = re.compile(r"[a-z][a-z0-9-]{0,47}")
_TONES: Final = ("very pale", "fair", "light brown", "olive", "brown", "dark brown")
_SEVERITIES: Final = ("mild", "moderate", "severe")


def clinical_prompt(condition_id: str, tone: int, site: str, severity: int) -> str:
    """Return words for a model that was trained on photos with captions.

    Source: the prompt form of SkinGEN's token captions, "a photo of <condition>", with tone and
    site added.
    """
    name = condition_id.replace("-", " ")
    place = f" on the {site}" if site else ""
    return (
        f"a clinical photo of {_SEVERITIES[severity - 1]} {name}{place}, "
        f"{_TONES[tone - 1]} skin, close-up, sharp focus"
    )


def load_prompt(place: str) -> Prompt:
    """Return the function at ``module:name``; the clinical prompt when ``place`` is empty.

    Raises:
        ModelUnavailable: There is no such function.
    """
    if not place:
        return clinical_prompt
    module, _, name = place.partition(":")
    try:
        return cast("Prompt", getattr(import_module(module), name))
    except (ImportError, AttributeError, ValueError) as error:
        raise ModelUnavailable(f"there is no prompt function {place!r}") from error


def words_for(spec: PictureSpec, prompt: Prompt) -> str:
    """Return the prompt of a spec.

    Raises:
        KeyError: A term is not an ontology term, or the model does not know it.
    """
    if not _TERM.fullmatch(spec.condition_id) or spec.site not in ("", *SITES):
        raise KeyError("not a term of the ontology")
    if spec.tone not in range(1, 7) or spec.severity not in range(1, 4):
        raise KeyError("tone or severity is out of range")
    return prompt(spec.condition_id, spec.tone, spec.site, spec.severity)
