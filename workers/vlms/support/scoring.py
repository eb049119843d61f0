"""The differential, scored and not parsed out of prose.

Each candidate's share follows from how likely the model finds its name as the next words, given
photo and dialogue. The prompt is computed once; all names share its cache.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from workers.vlms import Candidate
from workers.vlms.support.caches import common_prefix
from workers.vlms.support.cards import ModelCard
from workers.vlms.support.readers import Reader


def score_names(
    reader: Reader, card: ModelCard, cache: Any, logits: Tensor, candidates: Sequence[Candidate]
) -> Tensor:
    """Return how well each candidate's name goes on from a prompt, as log-likelihoods, (N,).

    Args:
        reader: The model.
        card: What to put before the names and how to count their tokens.
        cache: Keys and values of the prompt, one row; not touched.
        logits: What the model expects after the prompt, (V,).
        candidates: At least one.
    """
    names = _encoded(reader.tokenizer, card, candidates)
    shared = _shared_length(names)
    # The words before the names cost one short pass over a copy of the prompt's cache.
    warm = reader.copied(cache)
    if shared:
        start_ids = torch.tensor([names[0][:shared]], device=logits.device)
        logits = reader.read(warm, start_ids)[0, -1]
    heads = logits.log_softmax(-1)  # (V,): what follows the shared words
    tails = [name[shared:] for name in names]
    step = reader.rows_at_once(warm)
    return torch.cat(
        [
            _scores(reader, warm, heads, tails[start : start + step], averages=card.averages)
            for start in range(0, len(tails), step)
        ]
    )


def ranked(
    scores: Tensor, temperature: float, candidates: Sequence[Candidate]
) -> tuple[tuple[str, float], ...]:
    """Return ``(condition_id, share)``, most likely first, summing to 1."""
    shares = (scores.double() / temperature).softmax(0).tolist()
    ids = [candidate.condition_id for candidate in candidates]
    return tuple(sorted(zip(ids, shares, strict=True), key=lambda pair: (-pair[1], pair[0])))


def _encoded(tokenizer: Any, card: ModelCard, candidates: Sequence[Candidate]) -> list[list[int]]:
    texts = [f"{card.prefix}{card.joiner}{candidate.name}" for candidate in candidates]
    end = [tokenizer.eos_token_id] if card.closes else []
    return [[*tokenizer.encode(text, add_special_tokens=False), *end] for text in texts]


def _shared_length(names: Sequence[Sequence[int]]) -> int:
    """Return how many tokens all names begin with, never all of a name.

    Comparing token ids, not texts, is right even where prefix and name melt into one token.
    """
    shared = min((common_prefix(a, b) for a, b in pairwise(names)), default=len(names[0]))
    return min(shared, min(map(len, names)) - 1)


def _scores(
    reader: Reader, cache: Any, heads: Tensor, tails: Sequence[Sequence[int]], *, averages: bool
) -> Tensor:
    """Return the score of each tail, (N,)."""
    longest = max(map(len, tails))
    device = heads.device
    ids = torch.tensor([[*t, *[t[-1]] * (longest - len(t))] for t in tails], device=device)
    real = torch.tensor([[1] * len(t) + [0] * (longest - len(t)) for t in tails], device=device)
    logits = reader.read(reader.repeated(cache, len(tails)), ids)  # (N, T, V)
    after = logits[:, :-1].log_softmax(-1)
    every = torch.cat([heads.expand(len(tails), 1, -1), after], dim=1)  # (N, T, V)
    chosen = every.gather(2, ids[..., None])[..., 0] * real  # (N, T)
    return chosen.sum(1) / real.sum(1) if averages else chosen.sum(1)
