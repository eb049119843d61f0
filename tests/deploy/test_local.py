"""The launcher: real processes, an embedded server, models that answer at once."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.e2e.stage import skin_photo

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90


def _environment(folder: Path, **changes: str) -> dict[str, str]:
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SKINGEN_") and name != "REDIS_URL"
    }
    return own | {
        "SKINGEN_DATA_FOLDER": str(folder / "data"),
        "SKINGEN_CONSOLE_OUT_FOLDER": str(folder / "out"),
        "SKINGEN_WORKER_VLM": "instant",
        "SKINGEN_WORKER_GENERATOR": "instant",
        "SKINGEN_WORKER_EMBEDDER": "none",
        "SKINGEN_WEB_PORT": str(_free_port()),
        **changes,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _run(folder: Path, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", *arguments],
        cwd=ROOT,
        env=_environment(folder, **changes),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_the_demonstration_answers_draws_and_ends(tmp_path: Path) -> None:
    """One photo: an answer, a follow-up, two pictures in the folder, exit code 0."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(skin_photo())

    done = _run(tmp_path, "--photo", str(photo))

    assert done.returncode == 0, done.stderr
    assert "WHAT IT COULD BE" in done.stdout
    assert "Why do you think so?" in done.stdout
    pictures = list((tmp_path / "out").glob("*.png"))
    assert len(pictures) == 2
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)


def test_a_missing_photo_is_one_sentence(tmp_path: Path) -> None:
    """The path is named and nothing is started."""
    done = _run(tmp_path, "--photo", "nowhere.jpg")

    assert done.returncode == 2
    assert done.stderr == "There is no photo at nowhere.jpg.\n"
    assert not (tmp_path / "data").exists()


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    """The worker's own sentence reaches the terminal, without a traceback."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(skin_photo())

    done = _run(tmp_path, "--photo", str(photo), SKINGEN_WORKER_VLM="nothing-like-it")

    assert done.returncode == 2
    assert "nothing-like-it" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_every_child(tmp_path: Path, name: signal.Signals) -> None:
    """The group says in one line what runs where, and leaves no process behind."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.local"],
        cwd=ROOT,
        env=_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(name)
    rest = process.stderr.read()
    code = process.wait(PATIENCE_S)
    process.stderr.close()

    assert "SkinGEN runs" in line
    assert "Stop it with Ctrl-C" in line
    assert code == 0, rest
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
