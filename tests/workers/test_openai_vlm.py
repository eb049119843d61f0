"""The backend for OpenAI-compatible endpoints, against a strict one on loopback."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest

from core.domain.errors import ModelUnavailable
from tests.contracts.test_vlms import asked, photo
from tests.openai_server import KEY, MODEL, Endpoint, Extras, Fault
from workers.devices import choose
from workers.entries import ModelEntry
from workers.models import build_vlm
from workers.vlms import Answer, Candidate, VisionLanguageModel
from workers.vlms.openai_vlm import EndpointFailed

MANY = tuple(Candidate(condition_id=f"c{i}", name=f"condition {i}") for i in range(60))
FEW = MANY[:5]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Give a healthy endpoint."""
    with Endpoint.running() as running:
        yield running


def entry_of(endpoint: Endpoint, **options: Any) -> ModelEntry:
    """Return an entry that points at an endpoint."""
    return ModelEntry(
        kind="vlm",
        name="served",
        backend="openai_vlm",
        checkpoint=MODEL,
        options={"base_url": endpoint.url, "retries": 1, **options},
    )


def vlm_of(endpoint: Endpoint, **options: Any) -> VisionLanguageModel:
    """Build the backend for an endpoint."""
    return build_vlm(entry_of(endpoint, **options), choose("cpu"), secret=KEY)


def test_photo_travels_in_its_message(endpoint: Endpoint) -> None:
    """Photos are data URLs before the words that they came with; nothing is fetched."""
    vlm_of(endpoint).answer([asked("what is this", "acne", "sure", photos=(photo(), photo()))])

    (sent,) = endpoint.asked
    kinds = [
        [part.type for part in said.content] if isinstance(said.content, list) else "text"
        for said in sent.messages
    ]
    assert kinds == ["text", ["image_url", "image_url", "text"], "text", "text"]
    assert sent.temperature == 0


def test_window_comes_from_the_endpoint(endpoint: Endpoint) -> None:
    """What the endpoint says of its window is believed, unless the entry says less."""
    assert vlm_of(endpoint).window_tokens == 8192
    assert vlm_of(endpoint, window_tokens=300).window_tokens == 300
    endpoint.window = None
    assert vlm_of(endpoint).window_tokens == 4096


def test_place_in_the_list_does_not_decide(endpoint: Endpoint) -> None:
    """Turning the candidates around turns no shares around."""
    vlm = vlm_of(endpoint)
    forth, back = vlm.answer(
        [
            asked("what", photos=(photo(),), candidates=FEW),
            asked("what", photos=(photo(),), candidates=FEW[::-1]),
        ]
    )

    assert isinstance(forth, Answer)
    assert isinstance(back, Answer)
    assert dict(forth.shares) == pytest.approx(dict(back.shares))


def test_many_candidates_are_cut_down_first(endpoint: Endpoint) -> None:
    """More candidates than letters: the model lists the likely ones, and those get letters."""
    (answer,) = vlm_of(endpoint).answer([asked("what", photos=(photo(),), candidates=MANY)])

    assert isinstance(answer, Answer)
    assert len(answer.shares) == len(MANY)
    assert sum(share for _, share in answer.shares) == pytest.approx(1)
    assert {one for one, share in answer.shares if share > 0} <= {f"c{i}" for i in range(20)}


def test_without_log_likelihoods_a_list_decides(endpoint: Endpoint) -> None:
    """An endpoint that offers none is asked for a list under a JSON schema."""
    endpoint.logprobs = False
    (answer,) = vlm_of(endpoint).answer([asked("what", photos=(photo(),), candidates=FEW)])

    assert isinstance(answer, Answer)
    assert [one for one, _ in answer.shares] == ["c0", "c1", "c2", "c3", "c4"]


@pytest.mark.parametrize("extras", ["ignored", "refused"])
@pytest.mark.parametrize("candidates", [FEW, MANY], ids=["few", "many"])
def test_plain_endpoint_lists_as_it_was_shown(
    endpoint: Endpoint, extras: Extras, candidates: tuple[Candidate, ...]
) -> None:
    """Where log-likelihoods and schemas are ignored or refused, the question shows the form."""
    endpoint.extras = extras
    (answer,) = vlm_of(endpoint).answer([asked("what", photos=(photo(),), candidates=candidates)])

    assert isinstance(answer, Answer)
    assert [one for one, _ in answer.shares[:3]] == ["c0", "c1", "c2"]
    assert len(answer.shares) == len(candidates)


