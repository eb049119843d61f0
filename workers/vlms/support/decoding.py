"""Greedy decoding of several cases at once, each with its own stop."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from workers.vlms.support.caches import Kept, is_plain, joined, row
from workers.vlms.support.readers import Reader, Row

Finished = Callable[[Row, Kept], None]
"""Gets each row when it is done, with the cache of prompt and answer."""


def decode(reader: Reader, rows: Sequence[Row], ends: frozenset[int], finished: Finished) -> None:
    """Write the answers of rows; a row that is done leaves the batch at once.

    Args:
        reader: The model.
        rows: Prefilled rows; more than one only where the family joins rows.
        ends: Token ids that end an answer.
        finished: Called once per row, in the order in which they end.
    """
    if len(rows) == 1 or not all(is_plain(one.cache) for one in rows):
        for one in rows:
            _decode_alone(reader, one, ends, finished)
        return
    _decode_together(reader, list(rows), ends, finished)


def _decode_alone(reader: Reader, one: Row, ends: frozenset[int], finished: Finished) -> None:
    logits = one.logits
    reader.remember(one.positions)
    while _write(reader, one, int(logits.argmax()), ends):
        ids = torch.tensor([[one.written[-1]]], device=logits.device)
        logits = reader.read(one.cache, ids)[0, -1]
    finished(one, _kept(reader, one, one.cache))


def _decode_together(
    reader: Reader, rows: list[Row], ends: frozenset[int], finished: Finished
) -> None:
    cache, mask = joined([one.cache for one in rows])
    for one in rows:
        one.cache = None  # it lives on in the batch
    logits = torch.stack([one.logits for one in rows])  # (B, V)
    while True:
        tokens = logits.argmax(1)  # (B,)
        going = [
            _write(reader, one, token, ends)
            for one, token in zip(rows, tokens.tolist(), strict=True)
        ]
        for index, one in enumerate(rows):
            if not going[index]:
                pad = int((mask[index] == 0).sum())
                finished(one, _kept(reader, one, row(cache, index, pad)))
        if not any(going):
            return
        rows, tokens, mask = _narrowed(cache, rows, tokens, mask, going)
        mask = torch.nn.functional.pad(mask, (0, 1), value=1)  # (B, T + 1)
        logits = reader.read(cache, tokens[:, None], mask)[:, -1]  # (B, V)


def _narrowed(
    cache: Any, rows: list[Row], tokens: Tensor, mask: Tensor, going: Sequence[bool]
) -> tuple[list[Row], Tensor, Tensor]:
    """Take the rows that are done out of the batch."""
    if all(going):
        return rows, tokens, mask
    index = torch.tensor([i for i, goes in enumerate(going) if goes], device=mask.device)
    cache.batch_select_indices(index)
    return [rows[i] for i in index.tolist()], tokens[index], mask[index]


def _write(reader: Reader, one: Row, token: int, ends: frozenset[int]) -> bool:
    """Take one more token into an answer; False when the answer is done."""
    if one.request.stop():
        one.stopped = True
        return False
    if token in ends:
        return False
    one.written.append(token)
    text = str(reader.tokenizer.decode(one.written, skip_special_tokens=True))
    one.text = text.rstrip("\ufffd")  # a character whose last bytes are still to come
    one.request.on_text(one.text)
    return len(one.written) < one.room


def _kept(reader: Reader, one: Row, cache: Any) -> Kept:
    """Return the cache of a row with the tokens that are really in it."""
    tokens = (*one.prompt.tokens, *one.written)[: cache.get_seq_length()]
    return Kept(tokens=tokens, photos=one.prompt.photos, cache=cache, positions=reader.positions)
