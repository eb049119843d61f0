"""The backend for endpoints against ``transformers serve`` itself, with a tiny random LLaVA.

Its start takes too long for every run: ``pip install -e .[serving]``, then
``pytest -m long tests/workers/test_transformers_serve.py``.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.domain.errors import ModelUnavailable
from tests import tiny_vlms
from tests.contracts.test_vlms import asked, photo
from workers.devices import choose
from workers.entries import ModelEntry
from workers.models import build_vlm
from workers.vlms import Answer, Candidate
from workers.vlms.openai_vlm import EndpointFailed

pytest.importorskip("fastapi", reason="needs the extra `serving`")
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

_LONGEST_S = 240
"""For its start on a busy machine; it takes about ten seconds on a quiet one."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a tiny LLaVA."""
    return tiny_vlms.llava(tmp_path_factory.mktemp("served") / "llava")


@pytest.fixture(scope="module")
def url(checkpoint: Path) -> Iterator[str]:
    """Give the address of a server that reaches nothing and has no cache."""
    log = checkpoint.parent / "log"
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(checkpoint.parent), "OMP_NUM_THREADS": "1"}
    served = ["serve", str(checkpoint), "--host", "127.0.0.1", "--port", "0", "--device", "cpu"]
    with (
        log.open("w") as out,
        subprocess.Popen(
            [sys.executable, "-m", "transformers.cli.transformers", *served],
            env={**os.environ, **quiet},
            stdout=out,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            yield _address(server, log) + "/v1"
        finally:
            server.kill()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Return where the server listens, once it says so.

    Raises:
        RuntimeError: It ended, or said nothing.
    """
    latest = time.monotonic() + _LONGEST_S
    while time.monotonic() < latest and server.poll() is None:
        if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", log.read_text()):
            return found[1]
        time.sleep(0.5)
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")


def entry_of(url: str, name: object) -> ModelEntry:
    """Return an entry that points at the server."""
    options = {"base_url": url, "retries": 4, "timeout_s": _LONGEST_S}
    return ModelEntry(
        kind="vlm", name="served", backend="openai_vlm", checkpoint=str(name), options=options
    )


def test_answers_come_from_the_photos_and_in_pieces(url: str, checkpoint: Path) -> None:
    """It lists another model or none, takes data URLs in several turns, and streams."""
    assert httpx.get(url.removesuffix("v1") + "health", timeout=_LONGEST_S).json()["status"] == "ok"
    vlm = build_vlm(entry_of(url, checkpoint), choose("cpu"))
    pieces: list[str] = []

    told, seen, again = vlm.answer(
        [
            asked("what is this", on_text=pieces.append),
            asked("what is this", photos=(photo(),)),
            asked("what is this", "acne", "is it here", photos=(photo(), photo())),
        ]
    )

    assert isinstance(told, Answer)
    assert isinstance(seen, Answer)
    assert isinstance(again, Answer)
    assert pieces
    assert pieces[-1].strip() == told.text
    assert told.text != seen.text != again.text


def test_scores_need_a_model_that_writes_lists(url: str, checkpoint: Path) -> None:
    """It has neither log-likelihoods nor schemas; random words are no differential."""
    vlm = build_vlm(entry_of(url, checkpoint), choose("cpu"))
    few = tuple(Candidate(condition_id=name, name=name) for name in ("acne", "eczema"))

    (outcome,) = vlm.answer([asked("what is this", photos=(photo(),), candidates=few)])

    assert isinstance(outcome, EndpointFailed)
    assert str(outcome) == "ValueError"


def test_another_model_is_refused_at_the_start(url: str) -> None:
    """A server that was started for one model serves no other."""
    with pytest.raises(ModelUnavailable, match="serves nothing, not 'other'"):
        build_vlm(entry_of(url, "other"), choose("cpu"))
