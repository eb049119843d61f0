"""Each model family, from a tiny random checkpoint in its own layout, without torchvision."""

import importlib.util
import io
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from tests.tiny_families import FAMILIES
from workers.devices import choose
from workers.entries import ModelEntry
from workers.models import build_vlm
from workers.vlms import Answer, AnswerRequest, Candidate, Message
from workers.vlms.support.cards import ModelCard
from workers.vlms.support.scoring import ranked, score_names

CANDIDATES = tuple(
    Candidate(condition_id=name, name=name) for name in ("acne", "eczema", "psoriasis")
)


def photo(colour: tuple[int, int, int], size: tuple[int, int] = (80, 60)) -> bytes:
    """Return an encoded photo."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


FIRST, SECOND = photo((200, 150, 120)), photo((90, 60, 50), (60, 80))


def said(*lines: tuple[str, tuple[bytes, ...]]) -> tuple[Message, ...]:
    """Return a dialogue, person and assistant by turns."""
    return tuple(
        Message(role="user" if index % 2 == 0 else "assistant", text=text, photos=photos)
        for index, (text, photos) in enumerate(lines)
    )


def asked(dialogue: tuple[Message, ...], case_id: str = "case") -> AnswerRequest:
    """Return a request."""
    return AnswerRequest(
        case_id=case_id,
        dialogue=dialogue,
        candidates=CANDIDATES if dialogue[-1].photos else (),
        stop=lambda: False,
        on_text=lambda _text: None,
        max_new_tokens=6,
    )


@pytest.fixture(scope="module", params=FAMILIES)
def vlm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give each family in turn."""
    folder: Path = FAMILIES[request.param](tmp_path_factory.mktemp(request.param))
    entry = ModelEntry(kind="vlm", name="tiny", backend="transformers_vlm", folder=folder)
    return build_vlm(entry, choose("cpu"))


def answer(vlm: Any, request: AnswerRequest) -> Answer:
    """Answer one request."""
    (outcome,) = vlm.answer([request])
    if isinstance(outcome, Exception):
        raise outcome
    assert isinstance(outcome, Answer)
    return outcome


def test_torchvision_is_not_there() -> None:
    """The project does without torchvision, and so do these tests."""
    assert importlib.util.find_spec("torchvision") is None


def test_three_turns_with_two_photos_are_exact(vlm: Any) -> None:
    """Turn by turn, with another case in between, a case gets what it would get at once."""
    lines: list[tuple[str, tuple[bytes, ...]]] = []
    for question in (("what is this", (FIRST,)), ("is it here", ()), ("what is it", (SECOND,))):
        lines.append(question)
        answer(vlm, asked(said(("this", (SECOND,))), case_id="other"))
        kept = answer(vlm, asked(said(*lines)))
        fresh = answer(vlm, asked(said(*lines), case_id=f"fresh {len(lines)}"))

        assert kept.text == fresh.text
        assert dict(kept.shares) == pytest.approx(dict(fresh.shares), abs=1e-4)
        lines.append((kept.text, ()))


def test_batch_is_as_good_as_alone(vlm: Any) -> None:
    """Cases of different lengths answered together get what they get alone."""
    dialogues = [
        said(("what is this", (FIRST,))),
        said(("is it here and what is it", ())),
        said(("what", (SECOND,)), ("this is it", ()), ("is it", ())),
    ]
    alone = [answer(vlm, asked(one, f"alone {i}")) for i, one in enumerate(dialogues)]

    together = vlm.answer([asked(one, f"together {i}") for i, one in enumerate(dialogues)])

    assert [outcome.text for outcome in together] == [outcome.text for outcome in alone]


def test_shared_prefix_scores_like_full_sequences(vlm: Any) -> None:
    """Scoring all names from one prompt's cache gives what reading each name in full gives."""
    reader = vlm._reader
    card = ModelCard(averages=False)
    prompt = reader.prompt(said(("what is this", (FIRST,))))
    with torch.inference_mode():
        cache, logits = reader.prefill(prompt, None)
        shares = dict(ranked(score_names(reader, card, cache, logits, CANDIDATES), 2.0, CANDIDATES))
        full = []
        for candidate in CANDIDATES:
            name = reader.tokenizer.encode(
                f"{card.prefix}{card.joiner}{candidate.name}", add_special_tokens=False
            )
            cache, logits = reader.prefill(prompt, None)
            total = 0.0
            for token in name:
                total += float(logits.log_softmax(-1)[token])
                logits = reader.read(cache, torch.tensor([[token]]))[0, -1]
            full.append(total / 2.0)

    expected = torch.tensor(full).softmax(0).tolist()
    assert [shares[c.condition_id] for c in CANDIDATES] == pytest.approx(expected, abs=1e-4)
