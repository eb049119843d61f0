"""The README's commands are targets of the Makefile, and its links lead somewhere."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
LINKS = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_known_to_make(command: str) -> None:
    """A dry run finds the target and everything that it needs."""
    program, *arguments = command.split()
    done = subprocess.run(
        [program, "--dry-run", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert program == "make"
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("link", LINKS)
def test_each_link_leads_to_a_file(link: str) -> None:
    """No page and no picture is missing."""
    assert (ROOT / link).exists()


def test_there_are_commands_and_pictures() -> None:
    """The search finds what a reader sees."""
    assert {"make run", "make test"} <= set(COMMANDS)
    assert any(link.endswith(".png") for link in LINKS)
