"""What an OpenAI-compatible endpoint serves, asked when the worker starts."""

from typing import Final

import openai
from openai import OpenAI
from openai.types import Model

from core.domain.errors import ModelUnavailable
from workers.entries import ModelEntry
from workers.vlms.support.endpoint import SEED

WINDOW_TOKENS: Final = 4096
"""Window of a model whose endpoint states none."""


def served_window(client: OpenAI, entry: ModelEntry, base_url: str) -> int:
    """Return the window that the endpoint states for the model (``max_model_len``, as vLLM does).

    Raises:
        ModelUnavailable: It cannot be reached, refuses the key, or does not serve the model.
    """
    try:
        served = _listed(client)
        if entry.checkpoint not in served and not _answers(client, entry.checkpoint):
            names = ", ".join(sorted(served)) or "nothing"
            raise ModelUnavailable(
                f"{entry.label}: {base_url} serves {names}, not {entry.checkpoint!r}"
            )
    except openai.APIStatusError as error:
        raise ModelUnavailable(
            f"{entry.label}: {base_url} answers {error.status_code}; "
            "check base_url and SKINGEN_WORKER_VLM_KEY"
        ) from error
    except openai.OpenAIError as error:
        raise ModelUnavailable(
            f"{entry.label}: {base_url} cannot be reached; start the endpoint, then the worker"
        ) from error
    stated = getattr(served.get(entry.checkpoint), "max_model_len", None)
    return stated if isinstance(stated, int) and stated > 0 else WINDOW_TOKENS


def _listed(client: OpenAI) -> dict[str, Model]:
    """Return the models that the endpoint names; none where it has no such list.

    ``transformers serve`` names what lies in its cache, whatever it serves, and fails without one.

    Raises:
        openai.OpenAIError: It cannot be reached, or refuses the key.
    """
    try:
        return {model.id: model for model in client.models.list().data}
    except (openai.NotFoundError, openai.InternalServerError):
        return {}


def _answers(client: OpenAI, name: str) -> bool:
    """Return whether the endpoint answers under a name that it did not list.

    Raises:
        openai.OpenAIError: It cannot be reached, fails, or refuses the key.
    """
    try:
        client.chat.completions.create(
            model=name,
            messages=[{"role": "user", "content": "Hello"}],
            max_tokens=1,
            temperature=0,
            seed=SEED,
        )
    except (openai.BadRequestError, openai.NotFoundError, openai.UnprocessableEntityError):
        return False
    return True
