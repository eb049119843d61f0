"""Caches of cases: what is reused, what is not, and what is forgotten first."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import DynamicCache

from tests import tiny_vlms
from workers.devices import choose
from workers.entries import ModelEntry
from workers.errors import OutOfMemory
from workers.models import build_vlm
from workers.vlms import Answer, AnswerRequest, Message
from workers.vlms.support.caches import Kept, KeptCaches, common_prefix, joined, row


def photo(colour: tuple[int, int, int]) -> bytes:
    """Return an encoded photo."""
    buffer = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(buffer, "PNG")
    return buffer.getvalue()


FIRST, SECOND = photo((200, 150, 120)), photo((90, 60, 50))


def cache(tokens: int, fill: float = 1.0) -> Any:
    """Return a cache of one layer, 8 bytes a token."""
    made = DynamicCache()
    states = torch.full((1, 1, tokens, 1), fill)
    made.update(states, states.clone(), 0)
    return made


def kept(tokens: int) -> Kept:
    """Return what is kept of a case of this many tokens."""
    return Kept(tokens=tuple(range(tokens)), photos=(), cache=cache(tokens))


def test_least_recently_used_goes_first() -> None:
    """Over budget, the case that was answered longest ago is forgotten."""
    caches = KeptCaches(budget_bytes=8 * 25)
    for name in ("a", "b"):
        caches.put(name, kept(10))
    again = caches.take("a")
    assert again is not None
    caches.put("a", again)

    caches.put("c", kept(10))

    assert caches.take("b") is None
    assert caches.take("a") is not None
    assert caches.size_bytes == 80


def test_what_never_fits_is_not_kept() -> None:
    """A case larger than the budget costs no other case for long and is not kept itself."""
    caches = KeptCaches(budget_bytes=8 * 5)

    caches.put("a", kept(10))

    assert len(caches) == 0


def test_common_prefix_counts_tokens() -> None:
    """Two transcripts share what they begin with."""
    assert common_prefix((1, 2, 3), (1, 2, 4)) == 2
    assert common_prefix((1, 2), (1, 2, 3)) == 2
    assert common_prefix((), (1,)) == 0


def test_rows_come_out_of_a_batch_as_they_went_in() -> None:
    """Joining pads on the left, and taking a row out removes the padding."""
    short, long = cache(2, 5.0), cache(4, 7.0)

    batch, mask = joined([short, long])

    assert mask.tolist() == [[0, 0, 1, 1], [1, 1, 1, 1]]
    assert torch.equal(row(batch, 0, 2).layers[0].keys, short.layers[0].keys)
    assert torch.equal(row(batch, 1, 0).layers[0].values, long.layers[0].values)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a tiny LLaVA."""
    return tiny_vlms.llava(tmp_path_factory.mktemp("llava"))


@pytest.fixture
def vlm(folder: Path) -> Any:
    """Give a model that remembers nothing yet."""
    entry = ModelEntry(kind="vlm", name="tiny", backend="transformers_vlm", folder=folder)
    return build_vlm(entry, choose("cpu"))


def dialogue(*lines: tuple[str, tuple[bytes, ...]]) -> tuple[Message, ...]:
    """Return a dialogue, person and assistant by turns."""
    return tuple(
        Message(role="user" if index % 2 == 0 else "assistant", text=text, photos=photos)
        for index, (text, photos) in enumerate(lines)
    )


def known(vlm: Any, said: tuple[Message, ...]) -> tuple[int, int]:
    """Return how many tokens of a dialogue are known already, and how many it has."""
    prompt = vlm._reader.prompt(said)
    return vlm._reader.reusable(prompt, vlm._kept._kept.get("case")), len(prompt.tokens)


def answered(vlm: Any, said: tuple[Message, ...]) -> str:
    """Answer a dialogue of the one case."""
    (outcome,) = vlm.answer(
        [
            AnswerRequest(
                case_id="case",
                dialogue=said,
                candidates=(),
                stop=lambda: False,
                on_text=lambda _text: None,
                max_new_tokens=5,
            )
        ]
    )
    assert isinstance(outcome, Answer)
    return outcome.text


QUESTION = ("what is this", (FIRST,))


def test_follow_up_computes_only_what_is_new(vlm: Any) -> None:
    """After a turn, everything before the new question is known."""
    said = dialogue(QUESTION)
    before = len(vlm._reader.prompt(said).tokens)
    text = answered(vlm, said)

    reused, total = known(vlm, dialogue(QUESTION, (text, ()), ("is it", ())))

    assert before <= reused < total


def test_changed_words_are_computed_anew(vlm: Any) -> None:
    """Where the history differs from what was computed, the cache is cut, not trusted."""
    said = dialogue(QUESTION)
    answered(vlm, said)
    before = len(vlm._reader.prompt(said).tokens)

    reused, _ = known(vlm, dialogue(QUESTION, ("something else", ()), ("is it", ())))
    assert reused <= before

    shorter = dialogue(("what", (FIRST,)), ("this", ()), ("is it", ()))
    cut, _ = known(vlm, shorter)
    assert 0 < cut < before


def test_other_photo_is_never_mistaken(vlm: Any) -> None:
    """The same words about another photo reuse nothing, though the tokens are the same."""
    answered(vlm, dialogue(QUESTION))

    assert known(vlm, dialogue(("what is this", (SECOND,))))[0] == 0


def test_photo_is_added_to_what_is_known(vlm: Any) -> None:
    """A second photo in LLaVA's family costs only its own part."""
    text = answered(vlm, dialogue(QUESTION))

    more = dialogue(QUESTION, (text, ()), ("is it", (SECOND,)))
    assert known(vlm, more)[0] > 0

    swapped = dialogue(("what is this", (SECOND,)), (text, ()), ("is it", (FIRST,)))
    assert known(vlm, swapped)[0] == 0


def test_no_memory_forgets_all_cases_and_passes(vlm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of memory gives up the caches first; then the model answers again."""
    said = dialogue(QUESTION)
    text = answered(vlm, said)
    reader = vlm._reader

    def full(*_args: Any, **_kwargs: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(vlm, "_reader", replace(reader, model=_Full(reader.model, full)))
    with pytest.raises(OutOfMemory):
        answered(vlm, said)
    assert len(vlm._kept) == 0

    monkeypatch.setattr(vlm, "_reader", reader)
    assert answered(vlm, said) == text


def test_answer_stays_inside_the_window(folder: Path) -> None:
    """An answer ends where the window ends, and a prompt that fills it fails alone."""
    entry = ModelEntry(
        kind="vlm",
        name="tiny",
        backend="transformers_vlm",
        folder=folder,
        options={"window_tokens": 60},
    )
    vlm: Any = build_vlm(entry, choose("cpu"))
    said = dialogue(QUESTION)
    room = 60 - len(vlm._reader.prompt(said).tokens)

    whole, full = vlm.answer(
        [
            AnswerRequest(
                case_id=case_id,
                dialogue=words,
                candidates=(),
                stop=lambda: False,
                on_text=lambda _text: None,
                max_new_tokens=500,
            )
            for case_id, words in (("case", said), ("long", dialogue(("what " * 80, ()))))
        ]
    )

    assert isinstance(whole, Answer)
    assert isinstance(full, ValueError)
    assert len(vlm._kept.take("case").tokens) <= 60
    assert room > 0


class _Full:
    """A model whose every pass fails."""

    def __init__(self, model: Any, call: Any) -> None:
        self._model = model
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)