@pytest.mark.parametrize("fault", ["garbage", "unknown"])
def test_unreadable_list_fails_its_row(endpoint: Endpoint, fault: Fault) -> None:
    """Model output that is no differential never becomes one, and is not quoted."""
    endpoint.logprobs = False
    endpoint.faults = [fault] * 4
    (outcome,) = vlm_of(endpoint).answer([asked("what", photos=(photo(),), candidates=FEW)])

    assert isinstance(outcome, EndpointFailed)
    assert "weather" not in str(outcome)


@pytest.mark.parametrize("fault", ["busy", "error", "cut", "silent-end"])
def test_passing_faults_do_not_show(endpoint: Endpoint, fault: Fault) -> None:
    """A busy, failing or broken answer is asked for again, and the text is whole."""
    vlm = vlm_of(endpoint)
    (whole,) = vlm.answer([asked("what")])
    endpoint.faults = [fault]

    (again,) = vlm.answer([asked("what")])

    assert again == whole


def test_lasting_fault_fails_its_row_only(endpoint: Endpoint) -> None:
    """When retries are used up, the row fails with kind and status, without a quote."""
    endpoint.faults = ["error"] * 2
    (failed,) = vlm_of(endpoint).answer([asked("what")])
    (good,) = vlm_of(endpoint).answer([asked("what")])

    assert str(failed) == "InternalServerError 500"
    assert isinstance(good, Answer)


def test_silence_ends(endpoint: Endpoint) -> None:
    """An endpoint that takes a request and says nothing is given up after the time-out."""
    endpoint.faults = ["hang"] * 2
    (failed,) = vlm_of(endpoint, timeout_s=0.3, retries=0).answer([asked("what")])

    assert isinstance(failed, EndpointFailed)


def test_stop_needs_no_token(endpoint: Endpoint) -> None:
    """Stop is heard while the endpoint is silent, too."""
    endpoint.faults = ["hang"]
    began = time.monotonic()
    (answer,) = vlm_of(endpoint, timeout_s=600).answer(
        [asked("what", stop=lambda: time.monotonic() > began + 0.2)]
    )

    assert isinstance(answer, Answer)
    assert answer.stopped


def test_wrong_key_is_said_at_the_start(endpoint: Endpoint) -> None:
    """The operator reads which setting to look at."""
    with pytest.raises(ModelUnavailable, match="SKINGEN_WORKER_VLM_KEY"):
        build_vlm(entry_of(endpoint), choose("cpu"), secret="wrong")


def test_unknown_model_is_said_at_the_start(endpoint: Endpoint) -> None:
    """The operator reads what is served instead."""
    entry = replace(entry_of(endpoint), checkpoint="other")
    with pytest.raises(ModelUnavailable, match="serves tiny, not 'other'"):
        build_vlm(entry, choose("cpu"), secret=KEY)


@pytest.mark.parametrize("listing", [False, None])
def test_model_that_answers_unlisted_is_served(
    endpoint: Endpoint, listing: Literal[False] | None
) -> None:
    """An endpoint without a list, or with another one, may serve the model all the same."""
    endpoint.listing = listing

    assert vlm_of(endpoint).window_tokens == 4096
    with pytest.raises(ModelUnavailable, match="serves nothing, not 'other'"):
        build_vlm(replace(entry_of(endpoint), checkpoint="other"), choose("cpu"), secret=KEY)


def test_no_endpoint_is_said_at_the_start() -> None:
    """A worker does not start into nothing."""
    with Endpoint.running() as gone:
        entry = entry_of(gone, retries=0)
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        build_vlm(entry, choose("cpu"))


@pytest.mark.parametrize("base_url", [None, "file:///etc/passwd", 7])
def test_base_url_is_needed(base_url: object) -> None:
    """An entry without an address, or with something else, is refused."""
    entry = ModelEntry(kind="vlm", name="x", backend="openai_vlm", options={"base_url": base_url})
    with pytest.raises(ModelUnavailable, match="base_url"):
        build_vlm(entry, choose("cpu"))


def test_key_is_in_no_repr(endpoint: Endpoint) -> None:
    """Logs of objects hold no secret."""
    assert KEY not in repr(vlm_of(endpoint))
