"""The console hands a picture over to be verified, and writes signed files as they are."""

import io
from pathlib import Path
from typing import Any

from bots import Services
from bots.console.console import Console
from core.adapters.memory import MemoryBlobs, MemoryBoard, MemoryDrawer, MemoryThrottle
from core.domain.messages import CaseId, Command, Incoming
from core.domain.replies import Download, Reply
from core.words import Words
from tests.bots.telegram.harness import ROOT, ledger
from tests.signing import SIGNER
from tests.unit.provenance.pictures import badged


class Heard:
    """A conversation that writes down what it is told."""

    def __init__(self) -> None:
        self.messages: list[Incoming] = []

    async def receive(self, incoming: Incoming) -> None:
        """Write a message down."""
        self.messages.append(incoming)


def console(folder: Path, heard: Any) -> Console:
    """Return a console that saves files in ``folder``."""
    services = Services(
        conversation=heard,
        words=Words(ROOT / "config" / "locales"),
        ontology=heard,
        blobs=MemoryBlobs(),
        board=MemoryBoard(),
        drawer=MemoryDrawer(),
        throttle=MemoryThrottle(),
    )
    return Console(services, folder, "en", screen=io.StringIO())


async def test_a_signed_file_is_written_byte_for_byte(tmp_path: Path) -> None:
    """What the console saves is the signed file, under its own name."""
    terminal = console(tmp_path, Heard())
    signed = SIGNER.sign(badged(), "generated", "demo")
    blob = await terminal._services.blobs.put(CaseId("c"), signed)
    file = Download(blob=blob, media_type="image/png", name="signed.png", caption="Signed.")

    await terminal.show(Reply(slot="s", chat=terminal.chat, blocks=(file,)), ledger())

    assert (tmp_path / "signed.png").read_bytes() == signed


async def test_a_picture_is_handed_over_with_the_command(tmp_path: Path) -> None:
    """``/photo PATH /verify`` and ``/verify`` alone both reach the core as such."""
    heard, path = Heard(), tmp_path / "any.png"
    path.write_bytes(badged())
    terminal = console(tmp_path, heard)

    await terminal._line(f"/photo {path} /verify")
    await terminal._line("/verify")

    with_picture, alone = heard.messages
    assert (with_picture.text, with_picture.photos) == ("/verify", (path.read_bytes(),))
    assert alone.command == Command(name="verify")
