"""The command that tries whole folders of files."""

from pathlib import Path

import pytest

from core.photos.check import main
from tests.unit.photos import corpus


def test_one_line_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Accepted files show their size, refused ones their reason; the exit status is 0."""
    good, bad = tmp_path / "good.heic", tmp_path / "bad.jpg"
    good.write_bytes(corpus.encoded(corpus.skin(), "HEIF"))
    bad.write_text("no picture")
    assert main([str(good), str(bad)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{good}: accepted 320x240",
        f"{bad}: rejected not-an-image",
    ]


def test_an_unreadable_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is named, the others are still checked."""
    good = tmp_path / "good.png"
    good.write_bytes(corpus.encoded(corpus.skin(), "PNG"))
    assert main([str(tmp_path / "none.jpg"), str(good)]) == 1
    assert [line.split(": ")[1][:10] for line in capsys.readouterr().out.splitlines()] == [
        "unreadable",
        "accepted 3",
    ]
