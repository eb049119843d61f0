"""The console frontend itself."""

import asyncio
import hashlib
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from bots import Services
from bots.console.render import buttons_of, lines_of
from bots.console.script import PATIENCE_S, Script
from core.domain.errors import InfrastructureError
from core.domain.messages import BlobKey, ChatRef, Command, Incoming, Person
from core.domain.replies import Block, Button, Download, Gallery, Live, Reply
from core.ports import Ledger


class Console:
    """One person at one terminal."""

    platform = "console"

    def __init__(
        self,
        services: Services,
        out_folder: Path,
        locale: str,
        script: Script | None = None,
        *,
        screen: TextIO = sys.stdout,
    ) -> None:
        self._services = services
        self._out = out_folder
        self._locale = locale
        self._script = script
        self._screen = screen
        self._session = secrets.token_hex(8)
        self._sent = 0
        self._buttons: tuple[Button, ...] = ()
        self._streamed: dict[str, str] = {}
        self._finals: list[Reply] = []
        self._news = asyncio.Event()

    @property
    def chat(self) -> ChatRef:
        """The one chat."""
        return ChatRef(platform=self.platform, chat_id=self._session)

    async def serve(self) -> None:
        """Play the script, or read lines until the input ends or ``/quit``."""
        if self._script is not None:
            await self._play(self._script)
        else:
            await self._read()

    async def show(self, reply: Reply, ledger: Ledger) -> None:
        """Print a reply; what was printed last in its slot is not printed again."""
        part, looks = reply.stage, _looks(reply)
        if ledger.message_id(part) == looks or reply.chat != self.chat:
            return
        if not reply.blocks:
            return  # what was printed cannot be taken back
        streamed = self._streamed.pop(reply.slot, "")
        if streamed:
            self._print("")
        for line in lines_of(reply.blocks, without=streamed):
            self._print(line)
        await self._save(reply.blocks)
        if reply.stage == "final":
            self._finals.append(reply)
        for line in buttons_of(reply.buttons, first=len(self._buttons) + 1):
            self._print(line)
        self._buttons += reply.buttons
        await ledger.record(part, looks)
        self._news.set()

    async def progress(self, live: Live, ledger: Ledger) -> None:
        """Print what is new of an answer in the making."""
        if live.chat != self.chat or ledger.message_id("final") is not None:
            return
        if live.share is not None:
            return  # a line on paper cannot count up
        before = self._streamed.get(live.slot, "")
        if live.text.startswith(before):
            print(live.text[len(before) :], end="", file=self._screen, flush=True)
            self._streamed[live.slot] = live.text

    def _print(self, line: str) -> None:
        print(line, file=self._screen, flush=True)

    async def _save(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            if isinstance(block, Gallery):
                for picture in block.pictures:
                    suffix = picture.media_type.partition("/")[2]
                    name = f"{picture.blob[-12:]}.{suffix}"
                    await self._save_one(picture.blob, name, picture.caption)
            elif isinstance(block, Download):
                await self._save_one(block.blob, block.name, block.caption)

    async def _save_one(self, blob: BlobKey, name: str, caption: str) -> None:
        data = await self._services.blobs.get(blob)
        if data is None:
            return
        self._out.mkdir(parents=True, exist_ok=True)
        path = self._out / name
        path.write_bytes(data)
        self._print(f"  {caption}\n    -> {path}")

    async def _send(
        self, text: str = "", photos: tuple[bytes, ...] = (), command: Command | None = None
    ) -> None:
        self._sent += 1
        incoming = Incoming(
            keys=(f"console:{self._session}:{self._sent}",),
            chat=self.chat,
            sender=Person(platform=self.platform, user_id=self._session),
            message_id=str(self._sent),
            text=text,
            photos=photos,
            command=command,
            locale=self._locale,
        )
        try:
            await self._services.conversation.receive(incoming)
        except InfrastructureError as error:
            self._print(str(error))

    async def _read(self) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await self._send(command=Command(name="start"))
        while line := await reader.readline():
            text = line.decode(errors="replace").strip()
            if text == "/quit":
                return
            await self._line(text)

    async def _line(self, text: str) -> None:
        if text.isdecimal() and 0 < int(text) <= len(self._buttons):
            pressed = self._buttons[int(text) - 1].command
            self._buttons = ()
            await self._send(command=pressed)
            return
        # Numbers go on over all replies since the last line: several messages may ask at once.
        self._buttons = ()
        if not text.startswith("/"):
            await self._send(text)
            return
        name, _, argument = text[1:].partition(" ")
        if name == "photo":
            await self._photo(argument)
        else:
            await self._send(command=Command(name=name, argument=argument))

    async def _photo(self, argument: str) -> None:
        words = self._services.words
        name, _, question = argument.partition(" ")
        try:
            data = await asyncio.to_thread(_read_file, name)
        except OSError:
            self._print(words.text(self._locale, "console-no-file", name=name))
            return
        await self._send(question, (data,))

    async def _play(self, script: Script) -> None:
        """Play the script.

        Raises:
            TimeoutError: Nothing answered for a long time.
        """
        data = await asyncio.to_thread(script.photo.read_bytes)
        await self._send(command=Command(name="agree"))
        await self._until(lambda: bool(self._finals))
        self._print(f"\n> {script.question}  [{script.photo.name}]\n")
        await self._send(script.question, (data,))
        await self._until(lambda: len(self._finals) > 1)
        if not self._shown("answer"):
            return  # the photo was refused, and the sentence said why
        drawing = await self._live_jobs()
        self._print(f"\n> {script.follow_up}\n")
        asked = self._count("answer")
        await self._send(script.follow_up)
        # Replies of a chat come in order: pictures that were ready are shown before this answer.
        await self._until(lambda: self._count("answer") > asked)
        if drawing:
            await self._until(lambda: self._shown("pictures"))

    async def _live_jobs(self) -> bool:
        core = self._services.conversation
        head = await core.cases.open_case(self.chat)
        return head is not None and bool(await core.jobs.live_jobs(head.id))

    def _count(self, kind: str) -> int:
        return sum(reply.slot.endswith(f".{kind}") for reply in self._finals)

    def _shown(self, kind: str) -> bool:
        return self._count(kind) > 0

    async def _until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not enough():
                self._news.clear()
                await self._news.wait()


def _looks(reply: Reply) -> str:
    """Return a short mark of what a reply shows."""
    shown = repr((reply.blocks, reply.buttons)).encode()
    return hashlib.blake2b(shown, digest_size=8).hexdigest()


def _read_file(name: str) -> bytes:
    return Path(name).expanduser().read_bytes()
