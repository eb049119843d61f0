"""A differential from an endpoint that cannot score names: letters, or a constrained list.

With log-likelihoods the candidates get letters, the model is asked for one letter, and the
likelihoods of the letters are the scores. Models favour some places of such a list, so it is asked
in both orders and the mean is taken. More candidates than letters are first cut down by a list that
the model writes itself under a JSON schema; the same list stands in where no log-likelihoods are
offered. Its form is shown in the question, for servers that know no schemas. A list's numbers are
what the model *says*; they are known to be surer than right.

Source of the letters and of their bias towards a place: Robinson et al., "Leveraging Large Language
Models for Multiple Choice Question Answering", ICLR 2023; Zheng et al., "Large Language Models Are
Not Robust Multiple Choice Selectors", ICLR 2024.
"""

import asyncio
import math
import string
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import BaseModel, Field, ValidationError

from workers.vlms import Candidate
from workers.vlms.support.endpoint import TOP, Endpoint, Messages, asking

Shares = tuple[tuple[str, float], ...]
"""``(condition_id, share)``, most likely first, summing to 1."""

_LIST_TOKENS: Final = 600
_FORM: Final = '{"differential": [{"condition": "name", "likelihood": 50}]}'
_MOST: Final = TOP
"""As many letters as the interface tells log-likelihoods of."""


class Listed(BaseModel):
    """One line of a list."""

    condition: str
    likelihood: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class ConditionList(BaseModel):
    """What a model writes under the schema."""

    differential: list[Listed]


async def ranked_by_endpoint(
    endpoint: Endpoint, messages: Messages, candidates: Sequence[Candidate], temperature: float
) -> Shares:
    """Return every candidate's share; empty without candidates.

    Raises:
        openai.OpenAIError: The endpoint refused or is gone.
        ValueError: It gives neither log-likelihoods nor a list that can be read.
    """
    if not candidates:
        return ()
    listed: dict[str, float] = {}
    chosen = list(candidates)
    if len(chosen) > _MOST:
        listed = await _listed(endpoint, messages, candidates)
        chosen = sorted(chosen, key=lambda one: -listed.get(one.condition_id, 0))[:_MOST]
    weights = await _by_letters(endpoint, messages, chosen, temperature)
    weights = weights or listed or await _listed(endpoint, messages, candidates)
    total = sum(weights.values())
    shares = [(one.condition_id, weights.get(one.condition_id, 0) / total) for one in candidates]
    return tuple(sorted(shares, key=lambda share: -share[1]))


async def _by_letters(
    endpoint: Endpoint, messages: Messages, candidates: Sequence[Candidate], temperature: float
) -> dict[str, float]:
    """Return weights by condition from two orders; empty where there are no log-likelihoods."""
    orders = (list(candidates), list(reversed(candidates)))
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(endpoint.first_token(asking(messages, _letters_question(order))))
            for order in orders
        ]
    weights: dict[str, float] = {}
    for order, task in zip(orders, asked, strict=True):
        letters = _letters(task.result(), len(order))
        total = sum(math.exp(score / temperature) for score in letters.values())
        for letter, score in letters.items():
            condition_id = order[string.ascii_uppercase.index(letter)].condition_id
            share = math.exp(score / temperature) / total
            weights[condition_id] = weights.get(condition_id, 0) + share
    return weights


def _letters(tokens: dict[str, float], count: int) -> dict[str, float]:
    """Return the best log-likelihood of each letter among tokens such as ``A``, `` a``, ``(A``."""
    best: dict[str, float] = {}
    for token, score in tokens.items():
        letter = token.strip(" ().*\n\t▁Ġ").upper()
        if letter and letter in string.ascii_uppercase[:count] and math.isfinite(score):
            best[letter] = max(score, best.get(letter, -math.inf))
    return best


async def _listed(
    endpoint: Endpoint, messages: Messages, candidates: Sequence[Candidate]
) -> dict[str, float]:
    """Return weights by condition from a list that the model writes.

    Raises:
        ValueError: There is no list, or it names no candidate.
    """
    written = await endpoint.structured(
        asking(messages, _list_question(candidates)),
        name="differential",
        schema=_schema(candidates),
        max_tokens=_LIST_TOKENS,
    )
    ids = {candidate.name: candidate.condition_id for candidate in candidates}
    weights: dict[str, float] = {}
    for line in _read(written).differential:
        if (condition_id := ids.get(line.condition)) and line.likelihood > 0:
            weights[condition_id] = max(line.likelihood, weights.get(condition_id, 0))
    if not weights:
        raise ValueError("the list names no candidate")
    return weights


def _read(written: str) -> ConditionList:
    """Read a list, also where a server ignored the schema and wrapped it in words.

    Raises:
        ValueError: It cannot be read; the message does not quote it.
    """
    try:
        return ConditionList.model_validate_json(
            written[written.find("{") : written.rfind("}") + 1]
        )
    except ValidationError:
        raise ValueError("the list cannot be read") from None


def _letters_question(order: Sequence[Candidate]) -> str:
    lines = [
        f"{letter}. {candidate.name}"
        for letter, candidate in zip(string.ascii_uppercase, order, strict=False)
    ]
    question = "Which of these is most likely? Answer with one letter only."
    return "\n".join([question, *lines])


def _list_question(candidates: Sequence[Candidate]) -> str:
    names = "; ".join(candidate.name for candidate in candidates)
    return (
        f"List up to {_MOST} conditions that could explain the photo, most likely first, each "
        f"with a likelihood from 0 to 100, as JSON in this form: {_FORM}. Choose only from: {names}"
    )


def _schema(candidates: Sequence[Candidate]) -> dict[str, object]:
    line = {
        "type": "object",
        "properties": {
            "condition": {"type": "string", "enum": [one.name for one in candidates]},
            "likelihood": {"type": "integer", "minimum": 0, "maximum": 100},
        },
        "required": ["condition", "likelihood"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"differential": {"type": "array", "items": line, "minItems": 1}},
        "required": ["differential"],
        "additionalProperties": False,
    }
