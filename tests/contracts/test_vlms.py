"""What every vision-language backend promises; a new file in workers/vlms is tested for free."""

import io
import pkgutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

import workers.vlms
from tests import openai_server, tiny_vlms
from workers.devices import choose
from workers.entries import ModelEntry
from workers.models import build_vlm
from workers.vlms import Answer, AnswerRequest, Candidate, Message, VisionLanguageModel

BACKENDS = [
    module.name for module in pkgutil.iter_modules(workers.vlms.__path__) if not module.ispkg
]
CANDIDATES = tuple(
    Candidate(condition_id=name, name=name) for name in ("acne", "eczema", "psoriasis vulgaris")
)


def photo(colour: tuple[int, int, int] = (200, 150, 120)) -> bytes:
    """Return an encoded photo."""
    buffer = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(buffer, "PNG")
    return buffer.getvalue()


def asked(
    *texts: str,
    case_id: str = "c1",
    photos: tuple[bytes, ...] = (),
    candidates: tuple[Candidate, ...] = (),
    stop: Callable[[], bool] = lambda: False,
    on_text: Callable[[str], None] = lambda _text: None,
    max_new_tokens: int = 8,
) -> AnswerRequest:
    """Return a request: person and assistant by turns, the photos with the first message."""
    said = [
        Message(
            role="user" if index % 2 == 0 else "assistant",
            text=text,
            photos=photos if index == 0 else (),
        )
        for index, text in enumerate(texts)
    ]
    return AnswerRequest(
        case_id=case_id,
        dialogue=(Message(role="system", text="what this is"), *said),
        candidates=candidates,
        stop=stop,
        on_text=on_text,
        max_new_tokens=max_new_tokens,
    )


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a tiny checkpoint."""
    return tiny_vlms.llava(tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="module", params=BACKENDS)
def vlm(request: pytest.FixtureRequest, checkpoint: Path) -> Iterator[VisionLanguageModel]:
    """Give each backend in turn, with a tiny model or an endpoint where it needs one."""
    folder = None if request.param in {"instant", "openai_vlm"} else checkpoint
    with openai_server.Endpoint.running() as endpoint:
        entry = ModelEntry(
            kind="vlm",
            name="tiny",
            backend=request.param,
            checkpoint="" if folder else openai_server.MODEL,
            folder=folder,
            options={"base_url": endpoint.url},
        )
        yield build_vlm(entry, choose("cpu"), secret=openai_server.KEY)


def answer(vlm: VisionLanguageModel, request: AnswerRequest) -> Answer:
    """Answer one request."""
    (outcome,) = vlm.answer([request])
    assert isinstance(outcome, Answer), outcome
    return outcome


def test_says_what_it_is(vlm: VisionLanguageModel) -> None:
    """A model has a name, a window, and counts tokens."""
    assert vlm.name
    assert vlm.window_tokens > vlm.photo_tokens > 0
    assert vlm.count_tokens("what is this what is this") > vlm.count_tokens("what") > 0


def test_same_dialogue_same_answer(vlm: VisionLanguageModel) -> None:
    """Answers are reproducible, and nothing of one case shows in another."""
    first = answer(vlm, asked("what is this", photos=(photo(),), candidates=CANDIDATES))
    answer(vlm, asked("hello", case_id="c2", photos=(photo((10, 20, 30)),)))

    again = answer(
        vlm, asked("what is this", case_id="c3", photos=(photo(),), candidates=CANDIDATES)
    )

    assert again.text == first.text
    assert dict(again.shares) == pytest.approx(dict(first.shares), abs=1e-4)


def test_shares_cover_the_candidates(vlm: VisionLanguageModel) -> None:
    """Every candidate has a share, most likely first, and together they make 1."""
    shares = answer(vlm, asked("what", photos=(photo(),), candidates=CANDIDATES)).shares

    assert {condition_id for condition_id, _ in shares} == {c.condition_id for c in CANDIDATES}
    assert sum(share for _, share in shares) == pytest.approx(1)
    assert [share for _, share in shares] == sorted((s for _, s in shares), reverse=True)


def test_plain_reply_has_no_shares(vlm: VisionLanguageModel) -> None:
    """Without candidates there is no differential."""
    assert answer(vlm, asked("what is this")).shares == ()


def test_batch_is_as_good_as_alone(vlm: VisionLanguageModel) -> None:
    """Rows of different lengths, with and without photos, get what they would get alone."""
    requests = [
        asked("what is this", case_id="a", photos=(photo(),), candidates=CANDIDATES),
        asked("what", "this is what it is", "is it", case_id="b"),
        asked("this", case_id="c", photos=(photo((90, 60, 50)), photo()), max_new_tokens=3),
    ]
    alone = [answer(vlm, request) for request in requests]

    together = vlm.answer(
        [
            asked("what is this", case_id="a2", photos=(photo(),), candidates=CANDIDATES),
            asked("what", "this is what it is", "is it", case_id="b2"),
            asked("this", case_id="c2", photos=(photo((90, 60, 50)), photo()), max_new_tokens=3),
        ]
    )

    for one, other in zip(alone, together, strict=True):
        assert isinstance(other, Answer)
        assert other.text == one.text
        assert dict(other.shares) == pytest.approx(dict(one.shares), abs=1e-4)


def test_text_is_told_as_it_grows(vlm: VisionLanguageModel) -> None:
    """``on_text`` gets all of the text so far, ending with the answer."""
    told: list[str] = []

    final = answer(vlm, asked("what is this", on_text=told.append))

    assert told
    assert told[-1].strip() == final.text
    # A character of several bytes may be half there for a moment.
    assert all(later.startswith(earlier.rstrip("\ufffd")) for earlier, later in pairwise(told))


def test_stop_ends_one_row_only(vlm: VisionLanguageModel) -> None:
    """A stopped row keeps its words so far; its neighbour is answered in full."""
    told: list[str] = []
    stopped, whole = vlm.answer(
        [
            asked("what", case_id="a", stop=lambda: len(told) >= 2, on_text=told.append),
            asked("what", case_id="b"),
        ]
    )

    assert isinstance(stopped, Answer)
    assert isinstance(whole, Answer)
    assert stopped.stopped
    assert not whole.stopped
    assert len(stopped.text) < len(whole.text)
    assert whole.text.startswith(stopped.text.rstrip("\ufffd"))


def test_follow_ups_are_exact(vlm: VisionLanguageModel) -> None:
    """A case answered turn by turn gets what the whole dialogue would get at once."""
    picture = (photo(),)
    first = answer(vlm, asked("what is this", photos=picture)).text
    second = answer(vlm, asked("what is this", first, "is it this", photos=picture)).text
    turn_by_turn = answer(
        vlm, asked("what is this", first, "is it this", second, "what", photos=picture)
    )

    at_once = answer(
        vlm,
        asked("what is this", first, "is it this", second, "what", case_id="new", photos=picture),
    )

    assert turn_by_turn.text == at_once.text


def test_broken_photo_fails_its_own_row(vlm: VisionLanguageModel) -> None:
    """Bytes that are no picture fail one request at most, never the batch."""
    broken, good = vlm.answer(
        [asked("what", case_id="a", photos=(b"no picture",)), asked("what", case_id="b")]
    )

    assert isinstance(good, Answer)
    assert isinstance(broken, Answer | Exception)
